"""The attacker: whoever knows the totals, the rounding and linear programming, and how narrowly that fixes a number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from commonweal.disclosure.evidence import Amounts, Counts, Flags
from commonweal.disclosure.margins import Margins
from commonweal.disclosure.programme import Contradiction, Programme

TOLERANCE = 1e-6
"""Shortfalls below this share of what is wanted are the solver's own."""


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
    def programme(self) -> Programme:
        """Return the equations, loaded into a solver."""
        return Programme(self.margins)

    @cached_property
    def market(self) -> Programme:
        """Return the equations once more, where cells can be bought free of their bounds."""
        return Programme(self.margins, priced=True)

    def bounds(self, hidden: Flags) -> tuple[Amounts, Amounts]:
        """Return the bounds on every cell, implied ones included, when `hidden` cells are withheld."""
        implied = self.margins.size - self.margins.cells
        unsigned = bool((self.floor >= 0).all())
        low = np.concatenate([np.where(hidden, self.floor, self.low), np.full(implied, 0.0 if unsigned else -np.inf)])
        high = np.concatenate([np.where(hidden, self.ceiling, self.high), np.full(implied, np.inf)])
        return low, high


@dataclass(frozen=True)
class Shortfall:
    """A withheld cell that is known too narrowly: from above (`sign` -1) or from below (1), and how much room it lacks."""

    cell: int
    sign: float
    lacks: float


def shortfalls(known: Knowledge, hidden: Flags) -> Iterator[Shortfall]:
    """Yield every guarded cell, once for each side, of which `hidden` leaves the attacker less than he must be left with.

    Exact: by linear programming over all equations together. One programme for all cells at a time comes first, since what
    it reaches needs no programme of its own. Raises Contradiction when no table is as the numbers say.
    """
    low, high = known.bounds(hidden)
    for sign, wanted in ((-1.0, known.most), (1.0, known.least)):
        waiting = _left_over(known, low, high, sign, wanted)
        while len(waiting) > 0:
            cell, waiting = waiting[0], waiting[1:]
            table = _alone(known, low, high, int(cell), sign)
            if _short(table, wanted, sign, np.array([cell]))[0]:
                yield Shortfall(int(cell), sign, float(abs(wanted[cell] - table[cell])))
            waiting = waiting[_short(table, wanted, sign, waiting)]


def _short(table: Amounts, wanted: Amounts, sign: float, cells: Counts) -> Flags:
    """Return which of the cells do not get as far out in a table as is wanted."""
    short: Flags = sign * (table[cells] - wanted[cells]) > TOLERANCE * np.maximum(np.abs(wanted[cells]), 1.0)
    return short


def _left_over(known: Knowledge, low: Amounts, high: Amounts, sign: float, wanted: Amounts) -> Counts:
    """Return the guarded cells that no table of a few, made for many cells at a time, gets as far out as is wanted."""
    cells = np.flatnonzero(known.guarded & np.isfinite(wanted))
    while len(cells) > 1:
        near, far = low.copy(), high.copy()
        if sign < 0:
            far[cells] = np.minimum(far[cells], wanted[cells])
        else:
            near[cells] = np.maximum(near[cells], wanted[cells])
        try:
            short = _short(known.programme.furthest(cells, sign, near, far), wanted, sign, cells)
        except Contradiction:  # some cannot be so small, all at a time
            return cells
        if short.all():
            return cells
        cells = cells[short]
    return cells


def _alone(known: Knowledge, low: Amounts, high: Amounts, cell: int, sign: float) -> Amounts:
    """Return the table in which one cell is as far out as can be, or as far as anybody could want it."""
    low, high = low.copy(), high.copy()
    finite = np.concatenate([known.high, known.most[known.guarded]])
    far = 100.0 * max(1.0, float(np.abs(finite[np.isfinite(finite)]).max(initial=0.0)))
    low[cell], high[cell] = max(low[cell], -far), min(high[cell], far)
    return known.programme.furthest(np.array([cell]), sign, low, high)
