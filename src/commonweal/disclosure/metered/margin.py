"""Totals of tables: the table of fewer columns, or of the same at a depth above, is the sum of the finer one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from commonweal.disclosure.metered.axis import Axis, ColumnSet, meet

Numbers = TypeVar("Numbers", np.float64, np.int64)


def margin(table: NDArray[Numbers], columns: ColumnSet, to: ColumnSet, axes: Mapping[str, Axis]) -> NDArray[Numbers]:
    """Return the table of `to`, added up from that of `columns`; both have the levels of the secret as last axis.

    Raises ValueError when `to` is not among the subsets of `columns`, or the table does not have their shape.
    """
    depths = _depths(columns, to, axes, table.shape[:-1])
    place = 0
    for name, depth in columns:
        if name not in depths:
            table = table.sum(axis=place)
            continue
        if depths[name] < depth:
            values = axes[name].values(depths[name], depth)
            order = np.argsort(values, kind="stable")
            starts = np.searchsorted(values[order], np.arange(axes[name].sizes[depths[name]]))
            table = np.add.reduceat(np.take(table, order, axis=place), starts, axis=place)
        place += 1
    return table


def repeated(table: NDArray[Numbers], columns: ColumnSet, to: ColumnSet, axes: Mapping[str, Axis]) -> NDArray[Numbers]:
    """Return the table of `to` (a subset of `columns`) laid out over the cells of `columns`: each cell holds the
    number of the total it belongs to."""
    depths = _depths(columns, to, axes)
    for place, (name, depth) in enumerate(columns):
        if name not in depths:
            table = np.repeat(np.expand_dims(table, place), axes[name].sizes[depth], axis=place)
        elif depths[name] < depth:
            table = np.take(table, axes[name].values(depths[name], depth), axis=place)
    return table


def _depths(
    columns: ColumnSet, to: ColumnSet, axes: Mapping[str, Axis], shape: tuple[int, ...] | None = None
) -> dict[str, int]:
    if meet(columns, to) != to:
        raise ValueError("only a table of fewer columns, or of the same at a depth above, is a total of this one")
    if shape is not None and shape != tuple(axes[name].sizes[depth] for name, depth in columns):
        raise ValueError("the table does not have the shape of its columns")
    return dict(to)
