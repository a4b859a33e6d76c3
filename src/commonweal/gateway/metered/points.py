"""Points: the values by which a condition is tried on a level, to see whether it holds of all of it or of none.

Which levels a condition picks is decided from the contract's levels alone, so it is the same whatever the data are. An
amount's levels are cut where the question compares it with another number; how many of a level lie on each side is then
estimated, by the logarithm.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from commonweal.catalogue.level_codes import leaf_values
from commonweal.catalogue.levels import Scale
from commonweal.gateway.metered.feature import Feature, Form

SMALLEST = 20.0
"""Where the first band of an amount begins to hold anybody, for estimates inside it; half the band if that is less."""
OLDEST = 110
MOST_CUTS = 12
MOST_SAMPLES = 64


@dataclass(frozen=True)
class Part:
    """One level of a feature, or a piece of it: the leaf, which share of the leaf's people it holds, its bounds.

    `samples` are values in it, the first being the one it is shown by; null where the level is "missing or other".
    `is_open` says that it is the last, "or more".
    """

    leaf: int
    share: float
    samples: tuple[object, ...]
    low: float | None = None
    high: float | None = None
    is_open: bool = False


def parts(
    feature: Feature, physical_type: str, numbers: Iterable[float] = (), days: Iterable[date] = ()
) -> tuple[Part, ...]:
    """Return a feature's levels in order, amounts cut at `numbers`, with samples; `days` are tried where they fall."""
    levels = feature.levels
    if feature.form is Form.MEMBER:
        return (Part(0, 1.0, (1,)), Part(1, 1.0, (None,)))
    if levels.scale is Scale.AMOUNTS:
        found = _amounts(feature, sorted(set(numbers)))
    elif levels.scale is Scale.VALUES:
        found = [
            Part(leaf, 1.0, (value,)) for leaf, value in enumerate(leaf_values(levels, physical_type)[: levels.known])
        ]
    else:
        found = [
            Part(leaf, 1.0, _samples(feature, low, high, days), _number(low), _number(high), high is None)
            for leaf, (low, high) in enumerate(zip(levels.lows, levels.highs, strict=True))
            if leaf < levels.known
        ]
    if levels.missing:
        found.append(Part(levels.size - 1, 1.0, (None,)))
    return tuple(found)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _samples(feature: Feature, low: object, high: object, days: Iterable[date]) -> tuple[object, ...]:
    levels = feature.levels
    if isinstance(low, date) and isinstance(high, date):
        inside = [day for day in days if low < day <= high]
        near = [day - timedelta(days=1) for day in inside] + inside + [day + timedelta(days=1) for day in inside]
        return tuple(dict.fromkeys([low, low + (high - low) // 2, high, *(d for d in near if low <= d <= high)]))
    assert isinstance(low, int)
    if feature.form is Form.EVENTS and feature.gathered and low == 0:
        return (None,)  # no record there: what a LEFT JOIN gives
    if levels.scale is Scale.AGES:
        last = high if isinstance(high, int) else max(OLDEST, low)
    else:
        last = high if isinstance(high, int) else max(int(levels.top or low), low)
    step = max(1, (last - low) // MOST_SAMPLES)
    return (*range(low, last, step), last) if last > low else (low,)


def _amounts(feature: Feature, numbers: Sequence[float]) -> list[Part]:
    levels = feature.levels
    edges = [float(edge) for edge in levels.edges]
    top = levels.top if levels.top is not None else edges[-1] * 2
    found = [Part(0, 1.0, (0.0,), 0.0, 0.0)]
    for leaf, low in enumerate(edges, 1):
        high = edges[leaf] if leaf < len(edges) else max(top, low * 2 if low else 1.0)
        cuts = [low, *(number for number in numbers if low < number < high), high]
        for begin, end in pairwise(cuts):
            share = above(begin, low, high) - above(end, low, high)
            # Exactly an edge is nobody's amount here: at an edge, > and >= are the same.
            samples = (begin + (end - begin) * 1e-6, begin + (end - begin) / 2, end - (end - begin) * 1e-6)
            found.append(Part(leaf, share, samples, begin, end))
    return found


def above(number: float, low: float, high: float) -> float:
    """Return which share of the people of a band (low, high] has more than `number`, amounts being even by logarithm."""
    begin = max(low, min(SMALLEST, high / 2))
    if number <= begin:
        return 1.0
    if number >= high:
        return 0.0
    return (math.log(high) - math.log(number)) / (math.log(high) - math.log(begin))
