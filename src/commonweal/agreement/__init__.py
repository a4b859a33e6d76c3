"""Data sharing agreements: read, signed, in force, and their ruling on a query.

It does not run or protect anything: it says what must be done.
Called by gateway, installation and cli.
"""
