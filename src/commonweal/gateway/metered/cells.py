"""Cells of the metered path: what was read, as the presentation takes it, with what is not known beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from commonweal.disclosure.cells import ProtectedCells, Withheld
from commonweal.disclosure.metered.profile import Metered
from commonweal.disclosure.reasons import plural
from commonweal.gateway.metered.answering import Numbers, SetRows
from commonweal.gateway.metered.arithmetic import Value
from commonweal.gateway.metered.reading import Reading, Statistic, Target
from commonweal.gateway.presentation import ROW, WHY
from commonweal.query.measure import SET, BaseAggregate, Measure

if TYPE_CHECKING:
    from commonweal.disclosure.metered.axis import Real

REPLICA = "__replica"


@dataclass(frozen=True)
class ReadCells:
    """What may be shown, the replicas of every number, and the share of each that is drawn.

    `replicas` maps aggregates to (R, rows); `drawn` to (rows,); rows are those of the cells' table. `ends` maps quantiles,
    which no replicas around their value do justice, to the ends of their intervals, (2, rows).
    """

    cells: ProtectedCells
    replicas: Mapping[str, Real]
    drawn: Mapping[str, Real]
    ends: Mapping[str, Real] = field(default_factory=dict)

    def values(self) -> dict[str, Value]:
        """Return the replicas of every number as values, null where the number is withheld."""
        table = self.cells.table
        return {
            name: Value(values, np.broadcast_to(np.asarray(table.column(name).is_null()), values.shape))
            for name, values in self.replicas.items()
        }

    def centres(self) -> dict[str, Value]:
        """Return every number as it is shown, a row (1, rows) of values, null where it is withheld."""
        table = self.cells.table
        found = {}
        for name in self.replicas:
            column = table.column(name)
            numbers = np.asarray(column.cast(pa.float64()).fill_null(0.0)).reshape(1, -1)
            found[name] = Value(numbers, np.asarray(column.is_null()).reshape(1, -1))
        return found

    def replica_table(self) -> pa.Table:
        """Return the cells' table once for every replica, with the columns `REPLICA` and `ROW`."""
        table = self.cells.table
        number = len(next(iter(self.replicas.values()))) if self.replicas else 1
        rows = table.num_rows
        taken = table.take(pa.array(np.tile(np.arange(rows), number)))
        for name, values in self.replicas.items():
            hidden = np.tile(np.asarray(table.column(name).is_null()), number)
            place = taken.column_names.index(name)
            column = pa.array(values.reshape(-1), mask=hidden, type=pa.float64())
            taken = taken.set_column(place, name, column)
        return taken.append_column(REPLICA, pa.array(np.repeat(np.arange(number), rows)))


