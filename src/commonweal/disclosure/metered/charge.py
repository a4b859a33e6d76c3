"""The meter: what opening a table adds to the privacy loss of a secret, once, ever, for everybody.

The loss is rho of zero-concentrated differential privacy (Bun and Steinke 2016) for a change of one person's level.
A table of a column set is worth exactly its parts (`noise`), each charged when it is first opened. What a part costs
is exact, as tests/disclosure/metered/test_charge.py shows against the covariance of all noise: the person moves a part
by a vector whose squared length is f times the sensitivity, within noise of the variance sd^2 / f.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping

from commonweal.disclosure.metered.axis import Axis, ColumnSet, checked, meet, subsets

MOST_COLUMNS = 4
"""The most columns of one table."""

LEVEL = 2.0
"""Sensitivity of a secret of which each person has one level: a change leaves one count and enters another."""

SIZES = 1.0
"""Sensitivity of group sizes, when being in the dataset is the secret: a person is in one cell or in none."""

_NOISE_SD = {6: 14.0, 8: 17.0, 10: 20.0, 12: 26.0}


def flags(most: int) -> float:
    """Return the sensitivity of a secret of which each person has at most `most` levels: all may change at once.

    Raises ValueError below 1.
    """
    if most < 1:
        raise ValueError("a person has at least one level")
    return LEVEL * most


def noise_sd(quasi_columns: int) -> float:
    """Return the standard deviation of noise, in people, for a dataset or view with so many quasi columns.

    Chosen so that all tables of at most four columns (three, from nine columns) together stay near the cap. Raises
    ValueError above 12 columns, and below 0.
    """
    if quasi_columns < 0:
        raise ValueError("a number of columns is not below 0")
    for most, sd in _NOISE_SD.items():
        if quasi_columns <= most:
            return sd
    raise ValueError(
        f"{quasi_columns} quasi columns are too many for one shared table, which holds at most 12: "
        "leave some out of the view, or merge them into one with fewer values"
    )


def kept(subset: ColumnSet, axes: Mapping[str, Axis]) -> float:
    """Return f of a part: the product over its columns of 1 - 1 / values of the block, for the largest block.

    Where blocks differ in size, people in smaller ones lose less than is charged. 0 where no block has two values.
    """
    return math.prod(1 - 1 / axes[name].largest_block(depth) for name, depth in subset)


def _rho(parts: Iterable[ColumnSet], axes: Mapping[str, Axis], sd: float, sensitivity: float) -> float:
    if not sd > 0 or not sensitivity > 0:
        raise ValueError("a charge needs a standard deviation and a sensitivity above 0")
    units = math.fsum(kept(part, axes) ** 2 for part in parts)  # fsum: the same in any order
    return sensitivity * units / (2 * sd * sd)


def cost(
    columns: ColumnSet,
    opened: Collection[ColumnSet],
    axes: Mapping[str, Axis],
    sd: float,
    sensitivity: float,
) -> float:
    """Return the rho that opening a table adds to an account in which the tables `opened` are open already.

    0 when it can be added up from open tables' parts. Opening tables in any order costs the same together.
    """
    shared = {meet(checked(columns, axes), other) for other in opened}
    open_parts = frozenset[ColumnSet]().union(*(subsets(each) for each in shared))
    return _rho(subsets(columns) - open_parts, axes, sd, sensitivity)


def spent(opened: Collection[ColumnSet], axes: Mapping[str, Axis], sd: float, sensitivity: float) -> float:
    """Return the rho of all the tables `opened` together."""
    parts = frozenset[ColumnSet]().union(*(subsets(checked(columns, axes)) for columns in opened))
    return _rho(parts, axes, sd, sensitivity)


def lattice_cost(axes: Iterable[Axis], most: int = MOST_COLUMNS) -> float:
    """Return what all tables of at most `most` columns at all their depths cost together, in units of
    sensitivity / (2 sd^2).

    The elementary symmetric sums of what each axis adds: the sum over its depths of (1 - 1 / largest block)^2.
    """
    sums = [1.0] + [0.0] * most
    for axis in axes:
        own = math.fsum((1 - 1 / axis.largest_block(depth)) ** 2 for depth in range(1, axis.depth + 1))
        for size in range(most, 0, -1):
            sums[size] += own * sums[size - 1]
    return math.fsum(sums)
