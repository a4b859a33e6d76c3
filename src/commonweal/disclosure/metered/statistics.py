"""Statistics read from histograms, each with its standard deviation and interval; none costs anything more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from commonweal.disclosure.metered.bands import Bands, mean_by_slope, mean_in, value_at
from commonweal.disclosure.metered.histogram import Floats, Histograms, Secret
from commonweal.disclosure.metered.posterior import FACTOR, Estimate, estimated, normal

_LEAST = 1e-9
_NORMAL = 1.959964
SHAPE = 0.12
"""How far, as a share, the part of a band below a value may be off by the density assumed inside it, at its worst
(the middle); measured (`bench/reading.py`)."""
LEANING = 0.2
"""How far the slope of a group's density inside a band is off, as a standard deviation; measured."""
TIED = 0.1
"""How far two amounts may be correlated inside a pair of bands, as a standard deviation; measured."""
MISSED = 0.15
"""How much of an association bands may miss, as a standard deviation relative to it; measured where amounts are
strongly tied."""


def linear(histograms: Histograms, weights: Floats) -> Estimate:
    """Return the sum of counts times `weights`, (L,) or (G, L), for each group: one level, some levels."""
    weights = np.broadcast_to(weights, histograms.counts.shape)
    return normal((histograms.counts * weights).sum(1), quadratic(histograms, weights))


def running(histograms: Histograms, first: int = 0, last: int | None = None) -> Estimate:
    """Return running totals over the levels `first` to before `last`, (G, M)."""
    counts = histograms.counts[:, first:last].cumsum(1)
    part = histograms.covariance[:, first:last, first:last]
    return normal(counts, np.diagonal(part.cumsum(1).cumsum(2), axis1=1, axis2=2))


def share(histograms: Histograms, weights: Floats) -> Estimate:
    """Return the sum of counts times `weights` as a share of the group's size; nan where nobody is left."""
    return _ratio(histograms, np.broadcast_to(weights, histograms.counts.shape), None)


def total(histograms: Histograms, bands: Bands) -> Estimate:
    """Return the sum of an amount: counts times what the whole has in each band, leaning as the group leans."""
    means, slope = worth(histograms, bands)
    value = (histograms.counts * means).sum(1)
    return normal(value, quadratic(histograms, slope) + _inside_sum(histograms, bands), True)


def mean(histograms: Histograms, bands: Bands, *, of_those_with_any: bool = False) -> Estimate:
    """Return the mean of an amount over everybody whose value is known, or over those who have anything."""
    means, slope = worth(histograms, bands)
    among = (bands.something if of_those_with_any else bands.known).astype(float)
    people = np.maximum(histograms.counts @ among, _LEAST)
    value = (histograms.counts * means).sum(1) / people
    gradient = (slope - value[:, None] * among) / people[:, None]
    return normal(value, quadratic(histograms, gradient) + _inside_sum(histograms, bands) / people**2, True)


def above(histograms: Histograms, bands: Bands, threshold: float, *, or_equal: bool = False) -> Estimate:
    """Return how many have more than `threshold` (or as much): exact at an edge, inside a band by its density."""
    weights, inside = _above(histograms, bands, threshold, or_equal)
    spread = _inside_part(histograms.counts, weights * bands.wide)
    return normal((histograms.counts * weights).sum(1), quadratic(histograms, weights) + spread, inside)


def share_above(histograms: Histograms, bands: Bands, threshold: float, *, or_equal: bool = False) -> Estimate:
    """Return the share, of those whose value is known, that have more than `threshold` (or as much)."""
    weights, inside = _above(histograms, bands, threshold, or_equal)
    spread = _inside_part(histograms.counts, weights * bands.wide)
    found = _ratio(histograms, weights, bands.known.astype(float))
    people = np.maximum(histograms.counts @ bands.known.astype(float), _LEAST)
    return normal(found.value, _quadratic_ratio(histograms, weights, bands.known) + spread / people**2, inside)


