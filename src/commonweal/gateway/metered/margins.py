"""Margins: what is not known about every number of an answer, whatever the question made of the numbers that were read.

Every number that was read has replicas: what it might have been, for all that is known. What the analyst wrote above the
measure is worked out on each of them, and the spread of the outcomes is the margin.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from commonweal.gateway.answer import Margin
from commonweal.gateway.presentation import Presenter, Shown, one_measure

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from commonweal.gateway.metered.cells import ReadCells
    from commonweal.gateway.metered.path import MeteredPlan

WIDE = 0.5
"""A margin is marked wide when its half is more than this share of the number."""
MOST_REPLICATED = 400_000
_NORMAL = 1.959964


def margins_of(
    presentation: exp.Query, shown: Shown, read: Mapping[str, ReadCells], presenter: Presenter
) -> tuple[Margin, ...]:
    """Return the margin of every number that is made of numbers read, by row and column of the answer.

    Answers that join or aggregate results again have none: their numbers' margins are not said rather than guessed.
    """
    name = one_measure(presentation, read)
    if not name or not isinstance(presentation, exp.Select):
        return ()
    found = read[name]
    numbers = _positions(presentation, found)
    if not numbers or not found.cells.table.num_rows:
        return ()
    spreads = _spreads(presentation, name, numbers, found, presenter)
    margins = []
    for position, spread in zip(numbers, spreads, strict=True):
        drawn = _drawn(presentation.selects[position], found)
        column = shown.table.column(position)
        margins += _of_column(column, shown.table.column_names[position], shown.rows, spread, drawn)
    return tuple(margins)


def _spreads(
    presentation: exp.Select, name: str, numbers: Sequence[int], found: ReadCells, presenter: Presenter
) -> list[np.ndarray]:
    """Return what each number is on every replica, (R, rows): plain arithmetic here, anything else in the database."""
    from commonweal.gateway.metered.arithmetic import NotPlain, outcome

    values = found.values()
    try:
        return [outcome(presentation.selects[position].unalias(), values) for position in numbers]
    except NotPlain:
        return _computed(presentation, name, numbers, found, presenter)


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


def _of_column(
    shown: pa.ChunkedArray, title: str, rows: Sequence[int], spread: np.ndarray, drawn: np.ndarray
) -> list[Margin]:
    import numpy as np

    margins = []
    whole = np.where(np.isfinite(spread).all(axis=0), spread, 0.0)
    middle = whole.mean(axis=0)
    # Each side from the outcomes on that side: a hundred are too few to count out the last of forty.
    low = middle - _NORMAL * np.sqrt(2 * np.mean(np.minimum(whole - middle, 0) ** 2, axis=0))
    high = middle + _NORMAL * np.sqrt(2 * np.mean(np.maximum(whole - middle, 0) ** 2, axis=0))
    known = np.isfinite(spread).all(axis=0)
    for number, (row, value) in enumerate(zip(rows, shown.to_pylist(), strict=True)):
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not known[row]:
            continue
        below, above = value - max(0.0, middle[row] - low[row]), value + max(0.0, high[row] - middle[row])
        half = (above - below) / 2
        wide = half > WIDE * abs(value)
        margins.append(Margin(number, title, float(below), float(above), float(drawn[row]), bool(wide)))
    return margins


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
    return tuple(found)
