"""Ratios: the interval of one noisy number divided by another."""

from __future__ import annotations

import numpy as np

from commonweal.disclosure.metered.histogram import Floats

_NORMAL = 1.959964
SURE = 3.5
"""Standard deviations from nought of a plain number that may be divided by, where nothing else bounds the ratio: of those
that only seem to be something 1 in 40 is beyond 1.96, and every ratio by one of these is wrong. A drawn number has been
held back already."""


def fieller(
    over: Floats, under: Floats, over_variance: Floats, under_variance: Floats, covariance: Floats
) -> tuple[Floats, Floats]:
    """Return the 95 % interval of `over` / `under`, two normal numbers with these variances; all of one shape.

    It holds the ratios by which `over` is not surely away from ratio times `under` (Fieller 1954): exact however small
    the divisor is, where a ratio's own standard deviation means nothing. Where the divisor is not surely away from
    nought no ratio is excluded: from minus to plus infinity.
    """
    square = _NORMAL**2
    leading = under**2 - square * under_variance
    middle = over * under - square * covariance
    last = over**2 - square * over_variance
    sure = leading > 0
    root = np.sqrt(np.maximum(middle**2 - leading * last, 0))
    safe = np.where(sure, leading, 1.0)
    low, high = (middle - root) / safe, (middle + root) / safe
    return np.where(sure, low, -np.inf), np.where(sure, high, np.inf)


def surely_not_nought(value: Floats, variance: Floats, drawn: Floats) -> np.ndarray:
    """Return where a noisy number may be divided by though nothing else bounds the ratio; `drawn`: the share that is."""
    return np.asarray(value**2 > np.where(drawn > 0, _NORMAL, SURE) ** 2 * variance)
