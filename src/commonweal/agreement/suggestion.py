"""The nearest known word to one that is not known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word most like `word`, or an empty string when none is like it."""
    found = get_close_matches(word.casefold(), sorted(known), n=1, cutoff=0.6)
    return found[0] if found else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a sentence that names the nearest known word; without one, all of a short list; else an empty string."""
    words = sorted(known)
    found = nearest(word, words)
    if found:
        return f"Did you mean `{found}`?"
    return f"Known: {', '.join(words)}." if 0 < len(words) <= 16 else ""
