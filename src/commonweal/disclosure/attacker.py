"""The attacker: whoever knows the totals, the rounding and linear programming, and how narrowly that fixes a number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from commonweal.disclosure.evidence import Amounts, Counts, Flags
from commonweal.disclosure.margins import Margins
from commonweal.disclosure.programme import Contradiction, Programme

TOLERANCE = 1e-6
"""Shortfalls below this share of what is wanted are the solver's own."""

FITS = 1e-7
"""By how much a table that was found may lie outside its bounds: the solver's own tolerance."""

REMEMBERED = 200
"""Tables that an attacker remembers."""


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


class Attacker:
    """Who derives what can be derived. Tables that he has found once show him at a glance what he need not work out again."""

    def __init__(self, known: Knowledge) -> None:
        """Begin with nothing found."""
        self.known = known
        self.programme = Programme(known.margins)
        self._tables = np.zeros((0, known.margins.size))
        finite = np.concatenate([np.abs(known.high), np.abs(known.most[known.guarded])])
        self._far = 100.0 * max(1.0, float(finite[np.isfinite(finite)].max(initial=0.0)))

    def shortfalls(self, hidden: Flags) -> Iterator[Shortfall]:
        """Yield every guarded cell, once for each side, of which `hidden` leaves him less than he must be left with.

        Exact: by linear programming over all equations together. Raises Contradiction when no table is as the numbers say.
        """
        low, high = self.known.bounds(hidden)
        fits = ((self._tables >= low - FITS) & (self._tables <= high + FITS)).all(axis=1)
        tables = self._tables[fits]
        for sign, wanted in ((-1.0, self.known.most), (1.0, self.known.least)):
            cells = np.flatnonzero(self.known.guarded & np.isfinite(wanted))
            if len(tables) > 0:
                seen = tables[:, cells]
                cells = cells[_short(seen.max(axis=0) if sign < 0 else seen.min(axis=0), wanted[cells], sign)]
            cells = self._many(low, high, sign, wanted, cells)
            while len(cells) > 0:
                cell, cells = int(cells[0]), cells[1:]
                table = self._alone(low, high, cell, sign)
                if _short(table[[cell]], wanted[[cell]], sign)[0]:
                    yield Shortfall(cell, sign, float(abs(wanted[cell] - table[cell])))
                cells = cells[_short(table[cells], wanted[cells], sign)]

    def _many(self, low: Amounts, high: Amounts, sign: float, wanted: Amounts, cells: Counts) -> Counts:
        """Return those of the cells that no table of a few, made for many of them at a time, gets as far out as is wanted."""
        while len(cells) > 1:
            near, far = low.copy(), high.copy()
            if sign < 0:
                far[cells] = np.minimum(far[cells], wanted[cells])
            else:
                near[cells] = np.maximum(near[cells], wanted[cells])
            try:
                table = self._found(self.programme.furthest(cells, sign, near, far))
            except Contradiction:  # some cannot be so small, all at a time
                return cells
            short = _short(table[cells], wanted[cells], sign)
            if short.all():
                return cells
            cells = cells[short]
        return cells

    def _alone(self, low: Amounts, high: Amounts, cell: int, sign: float) -> Amounts:
        """Return the table in which one cell is as far out as can be, or as far as anybody could want it."""
        low, high = low.copy(), high.copy()
        low[cell], high[cell] = max(low[cell], -self._far), min(high[cell], self._far)
        return self._found(self.programme.furthest(np.array([cell]), sign, low, high))

    def _found(self, table: Amounts) -> Amounts:
        self._tables = np.concatenate([self._tables[-REMEMBERED:], table[None, :]])
        return table


def _short(reached: Amounts, wanted: Amounts, sign: float) -> Flags:
    """Return which cells do not get as far out as is wanted."""
    short: Flags = sign * (reached - wanted) > TOLERANCE * np.maximum(np.abs(wanted), 1.0)
    return short
