"""Kept answers: what was handed over, to be opened again, shared inside the agreement, cited, and listed.

It protects nothing and asks nothing: an answer comes here protected and recorded, and goes when its retention is over.
Called by gateway (which keeps), installation, web and cli (which open).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commonweal.gateway.kept.answers import KeptAnswers

__all__ = ["KeptAnswers"]

_HOMES = {"KeptAnswers": "answers"}


def __getattr__(name: str) -> object:
    """Return one of the public names, loading its file only now."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
