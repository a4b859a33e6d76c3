"""Output checking: for what rules cannot decide, a request with a reason that two different people decide.

It decides nothing itself: who may check is the agreement's, what breaks a rule is disclosure's, the verdict the checkers'.
Called by gateway, installation and cli.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commonweal.gateway.output_checking.checking import OutputChecking

__all__ = ["OutputChecking"]

_HOMES = {"OutputChecking": "checking"}


def __getattr__(name: str) -> object:
    """Return one of the public names, loading its file only now."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
