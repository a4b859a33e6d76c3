"""Directions in which groups are expected to differ from what was expected of them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from commonweal.disclosure.metered.histogram import Floats, Integers, Secret

_DEPENDENT = 1e-6
"""A direction of which less than this is left beside those before it adds nothing."""


@lru_cache(maxsize=512)
def scores(secret: Secret) -> tuple[Floats, ...]:
    """Return the named directions over the levels, most telling first: whether the value is known, whether there is
    anything, how much (by rank), how middling (its square); for two secrets also anything of both, and much of both.
    """
    own = [_scores_of_one(secret, at) for at in range(len(secret.levels))]
    if len(own) == 1:
        return tuple(score for _, score in own[0])
    first, second = (np.ones(levels) for levels in secret.levels)
    named = [np.outer(score, second).ravel() for _, score in own[0]]
    named += [np.outer(first, score).ravel() for _, score in own[1]]
    named += [
        np.outer(score, other).ravel()
        for kind, score in own[0]
        for like, other in own[1]
        if kind == like and kind in ("anything", "much")
    ]
    return tuple(named)


def _scores_of_one(secret: Secret, at: int) -> list[tuple[str, Floats]]:
    """Return the named directions of one secret with their kinds: missing, anything, much."""
    levels, nothing, missing = secret.levels[at], secret.nothing[at], secret.missing[at]
    index = np.arange(levels)
    something = (index != nothing) & (index != missing)
    named: list[tuple[str, Floats]] = []
    if missing is not None:
        named.append(("missing", (index == missing).astype(float)))
    if nothing is not None:
        named.append(("anything", something.astype(float)))
    if secret.ordered[at] and something.sum() > 1:
        rank = np.where(something, np.cumsum(something), 0).astype(float)
        rank = np.where(something, rank - rank[something].mean(), 0.0)
        named.append(("much", rank))
        if something.sum() > 2:
            named.append(("middling", rank**2))
    return named


def directions(secret: Secret, share: Floats) -> tuple[Floats, Integers]:
    """Return directions (D, L), orthonormal under `share` (L,) and to the constant, and the pool of each (D,).

    Each named direction is a pool of its own; all that is left of the space of levels is the last pool. `share` is
    positive and adds up to 1.
    """
    levels = secret.size
    root = np.sqrt(share)
    found = np.empty((levels, levels))
    found[0] = root
    pools: list[int] = []
    named = scores(secret)
    for place, score in enumerate([*named, *np.eye(levels)]):
        known = len(pools) + 1
        if known == levels:
            break
        vector = score * root
        size = np.sqrt(vector @ vector)
        for _ in range(2):  # once more against rounding (Kahan's "twice is enough")
            vector = vector - found[:known].T @ (found[:known] @ vector)
        left = np.sqrt(vector @ vector)
        if left > _DEPENDENT * size:
            found[known] = vector / left
            pools.append(min(place, len(named)))
    return found[1 : len(pools) + 1] / root, np.array(pools, dtype=np.int64)
