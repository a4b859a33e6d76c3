"""Running SQL where the data lives, in a locked process of its own.

It never sees an analyst's text, only SQL regenerated from a checked tree.
Called by gateway.
"""
