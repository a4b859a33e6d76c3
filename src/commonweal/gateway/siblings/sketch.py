"""Sketches: how many of a group's entities fall into each of 64 keyed buckets.

The buckets of two groups differ by no more than the entities that are in one of them only: where they differ by ten or
more, ten or more entities lie between the groups. So no pair that differs by fewer is missed, but for those whose
differing entities happen to share their buckets (1 in 64 for a swap of two).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from sqlglot import exp

from commonweal.gateway.evidence import sketch_query
from commonweal.query.overlap import same_rows
from commonweal.query.sources import RECORD_KEY

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from commonweal.disclosure.cells import ProtectedCells
    from commonweal.gateway.measuring import Run
    from commonweal.gateway.plan import Plan
    from commonweal.query.measure import Measure

BUCKETS = 64

MOST_GROUPS = 100
"""Groups of an answer that are sketched; of one with more, all of its rows together only."""


@dataclass(frozen=True)
class Sketch:
    """One group that was shown: of what space (kind and dataset@snapshot), in what words, and its buckets."""

    space: str
    words: str
    buckets: NDArray[np.int64]


def sketched(
    asked: Measure,
    planned: Measure,
    cells: ProtectedCells,
    plan: Plan,
    run: Run,
    snapshots: Mapping[str, str],
    hashed: Callable[[str], str],
    known: Callable[[str, str], bool],
    threshold: int,
) -> list[Sketch]:
    """Return sketches of all rows of a measure, and of its groups that are shown, where there are at least `threshold`.

    `asked` is the measure over datasets, `planned` the same over treated tables; `snapshots` the id of each dataset's;
    `known` says whether a group of a space was asked for in these words before: then nothing is worked out again.
    """
    base = _first_dataset(asked)
    if base is None or not cells.table.num_rows:
        return []
    space = f"{planned.entities[0].kind} {base}@{snapshots[base][:16]}"
    finest = max(range(len(planned.grouping_sets)), key=lambda number: len(planned.grouping_sets[number]))
    words = repr((same_rows(asked), [str(asked.keys[i].expression) for i in asked.grouping_sets[finest]]))
    if known(space, hashed(f"{words} None")):
        return []
    shown = _shown(cells, finest)
    by_group = 0 < len(shown) <= MOST_GROUPS and bool(planned.keys)
    query = sketch_query(
        replace(planned, aggregates=(), differences=(), partitions=()),
        exp.column(RECORD_KEY, table=planned.entities[0].alias),
        BUCKETS,
        planned.grouping_sets[finest] if by_group else (),
    )
    table = run.engine.run(query, plan.tables, limits=run.limits, still_allowed=run.still_allowed)
    found = []
    for group, buckets in _buckets(table, len(planned.keys)).items():
        if buckets.sum() >= threshold and (group is None or group in shown):
            found.append(Sketch(space, hashed(f"{words} {group!r}"), buckets))
    return found


def _shown(cells: ProtectedCells, number: int) -> set[tuple[object, ...]]:
    """Return the keys of the cells of a grouping set of which some number is shown."""
    columns = [cells.table.column(name).to_pylist() for name in cells.keys]
    values = [cells.table.column(aggregate.name).is_valid().to_pylist() for aggregate in cells.aggregates]
    sets = cells.table.column("set").to_pylist()
    return {
        tuple(column[row] for column in columns)
        for row in range(cells.table.num_rows)
        if sets[row] == number and any(valid[row] for valid in values)
    }


def _buckets(table: pa.Table, keys: int) -> dict[tuple[object, ...] | None, NDArray[np.int64]]:
    """Return the buckets of every group by its keys, and of all rows under None."""
    found: dict[tuple[object, ...] | None, NDArray[np.int64]] = {}
    columns = [table.column(name).to_pylist() for name in table.column_names]
    for whole, bucket, count, *group in zip(*columns, strict=True):
        place = None if whole else tuple(group[:keys])
        found.setdefault(place, np.zeros(BUCKETS, dtype=np.int64))[bucket] += count
    if found and None not in found:
        found[None] = np.sum(list(found.values()), axis=0)
    return found


def _first_dataset(measure: Measure) -> str | None:
    """Return the dataset from which the record keys of a measure come; None when that cannot be seen."""
    alias, tree = measure.entities[0].alias if measure.entities else "", measure.relation
    for _ in range(20):
        source = next((node for node in tree.find_all(exp.Table, exp.Subquery) if node.alias_or_name == alias), None)
        if isinstance(source, exp.Table):
            return f"{source.db}/{source.name}" if source.db else None
        if source is None or not isinstance(source.this, exp.Select):
            return None
        tree = source.this
        handed = next((p.unalias() for p in tree.expressions if p.alias_or_name == RECORD_KEY), None)
        column = handed.find(exp.Column) if handed is not None else None
        if column is None:
            return None
        alias = column.table
    return None
