"""Measures of one question over the same rows, measured and protected together.

A question may ask for groups in one place and for their total in another. Protected apart, the total could undo what is
withheld among the groups; so measures that read the same rows become grouping sets of one, and are taken apart again after
protection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from commonweal.disclosure.cells import ProtectedCells, Withheld
from commonweal.query.dialect import sql
from commonweal.query.differences import with_differences
from commonweal.query.measure import SET, BaseAggregate, Key, Measure
from commonweal.query.overlap import same_rows

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Part:
    """How one measure is found again in the measure that it became part of.

    `sets`: for each of its grouping sets, the number of the set in the whole; `keys` and `aggregates`: the whole's names for
    its own, in its own order.
    """

    measure: Measure
    sets: tuple[int, ...]
    keys: tuple[str, ...]
    aggregates: tuple[str, ...]


@dataclass(frozen=True)
class Together:
    """One measure to run, and the measures of the question that are parts of it."""

    whole: Measure
    parts: tuple[Part, ...]
    known: tuple[tuple[object, ...] | None, ...]


def together(
    measures: Sequence[Measure], known: Sequence[tuple[tuple[object, ...] | None, ...]]
) -> tuple[Together, ...]:
    """Return the measures to run: those over the same rows as one, the others as they are."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for number, measure in enumerate(measures):
        groups.setdefault(same_rows(measure), []).append(number)
    return tuple(_joined([measures[i] for i in numbers], [known[i] for i in numbers]) for numbers in groups.values())


def _joined(measures: list[Measure], known: list[tuple[tuple[object, ...] | None, ...]]) -> Together:
    keys: dict[str, Key] = {}
    key_known: dict[str, tuple[object, ...] | None] = {}
    aggregates: dict[tuple[object, ...], BaseAggregate] = {}
    sets: dict[tuple[int, ...], int] = {}
    parts = []
    for measure, values in zip(measures, known, strict=True):
        names = []
        for key, known_values in zip(measure.keys, values, strict=True):
            text = sql(key.expression)
            keys.setdefault(text, replace(key, name=f"k{len(keys) + 1}"))
            key_known[text] = key_known.get(text) or known_values
            names.append(keys[text].name)
        order = [key.name for key in keys.values()]
        own_sets = [tuple(sorted(order.index(names[i]) for i in members)) for members in measure.grouping_sets]
        numbers = tuple(sets.setdefault(members, len(sets)) for members in own_sets)
        parts.append(Part(measure, numbers, tuple(names), tuple(_adopted(measure, aggregates))))
    whole = replace(
        measures[0], keys=tuple(keys.values()), grouping_sets=tuple(sets), aggregates=tuple(aggregates.values())
    )
    return Together(with_differences(whole), tuple(parts), tuple(key_known.values()))


def _adopted(measure: Measure, aggregates: dict[tuple[object, ...], BaseAggregate]) -> list[str]:
    """Add a measure's aggregates to the whole's, each once, and return the whole's names for them."""
    names: dict[str, str] = {}
    for a in measure.aggregates:
        argument, condition = (sql(part) if part is not None else "" for part in (a.argument, a.condition))
        identity = (a.function, a.purpose, argument, condition, a.fraction, a.partial)
        name = aggregates[identity].name if identity in aggregates else f"a{len(aggregates) + 1}"
        same_as, times = names.get(a.same_as, ""), names.get(a.times, "")
        aggregates.setdefault(identity, replace(a, name=name, same_as=same_as, times=times))
        names[a.name] = name
    return list(names.values())


def taken_apart(joined: Together, protected: ProtectedCells) -> Mapping[str, ProtectedCells]:
    """Return the protected cells of each part, under its own measure's name and with its own columns."""
    return {part.measure.name: _own(part, protected) for part in joined.parts}


def _own(part: Part, protected: ProtectedCells) -> ProtectedCells:
    import pyarrow as pa
    import pyarrow.compute as pc

    table = protected.table
    wanted = pc.is_in(table.column(SET), value_set=pa.array(part.sets, table.column(SET).type))
    rows = pc.indices_nonzero(wanted).to_pylist()
    kept = table.take(pa.array(rows, pa.int64()))
    columns: dict[str, pa.ChunkedArray] = {
        key.name: kept.column(name) for key, name in zip(part.measure.keys, part.keys, strict=True)
    }
    own_number = {number: position for position, number in enumerate(part.sets)}
    columns[SET] = pa.chunked_array([pa.array([own_number[n] for n in kept.column(SET).to_pylist()], pa.int64())])
    own_names = {}
    for a, name in zip(part.measure.aggregates, part.aggregates, strict=True):
        columns[a.name], columns[f"{a.name}__why"] = kept.column(name), kept.column(f"{name}__why")
        own_names[name] = a.name
    place = {row: position for position, row in enumerate(rows)}
    withheld = tuple(
        Withheld(place[cell.row], own_names[cell.column], cell.reason)
        for cell in protected.withheld
        if cell.row in place and cell.column in own_names
    )
    return ProtectedCells(
        pa.table(columns),
        tuple(key.name for key in part.measure.keys),
        tuple(
            replace(a, name=own_names[a.name], same_as="", times="")
            for a in protected.aggregates
            if a.name in own_names
        ),
        withheld,
        protected.notes,
    )