def cells_of(measure: Measure, reading: Reading, sets: Sequence[SetRows], profile: Metered) -> ReadCells:
    """Return the cells of all grouping sets: groups below the threshold, and counts read as below it, withheld."""
    kind = plural(reading.frame.subject)
    few = f"fewer than {profile.threshold} {kind}"
    keys: dict[str, list[object]] = {key.name: [] for key in measure.keys}
    number_of: list[int] = []
    values: dict[str, list[object]] = {target.aggregate.name: [] for target in reading.targets}
    whys: dict[str, list[str | None]] = {name: [] for name in values}
    replicas: dict[str, list[Real]] = {name: [] for name in values}
    drawn: dict[str, list[Real]] = {name: [] for name in values}
    ends: dict[str, list[Real]] = {}
    for number, (members, rows) in enumerate(zip(reading.grouping_sets, sets, strict=True)):
        kept = _kept(rows, profile, has_keys=bool(members))
        number_of += [number] * int(kept.sum())
        coded = {key.name: key for key in (*rows.groups.quasi_keys, *rows.groups.secret_keys)}
        for name, column in keys.items():
            whole = rows.groups.values(coded[name]) if name in coded else [None] * len(kept)
            column += [value for value, keep in zip(whole, kept, strict=True) if keep]
        hidden = (rows.least < profile.threshold)[kept]
        for target in reading.targets:
            name, numbers = target.aggregate.name, rows.numbers[target.aggregate.name]
            shown, why = _shown(target, numbers, kept, hidden, few, profile)
            values[name] += shown
            whys[name] += why
            replicas[name].append(numbers.replicas[:, kept])
            drawn[name].append(numbers.drawn[kept])
            if target.statistic is Statistic.QUANTILE:
                both = np.stack([numbers.estimate.low, numbers.estimate.high])[:, kept]
                ends.setdefault(name, []).append(both)
    columns: dict[str, pa.Array] = {name: pa.array(column) for name, column in keys.items()}
    columns[SET] = pa.array(number_of, type=pa.int32())
    for target in reading.targets:
        name = target.aggregate.name
        columns[name] = pa.array(values[name], type=_type(target.aggregate, target))
        columns[name + WHY] = pa.array(whys[name], type=pa.string())
    table = pa.table(columns).append_column(ROW, pa.array(range(len(number_of)), type=pa.int64()))
    withheld = tuple(
        Withheld(row, name, why) for name, column in whys.items() for row, why in enumerate(column) if why is not None
    )
    protected = ProtectedCells(table, tuple(keys), (), withheld, ())
    joined = {name: np.concatenate(parts, axis=1) for name, parts in replicas.items()}
    reached = {name: np.concatenate(parts, axis=1) for name, parts in ends.items()}
    return ReadCells(protected, joined, {name: np.concatenate(parts) for name, parts in drawn.items()}, reached)


def _kept(rows: SetRows, profile: Metered, *, has_keys: bool) -> np.ndarray:
    """Return which rows are there at all: not groups of nobody, and not what has no value unless it can be shown.

    Where being there is a secret, every group that the contracts and the question allow is there, whatever was counted, so
    that the number of rows and their keys are the same for any data.
    """
    if not has_keys or not rows.known:
        return np.ones(len(rows.sizes), dtype=bool)
    kept = rows.sizes > 0
    unnamed = np.zeros(len(rows.sizes), dtype=bool)
    for key in (*rows.groups.quasi_keys, *rows.groups.secret_keys):
        unnamed |= np.array([value is None for value in rows.groups.values(key)], dtype=bool)
    return np.asarray(kept & ~(unnamed & (rows.least < profile.threshold)))


def _shown(
    target: Target, numbers: Numbers, kept: np.ndarray, hidden: np.ndarray, few: str, profile: Metered
) -> tuple[list[object], list[str | None]]:
    """Return a target's numbers as they are shown, null where withheld, and why."""
    value, sd = numbers.estimate.value[kept], numbers.estimate.sd[kept]
    people = numbers.people[kept]
    shown: list[object] = []
    why: list[str | None] = []
    for each, spread, behind, below in zip(value, sd, people, hidden, strict=True):
        if below:
            reason: str | None = few
        elif behind < profile.threshold:
            reason = f"read as {few}"
        else:
            reason = None
        why.append(reason)
        shown.append(None if reason else _rounded(target, float(each), float(spread)))
    return shown, why


def _rounded(target: Target, value: float, sd: float) -> object:
    """Return a number to the digits that it has: counts whole, others to about a fiftieth of their uncertainty."""
    if not np.isfinite(value):
        return None
    if target.statistic is Statistic.COUNT or (target.statistic is Statistic.SUM and _counts(target.aggregate)):
        return round(value)
    if sd <= 0:
        return value
    digits = -int(np.floor(np.log10(sd / 5)))
    return float(round(value, digits))


def _counts(aggregate: BaseAggregate) -> bool:
    return aggregate.function.value.startswith("count")


def _type(aggregate: BaseAggregate, target: Target) -> pa.DataType:
    return pa.int64() if target.statistic is Statistic.COUNT or _counts(aggregate) else pa.float64()
