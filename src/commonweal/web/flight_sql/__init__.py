"""Arrow Flight SQL: notebooks, R and BI tools ask in SQL under an agreement, as pages do.

It decides nothing: every statement is a question to the gateway, for the person behind the token.
Called by `commonweal.web.application` when the settings name an address for it.
"""
