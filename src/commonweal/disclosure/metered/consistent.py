"""Separate noisy tables of one question, made to add up: the nearest tables that are all totals of one and the same.

It looks at noisy numbers only, so it costs no privacy. Least squares, weighted by the precision of each table, is the
best that can be done without assuming anything about people (Hay, Rastogi, Miklau and Suciu, VLDB 2010).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import cast

import numpy as np

from commonweal.disclosure.metered.axis import Axis, ColumnSet, Real, Whole, cells, checked, meet
from commonweal.disclosure.metered.margin import margin, repeated

LARGEST = 20_000_000
"""The most numbers of the finest table."""

_STEPS, _NEAR = 500, 1e-13


def consistent(
    tables: Mapping[ColumnSet, Real], axes: Mapping[str, Axis], sds: Mapping[ColumnSet, float] | None = None
) -> dict[ColumnSet, Real]:
    """Return the tables that agree with each other and are nearest to those given.

    Each table has the levels of the secret as last axis. Nearest: the sum over all numbers of (change / sd)^2 is
    least; `sds` None: all alike. Raises ValueError for no tables, columns that `checked` does not accept, tables of
    the wrong shape, or a finest common table of more than 20 million numbers.
    """
    finest, fine = _fitted(tables, axes, sds)
    return {columns: margin(fine, finest, columns, axes) for columns in tables}


def consistent_whole(
    tables: Mapping[ColumnSet, Real], axes: Mapping[str, Axis], sds: Mapping[ColumnSet, float] | None = None
) -> dict[ColumnSet, Whole]:
    """Return whole numbers that agree exactly, near those of `consistent`, which may be below zero.

    Along one chain of tables (the whole, then each time the smallest table that refines the last) every number is
    within 1 of the unrounded; the others are sums of the finest, so their rounding adds up. Errors as `consistent`.
    """
    finest, fine = _fitted(tables, axes, sds)
    chain: list[ColumnSet] = [()]
    for columns in sorted(tables, key=lambda each: (cells(each, axes), each)):
        if columns != chain[-1] and meet(columns, chain[-1]) == chain[-1]:
            chain.append(columns)
    if chain[-1] != finest:
        chain.append(finest)
    # 2^-20 forgets the last digits of the fit, so that a machine's arithmetic does not decide which number is larger.
    fine = np.rint(fine * 2.0**20) / 2.0**20
    above = np.rint(margin(fine, finest, (), axes)).astype(np.int64)
    for coarse, columns in itertools.pairwise(chain):
        above = _rounded_below(margin(fine, finest, columns, axes), above, columns, coarse, axes)
    return {columns: margin(above, finest, columns, axes) for columns in tables}


def _fitted(
    tables: Mapping[ColumnSet, Real], axes: Mapping[str, Axis], sds: Mapping[ColumnSet, float] | None
) -> tuple[ColumnSet, Real]:
    """Return the finest common column set, and the smallest table of it whose totals are nearest to `tables`.

    Conjugate gradients on the normal equations (Hestenes and Stiefel 1952). They have about as many different
    eigenvalues as there are subsets of columns, so some dozens of steps do.
    """
    if not tables:
        raise ValueError("there are no tables to make consistent")
    depths: dict[str, int] = {}
    for columns in tables:
        for name, depth in checked(columns, axes):
            depths[name] = max(depth, depths.get(name, 1))
    finest = tuple(sorted(depths.items()))
    levels = {table.shape[-1] for table in tables.values() if table.ndim}
    if len(levels) != 1 or any(table.ndim != len(columns) + 1 for columns, table in tables.items()):
        raise ValueError("tables to be made consistent have the same levels, as their last axis")
    if cells(finest, axes) * min(levels) > LARGEST:
        raise ValueError("these tables have too many columns between them to be made consistent: ask for fewer")
    weight = {columns: 1.0 if sds is None else 1 / sds[columns] ** 2 for columns in tables}
    largest = max(weight.values())
    weight = {columns: each / largest for columns, each in weight.items()}

    def pull(of: Mapping[ColumnSet, Real]) -> Real:
        return cast(Real, sum(weight[each] * repeated(of[each], finest, each, axes) for each in of))

    for columns, table in tables.items():
        margin(table.astype(np.float64), columns, columns, axes)  # its shape is right
    left = pull({columns: table.astype(np.float64) for columns, table in tables.items()})
    fine, direction = np.zeros_like(left), left.copy()
    size, enough = float(np.vdot(left, left)), _NEAR**2 * float(np.vdot(left, left))
    for _ in range(_STEPS):
        if size <= enough:
            break
        moved = pull({columns: margin(direction, finest, columns, axes) for columns in tables})
        step = size / float(np.vdot(direction, moved))
        fine, left = fine + step * direction, left - step * moved
        size, before = float(np.vdot(left, left)), size
        direction = left + size / before * direction
    return finest, fine


def _rounded_below(table: Real, above: Whole, columns: ColumnSet, coarse: ColumnSet, axes: Mapping[str, Axis]) -> Whole:
    """Return the table in whole numbers that add up to `above`, the whole numbers of its totals.

    Largest remainders: each number is rounded down, and what is missing goes to those that lost most.
    """
    floor = np.floor(table)
    lost = (table - floor).ravel()
    whole = floor.astype(np.int64)
    missing = above - margin(whole, columns, coarse, axes)
    groups = repeated(np.arange(above.size).reshape(above.shape), columns, coarse, axes).ravel()
    order = np.lexsort((np.arange(lost.size), -lost, groups))
    starts = np.searchsorted(groups[order], groups[order])
    place = np.empty(lost.size, dtype=np.int64)
    place[order] = np.arange(lost.size) - starts
    return whole + (place < missing.ravel()[groups]).reshape(whole.shape)
