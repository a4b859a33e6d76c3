"""Linear programmes over the equations of a table, solved by HiGHS; one table's programmes start where the last one ended.

Single-threaded and without a time limit, so the same table always gives the same numbers; nothing is ever printed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from commonweal.disclosure.evidence import Amounts, Counts
from commonweal.disclosure.margins import Margins

if TYPE_CHECKING:
    from highspy import Highs


class Contradiction(Exception):
    """The numbers cannot be sums of each other: parts overlap, and then nothing can be subtracted."""


@dataclass(frozen=True)
class Room:
    """Bounds on every cell of a table: free of charge, and by how much further up and down at a price a unit."""

    low: Amounts
    high: Amounts
    up: Amounts
    down: Amounts


class Programme:
    """All tables that obey the equations of `margins`; asked again and again under other bounds and for other cells.

    A cell is one column: what it is within its bounds. Where moving beyond them is to be priced there are two more: how far
    it is above them, and below. `solved` counts the programmes, by which work is bounded.
    """

    def __init__(self, margins: Margins, *, priced: bool = False) -> None:
        """Load the equations."""
        import highspy

        size, equations = margins.size, margins.equations
        rows = np.concatenate([margins.equation, np.arange(equations)])
        cells = np.concatenate([margins.child, margins.parent])
        signs = np.concatenate([np.ones(len(margins.child)), -np.ones(equations)])
        order = np.lexsort((rows, cells))
        rows, signs, each = rows[order], signs[order], np.bincount(cells, minlength=size)
        parts = (signs, signs, -signs) if priced else (signs,)
        model, columns = highspy.HighsLp(), size * len(parts)
        model.num_col_, model.num_row_ = columns, equations
        model.col_cost_, model.col_lower_, model.col_upper_ = (np.zeros(columns) for _ in range(3))
        model.row_lower_ = model.row_upper_ = np.zeros(equations)
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_ = np.concatenate([[0], np.cumsum(np.tile(each, len(parts)))])
        model.a_matrix_.index_, model.a_matrix_.value_ = np.tile(rows, len(parts)), np.concatenate(parts)
        self._solver = _quiet_solver()
        self._solver.passModel(model)
        self._all = np.arange(columns, dtype=np.int32)
        self._optimal = highspy.HighsModelStatus.kOptimal
        self.solved = 0

    def furthest(self, cells: Counts, sign: float, low: Amounts, high: Amounts) -> Amounts:
        """Return the table within the bounds in which the cells' sum is least (`sign` 1) or greatest (-1).

        The cells must be bounded on that side. Raises Contradiction when there is no such table.
        """
        aim = np.zeros(len(low))
        aim[cells] = sign
        return self._solved(low, high, aim)

    def cheapest(self, room: Room, up: Amounts, down: Amounts) -> Amounts:
        """Return how far each cell leaves its free bounds in the table that costs least at those prices a unit.

        Raises Contradiction when there is no table even so.
        """
        size = len(room.low)
        nothing = np.zeros(size)
        values = self._solved(
            np.concatenate([room.low, nothing, nothing]),
            np.concatenate([room.high, room.up, room.down]),
            np.concatenate([nothing, up, down]),
        )
        moved: Amounts = values[size : 2 * size] + values[2 * size :]
        return moved

    def _solved(self, low: Amounts, high: Amounts, prices: Amounts) -> Amounts:
        self.solved += 1
        solver, columns = self._solver, len(self._all)
        solver.changeColsBounds(columns, self._all, low, high)
        solver.changeColsCost(columns, self._all, prices)
        solver.run()
        if solver.getModelStatus() != self._optimal:
            raise Contradiction
        return np.array(solver.getSolution().col_value)


def _quiet_solver() -> Highs:
    import highspy

    class Quiet(highspy.Highs):
        """HiGHS without the callbacks of its Python class, whose making prints a line."""

        def __init__(self) -> None:
            super(highspy.Highs, self).__init__()

    solver: Any = Quiet()
    for option, value in (("output_flag", False), ("threads", 1), ("parallel", "off"), ("random_seed", 1)):
        solver.setOptionValue(option, value)
    return solver  # type: ignore[no-any-return]
