"""The terminal: one file a noun.

It decides nothing; it asks the rooms below and shows what they say.
Called by people.
"""
