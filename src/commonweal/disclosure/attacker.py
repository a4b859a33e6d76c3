"""The attacker: whoever knows the totals, the rounding and linear programming, and how narrowly that fixes a number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from commonweal.disclosure.evidence import Amounts, Counts, Flags
from commonweal.disclosure.margins import Margins

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

TOLERANCE = 1e-6
"""Shortfalls below this share of what is wanted are the solver's own."""


class Contradiction(Exception):
    """The numbers cannot be sums of each other: parts overlap, and then nothing can be subtracted."""


@dataclass(frozen=True)
class Knowledge:
    """What an attacker knows of one additive aggregate, an entry a cell of the layout.

    `low`, `high`: what a cell tells of its exact number where it is shown; `floor`, `ceiling`: what is known of it anyway
    (infinite: nothing); `least`, `most`: the interval that he must be left with, at least, where a cell of `guarded` is
    withheld for itself. All numbers in one unit of the order of a typical cell; see `scaled`.
    """

    margins: Margins
    guarded: Flags
    low: Amounts
    high: Amounts
    floor: Amounts
    ceiling: Amounts
    least: Amounts
    most: Amounts

    @cached_property
    def system(self) -> csr_matrix:
        """Return the equations "parts less total is nought", a row each."""
        from scipy.sparse import csr_matrix

        m = self.margins
        rows = np.concatenate([m.equation, np.arange(m.equations)])
        columns = np.concatenate([m.child, m.parent])
        signs = np.concatenate([np.ones(len(m.child)), -np.ones(m.equations)])
        return csr_matrix((signs, (rows, columns)), shape=(m.equations, m.size))

    def bounds(self, hidden: Flags) -> tuple[Amounts, Amounts]:
        """Return the bounds on every cell, implied ones included, when `hidden` cells are withheld."""
        implied = self.margins.size - self.margins.cells
        unsigned = bool((self.floor >= 0).all())
        low = np.concatenate([np.where(hidden, self.floor, self.low), np.full(implied, 0.0 if unsigned else -np.inf)])
        high = np.concatenate([np.where(hidden, self.ceiling, self.high), np.full(implied, np.inf)])
        return low, high


@dataclass(frozen=True)
class Shortfall:
    """One withheld cell known too narrowly, and what would widen it: withholding cells whose `helps` add up to 1."""

    cell: int
    helps: Amounts


def shortfalls(known: Knowledge, hidden: Flags) -> Iterator[Shortfall]:
    """Yield every guarded cell, once for each side, of which `hidden` leaves the attacker less than he must be left with.

    Exact: by linear programming over all equations together. One programme for all cells at a time comes first, since what
    it reaches needs no programme of its own. Raises Contradiction when no table is as the numbers say.
    """
    low, high = known.bounds(hidden)
    for sign, wanted in ((-1.0, known.most), (1.0, known.least)):
        cells = np.flatnonzero(known.guarded & np.isfinite(wanted))
        scale = np.maximum(np.abs(wanted), 1.0)
        open_cells = cells
        while len(open_cells) > 0:
            reached, _, _ = _pushed(known, low, high, open_cells, sign, wanted)
            short = np.abs(reached[open_cells] - wanted[open_cells]) > TOLERANCE * scale[open_cells]
            if short.all():
                break
            open_cells = open_cells[short]
        for cell in open_cells:
            reached, above, below = _pushed(known, low, high, np.array([cell]), sign, wanted)
            if abs(reached[cell] - wanted[cell]) > TOLERANCE * scale[cell]:
                yield Shortfall(int(cell), _helps(known, hidden, above, below, -sign * wanted[cell]))


def _pushed(
    known: Knowledge, low: Amounts, high: Amounts, cells: Counts, sign: float, wanted: Amounts
) -> tuple[Amounts, Amounts, Amounts]:
    """Return a table in which the cells together are as far out as can be, none further than wanted; and what each unit
    of each upper and lower bound would add.
    """
    from scipy.optimize import linprog

    low, high = low.copy(), high.copy()
    if sign < 0:
        high[cells] = np.minimum(high[cells], wanted[cells])
    else:
        low[cells] = np.maximum(low[cells], wanted[cells])
    aim = np.zeros(len(low))
    aim[cells] = sign
    solved = linprog(
        aim, A_eq=known.system, b_eq=np.zeros(known.margins.equations), bounds=np.column_stack([low, high])
    )
    if solved.status != 0:
        raise Contradiction
    return solved.x, -np.asarray(solved.upper.marginals), np.asarray(solved.lower.marginals)


def _helps(known: Knowledge, hidden: Flags, above: Amounts, below: Amounts, wanted: float) -> Amounts:
    """Return the share of the lacking room that withholding each cell could add at most.

    By duality the room is at most ``sum(above * upper bound) - sum(below * lower bound)`` whatever is withheld (Benders'
    cut of Fischetti and Salazar-González).
    """
    cells = known.margins.cells
    above, below = np.maximum(above[:cells], 0.0), np.maximum(below[:cells], 0.0)
    choice = ~known.guarded
    fixed_low = np.where(choice, known.low, known.floor)
    fixed_high = np.where(choice, known.high, known.ceiling)
    lacking = wanted - float(_times(above, fixed_high).sum() - _times(below, fixed_low).sum())
    adds = _times(above, known.ceiling - known.high) + _times(below, known.low - known.floor)
    if lacking <= 0:
        return np.where(choice & ~hidden, 1.0, 0.0)
    return np.where(choice, np.minimum(adds / lacking, 1.0), 0.0)


def _times(weight: Amounts, number: Amounts) -> Amounts:
    """Return the products, nought where the weight is (next to) nought."""
    used = weight > 1e-9
    return np.where(used, np.where(used, weight, 0.0) * np.where(used, number, 0.0), 0.0)