def quantile(histograms: Histograms, bands: Bands, fraction: float, *, of_those_with_any: bool = False) -> Estimate:
    """Return the value that `fraction` (0 to 1) of those whose value is known, or of those who have anything, do not
    exceed; inside a band by its density, in a level of one value that value.

    The interval is never outside the levels. In a level of one value it reaches to the ends of every level in which the
    quantile may be; it is that value alone where that is the only such level.
    """
    among = bands.something if of_those_with_any else bands.known

    def statistic(counts: Floats) -> tuple[Floats, Floats]:
        level, part, people = _position(counts, among, fraction)
        slopes = bands.slopes + bands.leaning(counts)
        value, rate = value_at(bands, slopes, level, part)
        left = part * (1 - part)
        return value, rate**2 * (left / np.maximum(people, 1.0) + (4 * SHAPE * left) ** 2)

    found = estimated(histograms, statistic, lambda counts: bands.wide[_position(counts, among, fraction)[0]])
    if not among.any():
        return found
    low, high = found.value - _NORMAL * found.sd, found.value + _NORMAL * found.sd
    # Not of drawn groups, whose ranks are known better than their noise says.
    off = np.where(histograms.drawn > 0, 0.0, _rank_error(histograms, among, fraction))
    for part in (np.clip(fraction - off, 0, 1), np.clip(fraction + off, 0, 1)):
        level, inside, _ = _position(histograms.counts, among, part[:, None])
        value = value_at(bands, bands.slopes + bands.leaning(histograms.counts), level, inside)[0]
        low, high = np.minimum(low, value), np.maximum(high, value)
    first, last = _possible_levels(histograms, among, fraction)
    # Where the ends came from levels of one value that it may not be alone in, they reach to the ends of the others.
    alone = high <= low
    low, high = np.where(alone, bands.lows[first], low), np.where(alone, bands.highs[last], high)
    return replace(found, low=np.maximum(low, bands.lows[first]), high=np.minimum(high, bands.highs[last]))


def deviation(histograms: Histograms, bands: Bands) -> Estimate:
    """Return the standard deviation of an amount over everybody whose value is known."""
    value, square = bands.means, bands.means**2 + bands.variances
    off = bands.errors**2 + (LEANING * mean_by_slope(bands, bands.slopes)) ** 2

    def statistic(counts: Floats) -> tuple[Floats, Floats]:
        people = np.maximum(counts @ bands.known.astype(float), _LEAST)
        centre = counts @ value / people
        spread = np.sqrt(np.maximum(counts @ square / people - centre**2, 0))
        # Of squares inside a band: roughly 4 m^2 v + 2 v^2 by chance; they move some 3 m for what its mean is off.
        inner = counts @ (4 * bands.means**2 * bands.variances + 2 * bands.variances**2) / people**2
        inner = inner + (counts / people[..., None]) ** 2 @ (9 * bands.means**2 * off)
        return spread, inner / np.maximum(4 * spread**2, _LEAST)

    return estimated(histograms, statistic, True)


def correlation(histograms: Histograms, secret: Secret, first: Bands, second: Bands) -> Estimate:
    """Return Pearson's correlation of two amounts read together, over those for whom both are known."""
    return estimated(histograms, lambda counts: _together(counts, secret, first, second, slope=False), True)


def slope(histograms: Histograms, secret: Secret, first: Bands, second: Bands) -> Estimate:
    """Return the slope of the regression of the second amount on the first, over those for whom both are known."""
    return estimated(histograms, lambda counts: _together(counts, secret, first, second, slope=True), True)


def products(histograms: Histograms, secret: Secret, first: Bands, second: Bands) -> Estimate:
    """Return the sum of products of two amounts read together; what bands may miss of it is in the interval."""
    x, y = np.nan_to_num(first.means), np.nan_to_num(second.means)
    joint = np.maximum(histograms.counts, 0).reshape(-1, *secret.levels)
    value = (joint @ y) @ x
    apart = (joint.sum(-1) @ x) * (joint.sum(-2) @ y) / np.maximum(joint.sum((-1, -2)), _LEAST)
    tied = TIED * (joint @ np.sqrt(second.variances)) @ np.sqrt(first.variances)
    inner = (joint @ second.variances) @ x**2 + (joint @ (y**2 + second.variances)) @ first.variances
    weights = np.broadcast_to(np.outer(x, y).reshape(-1), histograms.counts.shape)
    missed = (MISSED * (value - apart)) ** 2
    return normal(value, quadratic(histograms, weights) + inner + tied**2 + missed, True)


