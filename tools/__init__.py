"""What the house needs to keep itself in order: checks, and pages made from code. Not part of the package."""
