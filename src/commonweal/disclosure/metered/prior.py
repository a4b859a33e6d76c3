"""What is expected of a cell before it is looked at: its columns act separately."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from commonweal.disclosure.metered.drawing import draw
from commonweal.disclosure.metered.histogram import Floats, Noisy, Secret

_SMALL = 1e-6


def whole_share(whole: Noisy, secret: Secret) -> Floats:
    """Return the share (L,) of each level in the whole; flags need not add up to 1."""
    counts = np.maximum(whole.counts, 1.0)
    if secret.exclusive:
        return np.asarray(counts / counts.sum(), dtype=np.float64)
    share = np.minimum(counts / max(float(whole.sizes), 1.0), 1 - _SMALL)
    return np.asarray(share, dtype=np.float64)


def expected_shares(singles: Mapping[int, Noisy], whole: Noisy, secret: Secret, shape: tuple[int, ...]) -> Floats:
    """Return the share of each level expected in each cell, shape (values ..., L): the whole's share times, for each
    column, what its value has (drawn towards the whole) relative to the whole. One column alone expects the whole's.
    """
    base = whole_share(whole, secret)
    shares = np.broadcast_to(base, (*shape, len(base)))
    if len(shape) > 1:
        for at, values in enumerate(shape):
            factor = _single_share(singles[at], whole, secret) / base
            shares = shares * factor.reshape((1,) * at + (values,) + (1,) * (len(shape) - at - 1) + (-1,))
    if not secret.exclusive:
        return np.minimum(shares, 1 - _SMALL)
    total = shares.sum(-1, keepdims=True)
    # Of a value that noise leaves with nobody, nothing is known but the whole.
    return np.asarray(np.where(total > _SMALL, shares / np.maximum(total, _SMALL), base), dtype=np.float64)


@lru_cache(maxsize=512)
def _single_share(single: Noisy, whole: Noisy, secret: Secret) -> Floats:
    """Return the share of each level for each value of one column, drawn towards the whole's; kept, because a table
    never changes once it is released.
    """
    base = whole_share(whole, secret)
    values = len(single.sizes)
    noise, size_noise = np.full(values, single.variance), np.full(values, single.size_variance)
    error = whole.variance * np.clip(single.sizes / max(float(whole.sizes), 1.0), 0, 1) ** 2
    drawn = draw(single.counts, np.tile(base, (values, 1)), single.sizes, size_noise, noise, secret, error)
    if secret.exclusive:
        people = drawn.counts.sum(1, keepdims=True)
        return np.asarray(np.where(people > _SMALL, drawn.counts / np.maximum(people, _SMALL), base), dtype=np.float64)
    return drawn.counts / np.maximum(single.sizes, 1.0)[:, None]


def expected_sizes(table: Noisy, singles: Mapping[int, Noisy], whole: Noisy) -> Floats:
    """Return positive sizes of the cells, shape (values ...): the noisy ones drawn towards what the single columns
    predict, so that a cell that noise made negative still weighs a little. Exact sizes stay as they are.
    """
    sizes = np.asarray(table.sizes, dtype=np.float64)
    if sizes.ndim == 0 or table.size_variance == 0:
        return np.maximum(sizes, 0.0)
    total = np.maximum(float(whole.sizes), 1.0)
    usual = np.full(sizes.shape, total)
    for at, values in enumerate(sizes.shape):
        if sizes.ndim > 1:
            part = np.maximum(singles[at].sizes, 1.0) / total
            usual = usual * part.reshape((1,) * at + (values,) + (1,) * (sizes.ndim - at - 1))
        else:
            usual = usual / values
    # Relative variance of true sizes about these, by moments weighted so that large cells do not decide alone.
    weight = 1 / (usual + table.size_variance)
    excess = ((sizes - usual) ** 2 - table.size_variance) * weight
    relative = max(float(excess.sum() / max(float((usual**2 * weight).sum()), _SMALL)), 0.0)
    true = relative * usual**2
    pulled = usual + true / (true + table.size_variance) * (sizes - usual)
    return np.asarray(np.maximum(pulled, 0.1 * np.maximum(sizes, 0.01)), dtype=np.float64)
