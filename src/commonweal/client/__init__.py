"""A commonweal that runs elsewhere, from Python: the same methods, answers and errors as one that is opened here.

It decides nothing; every rule is the server's. What a notebook shows is the gateway's `Answer`.
Called by analysts, in notebooks and programs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from commonweal.client.remote_gateway import RemoteGateway, connect

__all__ = ["RemoteGateway", "connect"]


def __getattr__(name: str) -> Any:
    """Load an exported name when it is first used."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from commonweal.client import remote_gateway

    return getattr(remote_gateway, name)