def squares(histograms: Histograms, bands: Bands) -> Estimate:
    """Return the sum of squares of an amount."""
    return linear(histograms, np.where(bands.known, bands.means**2 + bands.variances, 0.0))


def quotient(over: Estimate, under: Estimate) -> Estimate:
    """Return one number read divided by another, as if what is unknown of both had nothing to do with each other."""
    divisor = np.where(np.abs(under.value) < _LEAST, np.nan, under.value)
    value = over.value / divisor
    variance = (over.sd**2 + value**2 * under.sd**2) / divisor**2
    return normal(value, variance / FACTOR**2, over.inside | under.inside)


def quadratic(histograms: Histograms, weights: Floats) -> Floats:
    """Return the variance of the counts times `weights` (G, L)."""
    return np.asarray(np.einsum("gi,gij,gj->g", weights, histograms.covariance, weights), dtype=np.float64)


def _ratio(histograms: Histograms, weights: Floats, among: Floats | None) -> Estimate:
    """Return counts times `weights` as a share of the levels `among`, or of the sizes."""
    if among is not None:
        people = np.maximum(histograms.counts @ among, _LEAST)
        value = (histograms.counts * weights).sum(1) / people
        return normal(value, _quadratic_ratio(histograms, weights, among.astype(bool)))
    people = np.maximum(histograms.sizes, _LEAST)
    value = (histograms.counts * weights).sum(1) / people
    if np.allclose(histograms.counts.sum(1), histograms.sizes):
        return normal(value, _quadratic_ratio(histograms, weights, np.ones(weights.shape[1], dtype=bool)))
    variance = (quadratic(histograms, weights) + value**2 * histograms.size_variance) / people**2
    return normal(value, variance)


def _quadratic_ratio(histograms: Histograms, weights: Floats, among: npt.NDArray[np.bool_]) -> Floats:
    """Return the variance of counts times `weights` as a share of the levels `among`."""
    people = np.maximum(histograms.counts @ among.astype(float), _LEAST)
    value = (histograms.counts * weights).sum(1) / people
    variance = quadratic(histograms, weights - value[:, None] * among) / people**2
    return np.asarray(variance, dtype=np.float64)


def worth(histograms: Histograms, bands: Bands) -> tuple[Floats, Floats]:
    """Return each group's mean in each level (G, L), and how fast its sum grows with each of its counts (G, L)."""
    counts = histograms.counts
    lean = bands.leaning(counts)
    slopes = bands.slopes + lean
    means = np.where(bands.known, mean_in(bands, slopes), 0.0)
    # The lean is a mean over the levels: one more person in a level moves it by that level's own part.
    each = np.eye(len(bands.means))
    some = np.maximum(counts[:, bands.something].sum(1, keepdims=True), 1.0)
    moved = (bands.leaning(each)[:, 0] * bands.something - lean) / some * bands.something
    moved = np.where(np.abs(lean) < 2.0, moved, 0.0)
    by_lean = (counts * mean_by_slope(bands, slopes)).sum(1, keepdims=True)
    return means, means + by_lean * moved


def _inside_sum(histograms: Histograms, bands: Bands) -> Floats:
    """Return the variance of a sum given exact counts: chance inside each band, and the error of the band's mean."""
    counts = np.maximum(histograms.counts, 0)
    leaning = LEANING * mean_by_slope(bands, bands.slopes + bands.leaning(counts))
    known = counts @ bands.variances + counts**2 @ bands.errors**2
    return np.asarray(known + (counts**2 * leaning**2).sum(1), dtype=np.float64)


