"""Treatments of columns before a question sees them.

It changes data, not answers: controls on answers are disclosure's.
Called by agreement (which reads treatments from clauses) and gateway.
"""
