"""Drawing: the best linear prediction of a group's levels from its noisy counts and from what is expected of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from commonweal.disclosure.metered.directions import directions, scores
from commonweal.disclosure.metered.histogram import Floats, Integers, Secret
from commonweal.disclosure.metered.spread import weights

LEAST = 0.02
"""No level is read below this share of what is expected there."""
NAMED, REST, FLAGS = 0.1, 0.02, 0.3
"""How far groups usually differ, in standard deviations of the level's score (0.1 of "anything" at 20 % is 4 points);
for flags in log odds."""
_SMALL = 1e-6
_RIDGE = 1e-9


@dataclass(frozen=True)
class Drawn:
    """Counts (G, L) drawn towards the expectation, the covariance of what is unknown, the share (G,) not their own."""

    counts: Floats
    covariance: Floats
    share: Floats


def draw(
    seen: Floats,
    share: Floats,
    sizes: Floats,
    size_variance: Floats,
    noise: Floats,
    secret: Secret,
    expected_error: Floats | float = 0.0,
) -> Drawn:
    """Return the levels of G groups drawn towards `share` (G, L) of their sizes.

    `seen` (G, L): noisy counts with noise variance `noise` (G,); `sizes` (G,), unbiased, with variance `size_variance`
    (G,), 0 if exact; `expected_error` (G,): the noise variance of one expected count. What is seen beyond the expected
    is chance (a multinomial draw), true differences between groups (estimated, `spread.weights`), the errors of size
    and expectation, or noise: the prediction is linear in it, with the weights these variances give (Fay and Herriot
    1979). Counts are never negative; where levels exclude each other they add up to a size that sizes and counts agree
    on.
    """
    share = np.maximum(share, _SMALL)
    sizes, noise = np.maximum(sizes, 1.0), np.maximum(noise, _SMALL)
    error = np.broadcast_to(np.asarray(expected_error, dtype=np.float64), sizes.shape)
    if not secret.exclusive:
        return _draw_flags(seen, np.minimum(share, 1 - _SMALL), sizes, size_variance, noise, error)
    share = share / share.sum(1, keepdims=True)
    mu = share * sizes[:, None]
    prior, unsure = _uncertainty(seen, share, sizes, size_variance, noise, secret, error)
    levels = np.eye(secret.size)
    noise = np.maximum(
        noise, _RIDGE * np.trace(prior, axis1=1, axis2=2)
    )  # so that noise of next to nothing can be solved
    gain = np.linalg.solve(prior + noise[:, None, None] * levels, prior).transpose(0, 2, 1)
    counts = mu + np.einsum("gij,gj->gi", gain, seen - mu)
    left = gain * noise[:, None, None]  # the same as prior - gain @ prior, without taking large from large
    left = (left + left.transpose(0, 2, 1)) / 2
    total = np.maximum(counts.sum(1), LEAST)  # above 0, so that shares of it exist
    counts = np.maximum(counts, LEAST * mu)
    counts *= (total / counts.sum(1))[:, None]
    own = np.trace(left, axis1=1, axis2=2) / np.maximum(np.trace(prior, axis1=1, axis2=2), _SMALL)
    return Drawn(counts, left + unsure, np.clip(own, 0, 1))


def _uncertainty(
    seen: Floats,
    share: Floats,
    sizes: Floats,
    size_variance: Floats,
    noise: Floats,
    secret: Secret,
    error: Floats,
) -> tuple[Floats, Floats]:
    """Return the covariance (G, L, L) of true counts around the expected, and what not knowing the variance between
    groups adds to the uncertainty.

    Along a direction q a group's shares are tilted: p (1 + d (q - mean q)), as a change in log odds would; q are
    orthonormal under the mean shares of all groups.
    """
    at = np.arange(secret.size)
    prior = (size_variance - sizes)[:, None, None] * share[:, :, None] * share[:, None, :]
    prior[:, at, at] += share * sizes[:, None]
    prior += error[:, None, None] * (np.eye(secret.size) - 1 / secret.size)
    unsure = np.zeros_like(prior)
    if secret.size == 1 or not len(sizes):
        return prior, unsure
    bases, pools = directions(secret, sizes @ share / sizes.sum())
    tilts = bases - (share @ bases.T)[:, :, None]
    steep = np.maximum(np.einsum("gdl,gl->gd", tilts**2, share), _SMALL)
    known = 1 / (sizes[:, None] * steep)
    moved = tilts * share[:, None, :] * sizes[:, None, None]
    away = seen - share * sizes[:, None]
    named = pools < len(scores(secret))
    if not named.all():
        # What has no name of its own is looked at straight: all of it differs alike.
        rest = ~named
        straight = np.einsum("gdl,gl->gd", tilts[:, rest], away) * known[:, rest]
        by_noise = noise[:, None] * (tilts[:, rest] ** 2).sum(2) * known[:, rest] ** 2
        between, more = _between(straight, known[:, rest], by_noise, pools[rest], REST)
        prior, unsure = prior + _across(moved[:, rest], between), _across(moved[:, rest], more)
    if named.any():
        # Named directions are found by least squares, each level weighed by its chance and noise: several times less
        # noisy, because most of the noise is in levels that hardly anybody is in.
        around = prior.copy()
        around[:, at, at] += np.maximum(noise, _RIDGE * np.trace(prior, axis1=1, axis2=2))[:, None]
        across = moved[:, named]
        solved = np.linalg.solve(around, across.transpose(0, 2, 1))
        told = across @ solved
        error = np.linalg.inv(told + _RIDGE * np.trace(told, axis1=1, axis2=2)[:, None, None] * np.eye(across.shape[1]))
        found = np.einsum("gde,gle,gl->gd", error, solved, away)
        total = np.diagonal(error, axis1=1, axis2=2)
        chance = np.minimum(known[:, named], total * (1 - _SMALL))
        between, more = _between(found, chance, total - chance, pools[named], NAMED)
        prior, unsure = prior + _across(across, between), unsure + _across(across, more)
    return prior, unsure


def _between(seen: Floats, known: Floats, noise: Floats, pools: Integers, usual: float) -> tuple[Floats, Floats]:
    """Return the variance (G, D) between groups beyond chance that gives the weights, and what is unsure about it."""
    weight, unsure = weights(seen, known, noise, pools, usual)
    return np.maximum(noise * weight / np.maximum(1 - weight, _SMALL) - known, 0), unsure


def _across(moved: Floats, variance: Floats) -> Floats:
    """Return the covariance (G, L, L) of counts moved along (G, D, L) with these variances (G, D)."""
    return np.asarray((moved.transpose(0, 2, 1) * variance[:, None, :]) @ moved, dtype=np.float64)


def _draw_flags(
    seen: Floats, share: Floats, sizes: Floats, size_variance: Floats, noise: Floats, error: Floats
) -> Drawn:
    """Return flags drawn each by itself: a subject may have several, so they do not add up to anything."""
    mu, chance = share * sizes[:, None], share * (1 - share)
    known = 1 / (sizes[:, None] * chance)
    expected = (size_variance[:, None] * share**2 + error[:, None]) / sizes[:, None] ** 2
    by_noise = (noise / sizes**2)[:, None] / chance**2
    tilt = (seen / sizes[:, None] - share) / chance
    pools = np.arange(seen.shape[1])
    weight, unsure = weights(tilt, known + expected / chance**2, by_noise, pools, FLAGS)
    counts = np.maximum(mu + weight * (seen - mu), LEAST * mu)
    left = weight * noise[:, None] + unsure * (chance * sizes[:, None]) ** 2
    return Drawn(counts, left[:, :, None] * np.eye(seen.shape[1]), 1 - weight.mean(1))
