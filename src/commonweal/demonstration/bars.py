"""Bars for a terminal: by length alone, so that they need no colour, and in plain letters where need be."""

from __future__ import annotations

from collections.abc import Sequence

EIGHTHS = " ▏▎▍▌▋▊▉"


def bar(value: float, most: float, width: int, *, plain: bool = False) -> str:
    """Return a bar of `value` on a scale where `most` is `width` characters; `plain` uses ``#`` only."""
    if most <= 0 or value <= 0:
        return ""
    eighths = max(1, min(width * 8, round(value / most * width * 8)))
    if plain:
        return "#" * max(1, round(eighths / 8))
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()


def bars(values: Sequence[float | None], width: int, *, plain: bool = False) -> list[str]:
    """Return a bar for each value, on one scale; a withheld value (None) has the mark ``[c]``, never a length."""
    most = max((value for value in values if value is not None), default=0.0)
    return ["[c]" if value is None else bar(value, most, width, plain=plain) for value in values]
