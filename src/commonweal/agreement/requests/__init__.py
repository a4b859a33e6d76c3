"""Requests for access: what somebody needs that no agreement permits them yet, asked of those whose data it is.

A request changes no permission: only a new version of an agreement, signed by all its parties, does. Granting links to it.
Called by installation, web and cli.
"""
