"""The noise variance of sums over groups of cells, from how the cells' noise goes together along each column."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from commonweal.disclosure.metered.axis import Real

_ROUGH = 1.2
"""How much more than that of cells apart the variance of a group is taken to be that is no product of choices."""


def variance_of_groups(
    cells: np.ndarray, factors: Sequence[Real], sd: float, number: int, *, separate: bool = False
) -> Real:
    """Return the noise variance of each group's sum, exactly where the group is a product of choices by column.

    `cells` holds each cell's group, -1 for none; `factors` the covariance of places along each column; `number` is how
    many groups there are. `separate`: every cell has noise of its own.
    """
    flat = cells.reshape(-1)
    inside = np.flatnonzero(flat >= 0)
    group = flat[inside]
    sizes = np.bincount(group, minlength=number).astype(np.float64)
    if separate:
        return np.asarray(sd * sd * sizes)
    total, product = np.full(number, sd * sd), np.ones(number)
    for places, factor in zip(np.unravel_index(inside, cells.shape) if factors else (), factors, strict=True):
        chosen = np.zeros((number, len(factor)), dtype=bool)
        chosen[group, places] = True
        product *= chosen.sum(axis=1)
        total *= _squares(chosen.astype(np.float64), factor)
    return np.where(sizes == product, total, sd * sd * sizes * _ROUGH)


def _squares(chosen: Real, factor: Real) -> Real:
    """Return the quadratic form of each row, each different row worked out once."""
    known: dict[bytes, float] = {}
    for row in chosen:
        if row.tobytes() not in known:
            known[row.tobytes()] = float(row @ factor @ row)
    return np.array([known[row.tobytes()] for row in chosen])