def _above(
    histograms: Histograms, bands: Bands, threshold: float, or_equal: bool
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return the share of each level (G, L) above the threshold, and whether a band had to be divided."""
    slopes = bands.slopes + bands.leaning(histograms.counts)
    weights = np.where(bands.known, 1 - bands.below(slopes, threshold), 0.0)
    if or_equal:
        weights = np.where(bands.known & ~bands.wide & (bands.lows == threshold), 1.0, weights)
    divided = bool((bands.wide & (bands.lows < threshold) & (bands.highs > threshold)).any())
    return weights, np.full(len(weights), divided)


def _inside_part(counts: Floats, weights: Floats) -> Floats:
    """Return the variance of the part of each level counted: chance, and the density assumed."""
    left, people = weights * (1 - weights), np.maximum(counts, 0)
    return np.asarray((people * left + (people * 4 * SHAPE * left) ** 2).sum(1), dtype=np.float64)


def _position(
    counts: Floats, among: npt.NDArray[np.bool_], fraction: float | Floats
) -> tuple[npt.NDArray[np.int64], Floats, Floats]:
    """Return the level in which the quantile lies, the part of it below, and how many are in it."""
    people = np.where(among, np.maximum(counts, 0), 0.0)
    upto = people.cumsum(-1)
    wanted = fraction * upto[..., -1:]
    last = int(np.flatnonzero(among)[-1]) if among.any() else 0
    level = np.minimum((upto < wanted).sum(-1), last)
    level = np.maximum(level, int(np.flatnonzero(among)[0]) if among.any() else 0)
    here = np.take_along_axis(people, level[..., None], -1)[..., 0]
    before = np.take_along_axis(upto, level[..., None], -1)[..., 0] - here
    return level, np.clip((wanted[..., 0] - before) / np.maximum(here, _LEAST), 0, 1), here


def _possible_levels(
    histograms: Histograms, among: npt.NDArray[np.bool_], fraction: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the first and the last level in which a quantile may be, by how many are at or below each."""
    levels = np.flatnonzero(among)
    beyond, off = _beyond(histograms, among, fraction)
    top = len(levels) - 1
    first, last = (np.where(reached.any(1), reached.argmax(1), top) for reached in (beyond + off >= 0, beyond >= off))
    return levels[first], levels[last]


def _rank_error(histograms: Histograms, among: npt.NDArray[np.bool_], fraction: float) -> Floats:
    """Return how far off (G,) the share at or below a group's quantile may be (Woodruff 1952)."""
    level = _position(histograms.counts, among, fraction)[0]
    at = np.searchsorted(np.flatnonzero(among), level)
    off = _beyond(histograms, among, fraction)[1]
    each = np.arange(len(level))
    people = np.where(among, np.maximum(histograms.counts, 0), 0.0).sum(1)
    return np.asarray(np.maximum(off[each, at], off[each, np.maximum(at - 1, 0)]) / np.maximum(people, 1.0))


def _beyond(histograms: Histograms, among: npt.NDArray[np.bool_], fraction: float) -> tuple[Floats, Floats]:
    """Return for each level among these (G, M) how many more than `fraction` of all are at or below it, and how far off
    that may be."""
    upto = (np.flatnonzero(among)[:, None] >= np.arange(len(among))) & among
    weights = upto - fraction * among
    variance = np.einsum("ml,glk,mk->gm", weights, histograms.covariance, weights)
    return histograms.counts @ weights.T, _NORMAL * FACTOR * np.sqrt(np.maximum(variance, 0))


def _together(counts: Floats, secret: Secret, first: Bands, second: Bands, *, slope: bool) -> tuple[Floats, Floats]:
    """Return correlation or slope of two amounts, and its variance by what is unknown inside the bands."""
    joint = np.maximum(counts, 0).reshape(*counts.shape[:-1], *secret.levels)
    joint = joint * np.outer(first.known, second.known)
    people = np.maximum(joint.sum((-1, -2)), _LEAST)
    x, y = first.means, second.means
    of_x, of_y = joint.sum(-1), joint.sum(-2)
    mean_x, mean_y = of_x @ x / people, of_y @ y / people
    both = (joint @ y) @ x / people - mean_x * mean_y
    var_x = np.maximum(of_x @ (x**2 + first.variances) / people - mean_x**2, _LEAST)
    var_y = np.maximum(of_y @ (y**2 + second.variances) / people - mean_y**2, _LEAST)
    inner = (joint @ second.variances) @ x**2 + (joint @ (y**2 + second.variances)) @ first.variances
    # The two may go together inside a pair of bands as well, and more so where they do between them: it is not known.
    tied = TIED * (joint @ np.sqrt(second.variances)) @ np.sqrt(first.variances)
    inner = inner + tied**2 + (MISSED * both * people) ** 2
    scale = var_x if slope else np.sqrt(var_x * var_y)
    return both / scale, inner / people**2 / scale**2
