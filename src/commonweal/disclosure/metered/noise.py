"""The noise of the tables: drawn once for every subset of the columns, so that every table agrees with its totals.

For each subset T of a column set (each column at its depth, at any depth above, or left out) there is one part Z_T:
Gaussian, a number for each cell of T and each level of the secret, of which the mean of every block (the children of
one value of the depth above) is taken away along every column. A table's noise is the sum of the parts of all its
subsets, each shared out evenly among the children. Taking the means away is what makes a table agree with its totals:
a part adds nothing to a table that does not know its columns.

Xiao, He, Zhang and Kifer, ResidualPlanner, NeurIPS 2023 (arXiv 2305.08175), with the noise of each part fixed at
sd / sqrt(f) in place of an optimiser, and for ladders of any shape.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping

import numpy as np

from commonweal.disclosure.metered.axis import Axis, ColumnSet, Real, checked, shape
from commonweal.disclosure.metered.stream import GRID, white


def noise(key: bytes, label: str, columns: ColumnSet, axes: Mapping[str, Axis], levels: int, sd: float) -> Real:
    """Return the noise of the table of a column set, in people, shape (values of each column ..., levels).

    The same for ever for the same arguments. `label` names the dataset, the snapshot and the secret. Tables of one
    label agree: the sum of one over the values left out of another is the other (to rounding, under 1e-9). Levels are
    independent of each other. A cell's variance is that of `variance`. Raises ValueError for columns that `checked`
    does not accept, for fewer than one level, and for an sd that is not above 0.
    """
    checked(columns, axes)
    if levels < 1 or not (sd > 0 and math.isfinite(sd)):
        raise ValueError("noise needs at least one level and a standard deviation above 0")

    def combined(done: ColumnSet, left: ColumnSet) -> Real:
        """Return the sum of the parts that hold `done` as it is and any depth of `left`, spread over `left` only."""
        if not left:
            return part(key, label, done, axes, levels, sd)
        (name, depth), rest = left[0], left[1:]
        axis, place = axes[name], len(done)
        total = np.expand_dims(combined(done, rest), place) * _along(axis.shares(0, depth), place, levels, rest)
        for step in range(1, depth + 1):
            if axis.largest_block(step) == 1:
                continue  # nothing is split here, so there is nothing to add
            finer = combined((*done, (name, step)), rest)
            shared = _along(axis.shares(step, depth), place, levels, rest)
            total = total + np.take(finer, axis.values(step, depth), axis=place) * shared
        return total

    return combined((), columns)


def _along(weights: Real, place: int, levels: int, rest: ColumnSet) -> Real:
    """Return weights shaped so that they multiply along the axis at `place`, with `rest` and the levels after it."""
    return weights.reshape(-1, *(1,) * (len(rest) + 1))


def part(key: bytes, label: str, subset: ColumnSet, axes: Mapping[str, Axis], levels: int, sd: float) -> Real:
    """Return Z_T of a subset T, in people, shape (values of each column ..., levels).

    It adds up to zero over every block of every column, exactly. Blocks of one value hold zeros.
    """
    scale = np.full((*shape(subset, axes), levels), sd)
    for place, (name, depth) in enumerate(subset):
        siblings = axes[name].siblings(depth)
        kept = np.where(siblings > 1, 1 - 1 / siblings, np.inf)  # the noise of a block of one is 0
        scale /= np.sqrt(kept).reshape(-1, *(1,) * (len(subset) - place))
    drawn = white(key, seed(label, subset, axes, levels, sd), scale)
    divisor = np.full((), float(GRID))
    for place, (name, depth) in enumerate(subset):
        drawn = _deviations(drawn, axes[name], depth, place)
        siblings = axes[name].siblings(depth).astype(np.float64)
        divisor = divisor[..., None] * siblings
    return np.asarray(drawn / divisor[..., None], dtype=np.float64)


def noise_of_sums(key: bytes, label: str, sds: Real) -> Real:
    """Return independent noise for numbers that are no counts (sums of money in each band), of standard deviations
    `sds` in their own unit and in the shape of these, the same for ever for the same arguments.

    The noise is whole 1/1024 of the unit, so add it to sums that `on_grid` has rounded. Noise for counts multiplied by
    a band's edge would not do: its steps of edge/1024 do not hold every sum, and what is left after division by them
    would be the exact sum's remainder. Raises ValueError for a standard deviation that is not above 0.
    """
    if not (np.isfinite(sds) & (sds > 0)).all():
        raise ValueError("noise needs a standard deviation above 0")
    meaning = ["commonweal sums 1", label, sds.shape, [float(sd).hex() for sd in sds.ravel()]]
    named = hashlib.sha256(json.dumps(meaning, separators=(",", ":")).encode()).digest()
    return white(key, named, sds) / GRID


def on_grid(exact: Real) -> Real:
    """Return numbers rounded to whole 1/1024, as `noise_of_sums` needs them."""
    return np.rint(exact * GRID) / GRID


def _deviations(drawn: Real, axis: Axis, depth: int, place: int) -> Real:
    """Return each number times the size of its block, less the sum of its block: whole numbers stay whole, so that
    the order of adding, which differs between machines, does not matter."""
    blocks, siblings = axis.blocks(depth), axis.siblings(depth)
    order = np.argsort(blocks, kind="stable")
    starts = np.searchsorted(blocks[order], np.arange(axis.sizes[depth - 1]))
    sums = np.add.reduceat(np.take(drawn, order, axis=place), starts, axis=place)
    along = siblings.reshape(-1, *(1,) * (drawn.ndim - place - 1))
    return np.asarray(drawn * along - np.take(sums, blocks, axis=place), dtype=np.float64)


def seed(label: str, subset: ColumnSet, axes: Mapping[str, Axis], levels: int, sd: float) -> bytes:
    """Return what the randomness of a part is keyed on: everything that its numbers mean.

    The sd is in it because the same numbers at two scales would give both away; so are the partitions, down to the
    depth used, because a contract with other levels is another table.
    """
    ladders = [axes[name].parents[:depth] for name, depth in subset]
    meaning = ["commonweal noise 1", label, subset, ladders, levels, float(sd).hex()]
    return hashlib.sha256(json.dumps(meaning, separators=(",", ":")).encode()).digest()


def covariance(axis: Axis, depth: int, other: int | None = None) -> Real:
    """Return an axis's factor of the covariance of noise, between its values at `depth` and those at `other` (None:
    the same depth).

    Two cells of one label and level have the covariance sd^2 times the product of these over all columns of either
    table, a column that a table leaves out being at depth 0. So the variance of a sum of cells with weights w is
    sd^2 times the product of w' covariance w, when the weights are products over the columns.
    """
    other = depth if other is None else other
    total = np.multiply.outer(axis.shares(0, depth), axis.shares(0, other))
    for step in range(1, min(depth, other) + 1):
        blocks, siblings = axis.blocks(step), axis.siblings(step).astype(np.float64)
        same = (blocks[:, None] == blocks[None, :]) & (siblings > 1)
        several = np.maximum(siblings, 2)
        kept = np.where(same, (np.eye(len(blocks)) - 1 / several) / (1 - 1 / several), 0.0)
        left, right = axis.values(step, depth), axis.values(step, other)
        total += kept[np.ix_(left, right)] * np.multiply.outer(axis.shares(step, depth), axis.shares(step, other))
    return total


def variance(columns: ColumnSet, axes: Mapping[str, Axis], sd: float) -> Real:
    """Return the variance of the noise of each cell, in people squared, shape (values of each column ...).

    Without ladders it is sd^2 times the product of (1 + 1 / values^2); with them a little more for each rung.
    """
    total = np.full((), float(sd) ** 2)
    for name, depth in checked(columns, axes):
        axis = axes[name]
        factor = axis.shares(0, depth) ** 2
        for step in range(1, depth + 1):
            several = (axis.siblings(step) > 1)[axis.values(step, depth)]
            factor = factor + np.where(several, axis.shares(step, depth) ** 2, 0.0)
        total = np.multiply.outer(total, factor)
    return np.asarray(total, dtype=np.float64)
