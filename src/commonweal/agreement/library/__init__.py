"""Reusable agreements that come with commonweal, to start from or to take clauses from; their parties are placeholders.

They are examples in plain words, not legal advice, and nobody has signed them. Read by pages, API and terminal.
"""
