"""Organisations, datasets, contracts, standard identifiers: what exists and what it means.

It is not where questions are run (engines) nor who may ask them (agreement).
Called by query, agreement, gateway, installation and cli.
"""
