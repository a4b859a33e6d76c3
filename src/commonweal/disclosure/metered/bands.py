"""Levels of an amount as bands: what lies inside them, known only from a mean (and squares) over the whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from commonweal.disclosure.metered.histogram import Floats

_FLOOR = 1e-4
"""A band that begins at nothing is taken to begin at this share of its upper edge."""
_STEEPEST = 20.0
_GUESS = 0.7
"""Standard deviation of the density's slope inside a band around the slope that neighbouring bands suggest."""


@dataclass(frozen=True)
class Bands:
    """What is known about the values in each of L levels, lowest first.

    Level j holds values above `lows[j]` up to `highs[j]`; where both are the same it is that value; nan for the level
    of missing values. `means`, with the standard deviation `errors` of what is not known about them; `variances` inside
    the band; `counts` of the whole. Inside a band the density of log value rises as exp(`slopes` * log value): a power
    law that has the band's mean.
    """

    lows: Floats
    highs: Floats
    means: Floats
    errors: Floats
    variances: Floats
    slopes: Floats
    counts: Floats

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Which levels have a value at all."""
        return ~np.isnan(self.lows)

    @property
    def something(self) -> npt.NDArray[np.bool_]:
        """Which levels mean more than nothing."""
        return self.known & (np.nan_to_num(self.highs) > 0)

    @property
    def wide(self) -> npt.NDArray[np.bool_]:
        """Which levels hold more than one value."""
        return self.known & (self.highs > self.lows)

    def leaning(self, counts: Floats) -> Floats:
        """Return for histograms (..., L) how much steeper their density is over log value than the whole's, one
        number each (..., 1): the slope of the ratio of their levels to the whole's.
        """
        some = self.something
        if some.sum() < 2 or not self.wide.any():
            return np.zeros((*counts.shape[:-1], 1))
        at = np.where(some, np.log(np.maximum(np.nan_to_num(self.means), 1e-9)), 0.0)
        usual = np.where(some, np.maximum(self.counts, 1.0), 0.0)
        usual = usual / usual.sum()
        away = at - usual @ at
        scale = np.maximum(counts[..., some].sum(-1, keepdims=True), 1.0)
        lean = (counts * np.where(some, away, 0.0)).sum(-1, keepdims=True) / scale / max(float(usual @ away**2), 1e-9)
        return np.asarray(np.clip(lean, -2.0, 2.0), dtype=np.float64)

    def below(self, slopes: Floats, value: float) -> Floats:
        """Return the share of each level that is at or below `value`, its density having these slopes (..., L)."""
        low, high = _edges(self.lows, self.highs)
        inside = np.clip(value, low, high)
        length = np.where(self.wide, np.log(high / low), 1.0)
        part = _integral(slopes, np.log(inside / low)) / _integral(slopes, length)
        exact = np.where(self.lows <= value, 1.0, 0.0)
        return np.where(
            self.wide, np.where(value <= np.nan_to_num(self.lows), 0.0, part), np.where(self.known, exact, 0)
        )


def band_means(
    lows: Floats,
    highs: Floats,
    sums: Floats,
    counts: Floats,
    *,
    noise_sd: float = 0.0,
    squares: Floats | None = None,
) -> Bands:
    """Return the bands of one amount from its noisy sum in each level over the whole.

    `lows`, `highs`, `sums`, `counts` (of the whole, noisy), all (L,), lowest level first; the level of missing values
    has nan edges. `noise_sd` is the noise of a sum as a multiple of the band's upper edge. Means are held inside their
    band. Where the sum is too noisy to tell, the slope of the density over neighbouring bands tells more: both are
    weighed by what they are worth. `squares`: noisy sums of squares (noise `noise_sd` times the edge squared), for the
    variance inside a band; without them it is that of the power law.
    """
    low, high = _edges(lows, highs)
    wide = ~np.isnan(lows) & (highs > lows)
    people = np.maximum(counts, 1.0)
    error = noise_sd * high / people
    seen = np.clip(sums / people, low, high)
    guess = _mean(_local_slopes(low, high, people, wide), low, high)
    unsure = _GUESS * _mean_by_slope(_local_slopes(low, high, people, wide), low, high)
    weight = unsure**2 / np.maximum(unsure**2 + error**2, 1e-300)
    means = np.where(wide, guess + weight * (seen - guess), np.nan_to_num(lows))
    slopes = np.where(wide, _slopes(means, low, high), 0.0)
    variances = np.where(wide, _second(slopes, low, high) - means**2, 0.0)
    if squares is not None:
        spread = np.where(wide, squares / people - means**2, 0.0)
        noisy = noise_sd * high**2 / people
        trust = variances**2 / np.maximum(variances**2 + noisy**2, 1e-300)
        variances = variances + np.where(wide, trust * (spread - variances), 0.0)
    most = np.where(wide, (means - low) * (high - means), 0.0)  # Bhatia and Davis 2000
    errors = np.where(wide, np.sqrt(weight) * error, 0.0)
    return Bands(lows, highs, means, errors, np.clip(variances, 0, most), slopes, np.maximum(counts, 0.0))


def mean_in(bands: Bands, slopes: Floats) -> Floats:
    """Return the mean of each level if its density had these slopes (..., L)."""
    low, high = _edges(bands.lows, bands.highs)
    return np.where(bands.wide, _mean(slopes, low, high), bands.means)


def mean_by_slope(bands: Bands, slopes: Floats) -> Floats:
    """Return how fast the mean of each level grows with the slope of its density."""
    low, high = _edges(bands.lows, bands.highs)
    return np.where(bands.wide, _mean_by_slope(slopes, low, high), 0.0)


def value_at(bands: Bands, slopes: Floats, level: npt.NDArray[np.integer], part: Floats) -> tuple[Floats, Floats]:
    """Return the value below which `part` (...) of the level `level` (...) lies, and how fast it grows with the part.

    `slopes` (..., L): of the densities.
    """
    low, high = (edge[level] for edge in _edges(bands.lows, bands.highs))
    slope = np.take_along_axis(np.broadcast_to(slopes, (*level.shape, slopes.shape[-1])), level[..., None], -1)[..., 0]
    slope = np.where(np.abs(slope) < 1e-6, 1e-6, slope)
    length = np.log(high / low)
    whole = np.expm1(slope * length)
    step = np.log1p(part * whole) / slope
    value = low * np.exp(step)
    rate = value * whole / slope / (1 + part * whole)
    wide = bands.wide[level]
    return np.where(wide, value, np.nan_to_num(bands.lows[level])), np.where(wide, rate, 0.0)


def _edges(lows: Floats, highs: Floats) -> tuple[Floats, Floats]:
    """Return positive edges to take logarithms of; both 1 where there is nothing to divide."""
    wide = ~np.isnan(lows) & (highs > lows)
    high = np.where(wide, highs, 1.0)
    return np.where(wide, np.maximum(np.nan_to_num(lows), _FLOOR * high), 1.0), high


def _integral(slope: Floats, length: Floats) -> Floats:
    """Return the integral of exp(slope * t) over 0 <= t <= length."""
    safe = np.where(np.abs(slope) < 1e-6, 1e-6, slope)
    return np.asarray(np.expm1(safe * length) / safe, dtype=np.float64)


def _mean(slope: Floats, low: Floats, high: Floats) -> Floats:
    """Return the mean of a power law between two edges."""
    length = np.maximum(np.log(high / low), 1e-9)
    return low * _integral(slope + 1, length) / _integral(slope, length)


def _second(slope: Floats, low: Floats, high: Floats) -> Floats:
    """Return the mean square of a power law between two edges."""
    length = np.maximum(np.log(high / low), 1e-9)
    return low**2 * _integral(slope + 2, length) / _integral(slope, length)


def _mean_by_slope(slope: Floats, low: Floats, high: Floats) -> Floats:
    """Return the derivative of the mean by the slope, by a central difference."""
    return (_mean(slope + 0.05, low, high) - _mean(slope - 0.05, low, high)) / 0.1


def _slopes(means: Floats, low: Floats, high: Floats) -> Floats:
    """Return the slopes whose power laws have these means: the mean grows with the slope, so by halving."""
    below, above = np.full_like(means, -_STEEPEST), np.full_like(means, _STEEPEST)
    for _ in range(40):
        middle = (below + above) / 2
        less = _mean(middle, low, high) < means
        below, above = np.where(less, middle, below), np.where(less, above, middle)
    return (below + above) / 2


def _local_slopes(low: Floats, high: Floats, people: Floats, wide: npt.NDArray[np.bool_]) -> Floats:
    """Return the slope of the log density over log value at each band, from the counts of the bands beside it."""
    slopes = np.zeros_like(low)
    at = np.flatnonzero(wide)
    if len(at) < 2:
        return slopes
    start = np.maximum(low[at], high[at] / 5)
    centre = np.log(start * high[at]) / 2
    density = np.log(people[at] / np.log(high[at] / start))
    if len(at) > 2:
        slopes[at] = np.gradient(density, centre, edge_order=2)
    else:
        slopes[at] = np.gradient(density, centre)
    return np.clip(slopes, -5.0, 5.0)
