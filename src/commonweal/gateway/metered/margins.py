"""Margins: what is not known about every number of an answer, whatever the question made of the numbers that were read.

Every number that was read has replicas: what it might have been, for all that is known. What the analyst wrote above the
measure is worked out on each of them, and the spread of the outcomes is the margin; of quotients it is their own interval.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from commonweal.disclosure.cells import Withheld
from commonweal.gateway.answer import Margin
from commonweal.gateway.presentation import Presenter, Shown, one_measure

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from commonweal.gateway.metered.cells import ReadCells
    from commonweal.gateway.metered.intervals import Around, Interval
    from commonweal.gateway.metered.path import MeteredPlan

WIDE = 0.5
"""A margin is marked wide when its half is more than this share of the number."""
MOST_REPLICATED = 400_000
UNSURE = "divided by a number that noise alone may have kept from nought"


def with_margins(
    presentation: exp.Query, shown: Shown, read: Mapping[str, ReadCells], presenter: Presenter
) -> tuple[Shown, tuple[Margin, ...]]:
    """Return what is shown with the margin of every number that is made of numbers read, by row and column.

    A number divided by another that may be nought for all that is known, and that nothing else bounds, is withheld.
    Answers that join or aggregate results again have no margins: they are not said rather than guessed.
    """
    name = one_measure(presentation, read)
    if not name or not isinstance(presentation, exp.Select):
        return shown, ()
    found = read[name]
    numbers = _positions(presentation, found)
    if not numbers or not found.cells.table.num_rows:
        return shown, ()
    margins = []
    for position in numbers:
        spread = _spread(presentation, name, position, found, presenter)
        shown, own = _of_column(shown, position, spread, _drawn(presentation.selects[position], found))
        margins += own
    return shown, tuple(sorted(margins, key=lambda margin: shown.table.column_names.index(margin.column)))


def _spread(
    presentation: exp.Select, name: str, position: int, found: ReadCells, presenter: Presenter
) -> Interval | Around:
    """Return what is not known about an output: as an interval, or as how far it may be on each side of the number.

    Quotients have intervals of their own; plain arithmetic is done here, anything else in the database.
    """
    from commonweal.gateway.metered.arithmetic import NotPlain, outcome
    from commonweal.gateway.metered.intervals import Numbers, around, interval, is_divided

    node = presentation.selects[position].unalias()
    numbers = Numbers(found.centres(), found.values(), found.drawn, found.ends)
    try:
        return interval(node, numbers)
    except NotPlain:
        pass
    try:
        spread = outcome(node, numbers.replicas)
    except NotPlain:
        (spread,) = _computed(presentation, name, [position], found, presenter)
    return around(spread, unsure=is_divided(node, numbers))


def _computed(
    presentation: exp.Select, name: str, numbers: Sequence[int], found: ReadCells, presenter: Presenter
) -> list[np.ndarray]:
    from commonweal.gateway.metered.cells import REPLICA
    from commonweal.gateway.presentation import ROW

    replicated = exp.select(
        exp.column(ROW, table=name), exp.column(REPLICA, table=name),
        *(presentation.selects[position].unalias().copy() for position in numbers),
    ).from_(exp.to_table(name)).order_by(exp.Literal.number(2), exp.Literal.number(1))  # fmt: skip
    outcomes = presenter.computed(replicated, {name: found.replica_table()})
    return [_by_row(outcomes.column(place + 2), found.cells.table.num_rows) for place in range(len(numbers))]


def _positions(presentation: exp.Select, found: ReadCells) -> list[int]:
    """Return the outputs that numbers read go into."""
    return [
        position
        for position, projection in enumerate(presentation.selects)
        if any(column.name in found.replicas for column in projection.find_all(exp.Column))
    ]


def _by_row(outcomes: pa.ChunkedArray, rows: int) -> np.ndarray:
    import numpy as np

    try:
        found: np.ndarray = np.asarray(outcomes.cast("float64").to_numpy()).reshape(-1, rows)
        return found
    except (TypeError, ValueError, NotImplementedError):
        return np.full((1, rows), np.nan)


def _drawn(projection: exp.Expr, found: ReadCells) -> np.ndarray:
    import numpy as np

    names = dict.fromkeys(c.name for c in projection.find_all(exp.Column) if c.name in found.drawn)
    share: np.ndarray = np.mean([found.drawn[name] for name in names], axis=0)
    return share


def _of_column(shown: Shown, position: int, spread: Interval | Around, drawn: np.ndarray) -> tuple[Shown, list[Margin]]:
    """Return what is shown, less the numbers of one column of which nothing can be said, and the margins of the rest."""
    column, title = shown.table.column(position).to_pylist(), shown.table.column_names[position]
    margins, unsure = [], []
    for number, (row, value) in enumerate(zip(shown.rows, column, strict=True)):
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not spread.known[row]:
            continue
        low, high = spread.ends(row, float(value))
        if not math.isfinite(high - low):
            unsure.append(number)
            continue
        half = (high - low) / 2
        margins.append(Margin(number, title, low, high, float(drawn[row]), half > WIDE * abs(value)))
    return (_without(shown, position, unsure) if unsure else shown), margins


def _without(shown: Shown, position: int, rows: Sequence[int]) -> Shown:
    """Return what is shown with some numbers of a column withheld."""
    import pyarrow as pa

    title = shown.table.column_names[position]
    column = shown.table.column(position)
    kept = [None if number in set(rows) else value for number, value in enumerate(column.to_pylist())]
    table = shown.table.set_column(position, title, pa.array(kept, type=column.type))
    names = table.column_names
    withheld = (*shown.withheld, *(Withheld(number, title, UNSURE) for number in rows))
    return replace(shown, table=table, withheld=tuple(sorted(withheld, key=lambda w: (w.row, names.index(w.column)))))


def said_of(plan: MeteredPlan, margins: Sequence[Margin]) -> tuple[str, ...]:
    """Return the sentences that say what became of the question."""
    if not margins:
        return ("Read from shared tables with noise.",)
    drawn = sorted(m.drawn for m in margins)[len(margins) // 2]
    said = "Read from shared tables with noise; each number lies within its margin in 95 of 100 cases"
    if drawn >= 0.005:
        said += f"; drawn {drawn:.0%}: that share comes from what the columns say each for itself"
    wide = sum(m.wide for m in margins)
    found = [said + "."]
    if wide:
        found.append(f"{wide} of {len(margins)} numbers are marked wide: their margin is more than half of them.")
    sure = sum(m.high <= m.low for m in margins)
    if sure:
        found.append(
            f"{sure} of {len(margins)} numbers have no margin: 95 of 100 such are the one value of their level."
        )
    return tuple(found)
