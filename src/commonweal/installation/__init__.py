"""Puts one running commonweal together from its folder and settings.

It holds no rules of its own; acts that touch several rooms commit here in one transaction.
Called by cli and demonstration.
"""

from commonweal.installation.installation import Installation, create, open_gateway, open_installation

__all__ = ["Installation", "create", "open_gateway", "open_installation"]
