"""What is known of a number that was read: its interval, also where the number is no sum of counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from commonweal.disclosure.metered.histogram import Floats, Histograms

REPLICAS = 100
FACTOR = 1.2
"""What standard deviations are multiplied by, so that stated 95 % intervals hold 95 % over the kinds of questions of
`bench/reading.py`. Without it they hold 91 to 98 %: errors of the single columns that an expectation is made of are
shared by many groups, and are not in the covariance."""
_NORMAL = 1.959964
_FEW = 500_000
"""Numbers up to which the chance of replicas is kept for the next question, 4 MB."""
_SEED = 20_261_122
"""Fixed, so that the same table gives the same interval every time. It protects nothing: it only spreads."""


@dataclass(frozen=True)
class Estimate:
    """Numbers read (any shape) with their standard deviations, 95 % intervals, and whether each was estimated inside a
    band of values rather than read off counts.
    """

    value: Floats
    sd: Floats
    low: Floats
    high: Floats
    inside: npt.NDArray[np.bool_]


def normal(value: Floats, variance: Floats, inside: npt.NDArray[np.bool_] | bool = False) -> Estimate:
    """Return the estimate of a number that is normal around its value."""
    sd = FACTOR * np.sqrt(np.maximum(variance, 0))
    within = np.broadcast_to(np.asarray(inside, dtype=bool), value.shape)
    return Estimate(value, sd, value - _NORMAL * sd, value + _NORMAL * sd, within)


def replicas(histograms: Histograms, number: int = REPLICAS, *, signed: bool = False) -> Floats:
    """Return `number` histograms (number, G, L) that each group might have had, for all that is known: normal around
    the counts, never negative, with totals as uncertain as the sizes. The same every time.

    `signed`: counts may be negative, as a plain reading's are; then they spread by all of their noise.
    """
    counts = histograms.counts
    values, vectors = np.linalg.eigh(histograms.covariance)
    root = vectors * np.sqrt(np.maximum(values, 0))[:, None, :]
    away = (_chance(number // 2, *counts.shape) @ root.transpose(0, 2, 1)).transpose(1, 0, 2)
    drawn = np.concatenate([counts + away, counts - away])  # in pairs, so that their mean is the value
    if signed:
        return np.asarray(drawn, dtype=np.float64)
    total = drawn.sum(-1, keepdims=True)
    positive = np.maximum(drawn, 0)
    added_up = np.abs(counts.sum(1) - histograms.sizes) <= 1e-6 * np.maximum(histograms.sizes, 1)
    scale = np.maximum(total, 0) / np.maximum(positive.sum(-1, keepdims=True), 1e-9)
    return np.asarray(np.where(added_up[:, None], positive * scale, positive), dtype=np.float64)


def _chance(number: int, groups: int, levels: int) -> Floats:
    """Return standard normal numbers (groups, number, levels), the same every time."""
    few = number * groups * levels <= _FEW
    return _few_chances(number, groups, levels) if few else _drawn_chances(number, groups, levels)


@lru_cache(maxsize=16)
def _few_chances(number: int, groups: int, levels: int) -> Floats:
    found = _drawn_chances(number, groups, levels)
    found.flags.writeable = False
    return found


def _drawn_chances(number: int, groups: int, levels: int) -> Floats:
    chance = np.random.default_rng(_SEED).standard_normal((number, groups, levels))
    return np.ascontiguousarray(chance.transpose(1, 0, 2))


def estimated(
    histograms: Histograms,
    statistic: Callable[[Floats], tuple[Floats, Floats]],
    inside: Callable[[Floats], npt.NDArray[np.bool_]] | bool = False,
) -> Estimate:
    """Return the estimate of any statistic of a histogram.

    `statistic` takes histograms (..., G, L) and returns numbers (..., G) and their variances given exact counts, such
    as what is unknown inside a band. Each side of the interval comes from the replicas on that side.
    """
    value, own = statistic(histograms.counts)
    seen, more = statistic(replicas(histograms))
    away = seen - value
    own = own + 0.5 * np.maximum(np.mean(more, axis=0) - own, 0)
    below = 2 * np.mean(np.minimum(away, 0) ** 2, axis=0) + own
    above = 2 * np.mean(np.maximum(away, 0) ** 2, axis=0) + own
    sd = FACTOR * np.sqrt((below + above) / 2)
    low, high = value - _NORMAL * FACTOR * np.sqrt(below), value + _NORMAL * FACTOR * np.sqrt(above)
    within = inside(histograms.counts) if callable(inside) else np.full(value.shape, inside)
    return Estimate(value, sd, low, high, within)
