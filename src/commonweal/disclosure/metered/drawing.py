"""Drawing: the best linear prediction of a group's levels from its noisy counts and from what is expected of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from commonweal.disclosure.metered.directions import directions, scores
from commonweal.disclosure.metered.histogram import Floats, Secret
from commonweal.disclosure.metered.spread import weights

LEAST = 0.02
"""No level is read below this share of what is expected there."""
_SMALL = 1e-6


@dataclass(frozen=True)
class Drawn:
    """Counts (G, L) drawn towards the expectation, the covariance of what is unknown, the share (G,) not their own."""

    counts: Floats
    covariance: Floats
    share: Floats


def draw(seen: Floats, share: Floats, sizes: Floats, size_variance: Floats, noise: Floats, secret: Secret) -> Drawn:
    """Return the levels of G groups drawn towards `share` (G, L) of their sizes.

    `seen` (G, L): noisy counts with noise variance `noise` (G,); `sizes` (G,), unbiased, with variance `size_variance`
    (G,), 0 if exact. What is seen beyond the expected is chance (a multinomial draw), true differences between groups
    (estimated, `spread.weights`), the error of the size, or noise: the prediction is linear in it, with the weights
    these variances give (Fay and Herriot 1979). Counts are never negative; where levels exclude each other they add up
    to a size that sizes and counts agree on.
    """
    share = np.maximum(share, _SMALL)
    sizes, noise = np.maximum(sizes, 1.0), np.maximum(noise, _SMALL)
    if not secret.exclusive:
        return _draw_flags(seen, np.minimum(share, 1 - _SMALL), sizes, size_variance, noise)
    share = share / share.sum(1, keepdims=True)
    mu = share * sizes[:, None]
    prior, unsure = _uncertainty(seen, share, sizes, noise, secret)
    prior += size_variance[:, None, None] * share[:, :, None] * share[:, None, :]
    levels = np.eye(secret.size)
    gain = np.linalg.solve(prior + noise[:, None, None] * levels, prior).transpose(0, 2, 1)
    counts = mu + np.einsum("gij,gj->gi", gain, seen - mu)
    left = prior - gain @ prior
    left = (left + left.transpose(0, 2, 1)) / 2
    total = np.maximum(counts.sum(1), 0)
    counts = np.maximum(counts, LEAST * mu)
    counts *= (total / counts.sum(1))[:, None]
    own = np.trace(left, axis1=1, axis2=2) / np.maximum(np.trace(prior, axis1=1, axis2=2), _SMALL)
    return Drawn(counts, left + unsure, np.clip(own, 0, 1))


def _uncertainty(seen: Floats, share: Floats, sizes: Floats, noise: Floats, secret: Secret) -> tuple[Floats, Floats]:
    """Return the covariance (G, L, L) of true counts around the expected for known sizes, and what not knowing the
    variance between groups adds to the uncertainty.

    Along a direction q a group's shares are tilted: p (1 + d (q - mean q)), as a change in log odds would; q are
    orthonormal under the mean shares of all groups.
    """
    prior = -share[:, :, None] * share[:, None, :] * sizes[:, None, None]
    at = np.arange(secret.size)
    prior[:, at, at] += share * sizes[:, None]
    if secret.size == 1 or not len(sizes):
        return prior, np.zeros_like(prior)
    mean = sizes @ share / sizes.sum()
    bases, pools = directions(secret, mean)
    tilts = bases - (share @ bases.T)[:, :, None]
    steep = np.maximum(np.einsum("gdl,gl->gd", tilts**2, share), _SMALL)
    seen_tilt = np.einsum("gdl,gl->gd", tilts, seen / sizes[:, None] - share) / steep
    by_noise = (noise / sizes**2)[:, None] * (tilts**2).sum(2) / steep**2
    by_chance = 1 / (sizes[:, None] * steep)
    weight, unsure = weights(seen_tilt, by_chance, by_noise, pools, len(scores(secret)))
    between = np.maximum(by_noise * weight / np.maximum(1 - weight, _SMALL) - by_chance, 0)
    moved = tilts * share[:, None, :] * sizes[:, None, None]
    across = moved.transpose(0, 2, 1)
    return prior + (across * between[:, None, :]) @ moved, (across * unsure[:, None, :]) @ moved


def _draw_flags(seen: Floats, share: Floats, sizes: Floats, size_variance: Floats, noise: Floats) -> Drawn:
    """Return flags drawn each by itself: a subject may have several, so they do not add up to anything."""
    mu, chance = share * sizes[:, None], share * (1 - share)
    known = 1 / (sizes[:, None] * chance)
    size_error = (size_variance / sizes**2)[:, None] * share**2
    by_noise = (noise / sizes**2)[:, None] / chance**2
    tilt = (seen / sizes[:, None] - share) / chance
    weight, unsure = weights(tilt, known + size_error / chance**2, by_noise, np.arange(seen.shape[1]), 0)
    counts = np.maximum(mu + weight * (seen - mu), LEAST * mu)
    left = weight * noise[:, None] + unsure * (chance * sizes[:, None]) ** 2
    return Drawn(counts, left[:, :, None] * np.eye(seen.shape[1]), 1 - weight.mean(1))
