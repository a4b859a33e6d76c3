"""The HTTP API below /api, one file a thing: what the pages do, for programs.

It decides nothing. Called by `commonweal.web.application`.
"""
