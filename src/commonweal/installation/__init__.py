"""Puts one running commonweal together from its folder and settings.

It holds no rules of its own; acts that touch several rooms commit here in one transaction.
Called by cli and demonstration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from commonweal.installation.installation import Installation, create, open_gateway, open_installation

__all__ = ["Installation", "create", "open_gateway", "open_installation"]


def __getattr__(name: str) -> Any:
    """Load an exported name when it is first used: finding a folder needs no database."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from commonweal.installation import installation

    return getattr(installation, name)
