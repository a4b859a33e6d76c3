"""The path of a question, from words to a protected, recorded answer.

It decides nothing itself: the ruling is the agreement's, the protection disclosure's.
Called by installation, cli and, from Python, by analysts.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commonweal.gateway.answer import Answer
    from commonweal.gateway.gateway import Gateway
    from commonweal.gateway.question import Question

__all__ = ["Answer", "Gateway", "Question"]

_HOMES = {"Answer": "answer", "Gateway": "gateway", "Question": "question"}


def __getattr__(name: str) -> object:
    """Return one of the public names, loading its file only now."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
