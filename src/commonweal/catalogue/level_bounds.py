"""Where the leaves of a column's levels begin and end, and what they are called; pure functions on `Levels`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from commonweal.catalogue.levels import Levels

STEPS = ("month", "quarter", "year")
"""The units dates are cut into, the finest first."""
LARGEST = 1e15
"""Edges stay where every whole number is a float of its own."""


def place(day: date, step: str) -> int:
    """Return the number of the month, quarter or year that `day` lies in, counted without gaps."""
    month = day.year * 12 + day.month - 1
    return month // {"month": 1, "quarter": 3, "year": 12}[step]


def month_groups(months: tuple[date, date], leaf: str, step: str) -> tuple[int, ...]:
    """Return for every leaf (of unit `leaf`) in `months` the number of its coarser unit `step`, from 0."""
    first = place(months[0], step)
    return tuple(place(low, step) - first for low, _ in _month_bounds(months, leaf))


def lows(levels: Levels) -> tuple[Any, ...]:
    """Return the smallest value in each leaf but the missing one, None where it is open."""
    if levels.months is not None:
        return tuple(low for low, _ in _month_bounds(levels.months, levels.step))
    if levels.values:
        return levels.values
    if levels.exclusive_lows:
        return (None, *(float(edge) for edge in levels.edges))
    return tuple(int(edge) for edge in levels.edges)


def highs(levels: Levels) -> tuple[Any, ...]:
    """Return the largest value in each leaf but the missing one, None where it is open."""
    if levels.months is not None:
        return tuple(high for _, high in _month_bounds(levels.months, levels.step))
    if levels.values:
        return levels.values
    if levels.exclusive_lows:
        return (*(float(edge) for edge in levels.edges), None)
    return (*(int(edge) - 1 for edge in levels.edges[1:]), None)


def merged(
    low: Sequence[Any], high: Sequence[Any], groups: Sequence[int]
) -> tuple[tuple[object, ...], tuple[object, ...]]:
    """Return the lows and highs of groups of neighbouring leaves."""
    first = {group: index for index, group in reversed(list(enumerate(groups)))}
    last = {group: index for index, group in enumerate(groups)}
    return tuple(low[first[group]] for group in sorted(first)), tuple(high[last[group]] for group in sorted(last))


def titles(levels: Levels, low: Sequence[Any], high: Sequence[Any], step: str) -> tuple[str, ...]:
    """Return what leaves or groups with these bounds are called; `step` is the unit of months."""
    if levels.months is not None:
        return tuple(_month_title(day, step) for day in low)
    if levels.exclusive_lows:
        return tuple(_amount_title(start, end) for start, end in zip(low, high, strict=True))
    if levels.scale.value == "ages":
        return tuple(str(start) for start in low)
    return tuple(
        f"{start}+" if end is None else str(start) if start == end else f"{start}-{end}"
        for start, end in zip(low, high, strict=True)
    )


def in_words(levels: Levels) -> str:
    """Return how many levels there are at each depth, the finest first: ``24 months, 8 quarters, 2 years``."""
    parts = []
    for depth in range(levels.depth, 0, -1):
        count = len(set(levels.groups_at(depth)[: levels.known]))
        if levels.months is not None:
            word = levels.step_at(depth) if count == 1 else f"{levels.step_at(depth)}s"
        else:
            word = (f"{levels.of}s" if levels.of else levels.scale.value) if depth == levels.depth else "coarser"
        parts.append(f"{count} {word}")
    return ", ".join(parts)


def plain(number: float) -> str:
    """Return a number as people write it: 500 rather than 500.0, and never in powers of ten."""
    return str(int(number)) if float(number).is_integer() else format(Decimal(repr(float(number))), "f")


def _month_bounds(months: tuple[date, date], step: str) -> list[tuple[date, date]]:
    """Return the first and last day of every unit from the first to the last month, cut at both ends."""
    begin, end = months[0].year * 12 + months[0].month - 1, months[1].year * 12 + months[1].month
    size = {"month": 1, "quarter": 3, "year": 12}[step]
    starts = [begin, *range((begin // size + 1) * size, end, size)]
    return [(_first(low), _last(high)) for low, high in zip(starts, [*starts[1:], end], strict=True)]


def _first(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def _last(month: int) -> date:
    """Return the last day before the month begins."""
    return date(month // 12 - 1, 12, 31) if month % 12 == 0 else _first(month) - timedelta(days=1)


def _month_title(day: date, step: str) -> str:
    if step == "year":
        return f"{day.year:04d}"
    if step == "quarter":
        return f"{day.year:04d}-Q{(day.month + 2) // 3}"
    return f"{day.year:04d}-{day.month:02d}"


def _amount_title(low: float | None, high: float | None) -> str:
    if low is None:
        return "any" if high is None else f"{plain(high)} or less"
    return f"over {plain(low)}" if high is None else f"over {plain(low)} to {plain(high)}"
