"""Made-up rows, and the cells that a perfect engine would measure from them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from commonweal.disclosure.cells import Aggregate, Cells, Measured

Row = dict[str, Any]

COUNT = Aggregate("n", Measured.ROWS)
PEOPLE = Aggregate("people", Measured.ENTITIES)
FLAGGED = Aggregate("flagged", Measured.INDICATOR, partial=True)
AMOUNT = Aggregate("amount", Measured.AMOUNT)
SQUARES = Aggregate("squares", Measured.MOMENT, same_as="amount")
MEDIAN = Aggregate("median", Measured.QUANTILE, fraction=0.5)

VALUE: dict[str, Callable[[Row], Any]] = {
    "n": lambda row: 1,
    "people": lambda row: 1,
    "flagged": lambda row: row["flag"],
    "amount": lambda row: row["amount"],
    "squares": lambda row: None if row["amount"] is None else row["amount"] ** 2,
    "median": lambda row: row["amount"],
}


def measured(
    rows: Sequence[Row],
    keys: Sequence[str],
    aggregates: Sequence[Aggregate],
    *,
    kinds: Sequence[str] = ("person",),
    grouping_sets: Sequence[tuple[int, ...]] | None = None,
    known: Sequence[tuple[object, ...] | None] = (),
) -> Cells:
    """Group the rows and compute every aggregate with its evidence, plainly."""
    sets = tuple(grouping_sets) if grouping_sets is not None else (tuple(range(len(keys))),)
    found: list[Row] = []
    for number, positions in enumerate(sets):
        groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
        if not positions:
            groups[()] = []
        for row in rows:
            groups[tuple(row[keys[position]] for position in positions)].append(row)
        for group, members in groups.items():
            cell: Row = dict.fromkeys(keys)
            cell |= {keys[position]: value for position, value in zip(positions, group, strict=True)}
            cell["set"] = number
            cell |= {f"n_{kind}": _distinct(members, kind) for kind in kinds}
            cell["cell_key"] = sum({row[kinds[0]]: row.get("key", 0) for row in members}.values()) % 256
            for aggregate in aggregates:
                cell |= _aggregate(aggregate, members, kinds)
            found.append(cell)
    names = [*keys, "set", *(f"n_{kind}" for kind in kinds), "cell_key"]
    for aggregate in aggregates:
        names += list(_aggregate(aggregate, [], kinds))
    table = pa.table({name: pa.array([cell[name] for cell in found], type=_type(name, keys)) for name in names})
    return Cells(table, tuple(keys), tuple(kinds), tuple(aggregates), sets, tuple(known))


def _type(name: str, keys: Sequence[str]) -> pa.DataType | None:
    if name in keys:
        return pa.string()
    if name in ("amount", "squares", "median") or name.split("__")[-1] in ("max1", "max2", "total", "low", "high"):
        return pa.float64()
    return pa.int64()


def _distinct(rows: Iterable[Row], kind: str) -> int:
    return len({row[kind] for row in rows if row[kind] is not None})


def _aggregate(aggregate: Aggregate, rows: Sequence[Row], kinds: Sequence[str]) -> Row:
    name, value = aggregate.name, VALUE[aggregate.name]
    given = [(row, value(row)) for row in rows if value(row) is not None]
    counts_zero = aggregate.measured in (Measured.ROWS, Measured.ENTITIES, Measured.QUANTILE)
    taking_part = [row for row, number in given if counts_zero or number != 0]
    cell: Row = {f"{name}__n_{kind}": _distinct(taking_part, kind) for kind in kinds}
    cell[f"{name}__rows"] = len(given)
    numbers = [number for _, number in given]
    if aggregate.measured is Measured.ENTITIES:
        cell[name] = _distinct(rows, kinds[0])
    elif aggregate.measured is Measured.QUANTILE:
        cell[name] = float(np.quantile(numbers, aggregate.fraction or 0.0)) if numbers else None
        cell[f"{name}__most"] = max(
            [sum(row[k] == e for row, _ in given) for k in kinds for e in {r[k] for r, _ in given}], default=0
        )
    else:
        cell[name] = math.fsum(numbers) if numbers else None
        if aggregate.measured in (Measured.ROWS, Measured.INDICATOR):
            cell[name] = int(cell[name] or 0)
    if aggregate.measured is Measured.MOMENT:
        parts = _contributions(given, kinds)
        cell |= {f"{name}__{what}": parts[what] for what in ("max1", "max2", "total")}
    if aggregate.measured is Measured.AMOUNT:
        cell |= {f"{name}__{what}": number for what, number in _contributions(given, kinds).items()}
    return cell


def _contributions(given: Sequence[tuple[Row, float]], kinds: Sequence[str]) -> dict[str, float | None]:
    best: list[float] = []
    for kind in kinds:
        each: dict[Any, float] = defaultdict(float)
        for row, number in given:
            each[row[kind]] += number
        if not best or max(map(abs, each.values()), default=0.0) > max(map(abs, best)):
            best = list(each.values())
    if not best:
        return {"max1": None, "max2": None, "total": None, "low": None, "high": None}
    sizes = sorted(map(abs, best), reverse=True)
    return {
        "max1": sizes[0],
        "max2": sizes[1] if len(sizes) > 1 else 0.0,
        "total": math.fsum(sizes),
        "low": min(best),
        "high": max(best),
    }


def people(count: int, *, start: int = 0, **fixed: Any) -> list[Row]:
    """Return so many people, each in a household of their own, with unlike amounts."""
    return [
        {"person": start + i, "household": start + i, "a": "x", "b": "y", "flag": i % 2, "amount": 100 + 7 * (i % 23)}
        | fixed
        for i in range(count)
    ]


def shown(protected: Any) -> list[Row]:
    """Return the rows of a protected table as dictionaries."""
    rows: list[Row] = protected.table.to_pylist()
    return rows
