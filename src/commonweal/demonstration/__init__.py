"""The invented borough of Fenwick and the story told with it.

It is not test data of the project's tests, and nothing else depends on it.
Called by cli.
"""
