"""Secondary suppression: totals may not undo what the other rules withhold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from commonweal.disclosure.attacker import Knowledge
from commonweal.disclosure.audit import derived, intervals
from commonweal.disclosure.evidence import Amounts, Counts, Flags
from commonweal.disclosure.least_loss import LARGEST, least_loss
from commonweal.disclosure.margins import Margins
from commonweal.disclosure.rule import Rule

RULE = Rule(
    name="secondary suppression",
    promise="Within one answer no withheld number follows from totals: whoever knows the rounding and solves all equations "
    "together by linear programming is left, for every withheld count, with an interval from 0 to at least the largest "
    "hidden number, and for every withheld amount with one that reaches p per cent beyond all that the exact numbers of "
    "the other cells leave possible.",
    source="SDAP Handbook (secondary disclosure); Hundepool and others, Statistical Disclosure Control, 2012, "
    "chapters 4 and 5 (tables with totals); Fischetti and Salazar-González, 2001 (cell suppression by linear programming); "
    "Kelly, Golden and Assad, 1992",
    choice="Cells are given up that hold the fewest entities or the smallest amounts in all; every set is audited, and the "
    "best of several is shown for as long as the table has not more than 1,500 cells. Above, and where parts overlap so that "
    "totals are no sums, the smallest cell beside a withheld one is given up, ties going to the first in order, else the "
    "total, until nothing follows. Hidden parts of a total that have fewer than the threshold of entities together may not be "
    "added up either. Decisions look at what is shown and at evidence of shown cells only, so that what is withheld tells "
    "nothing. Amounts are taken to be at least nought where every shown contribution is.",
)


@dataclass(frozen=True)
class Addends:
    """One additive aggregate over all cells of a layout.

    `primary`: cells that the other rules withhold; `contributing`: entities that contribute, an array for each kind;
    `order`: rank by which cells are given up, smallest first; `low`, `high`: what the shown form of each count tells
    about its exact value, None for amounts, of which only exact derivation is examined.
    """

    primary: Flags
    contributing: tuple[Counts, ...]
    order: Counts
    threshold: int
    low: Amounts | None = None
    high: Amounts | None = None
    known: Knowledge | None = None
    weight: Amounts | None = None


def withheld_in_all(margins: Margins, addends: Addends) -> Flags:
    """Return the cells to withhold so that no total undoes it: those of `primary` and as few more as the simple rule
    needs.
    """
    hidden = addends.primary.copy()
    if margins.equations == 0 or not hidden.any():
        return hidden
    if addends.known is not None and addends.weight is not None and margins.size <= LARGEST:
        best = least_loss(addends.known, addends.weight)
        hidden = hidden if best is None else best
    search = _Search(margins, addends.order)
    while True:
        more = _give_away(search, hidden)
        if not more:
            more = _too_few_together(search, addends, hidden)
        if not more:
            more = _too_narrow(search, addends, hidden)
        if not more:
            return hidden
        hidden[sorted(more)] = True


@dataclass(frozen=True)
class _Search:
    """Finds the cell to give up for an equation or a cell."""

    margins: Margins
    order: Counts

    @cached_property
    def parts(self) -> list[Counts]:
        """Return the parts of each equation."""
        return _grouped(self.margins.equation, self.margins.child, self.margins.equations)

    @cached_property
    def equations_of(self) -> list[Counts]:
        """Return the equations in which each cell occurs, as a part or as the total."""
        cells = np.concatenate([self.margins.child, self.margins.parent])
        equations = np.concatenate([self.margins.equation, np.arange(self.margins.equations)])
        return _grouped(cells, equations, self.margins.size)

    def in_equation(self, equation: int, hidden: Flags, through: Counts) -> int | None:
        """Return the smallest shown part of the equation, else its total, else a cell from which an implied member
        follows.
        """
        waiting, seen = [equation], {equation}
        while waiting:
            current = waiting.pop(0)
            total = int(self.margins.parent[current])
            found = self._smallest(self.parts[current], hidden)
            if found is None:
                found = self._smallest(np.array([total]), hidden)
            if found is not None:
                return found
            for member in (*self.parts[current].tolist(), total):
                if member >= self.margins.cells and through[member] >= 0 and int(through[member]) not in seen:
                    seen.add(int(through[member]))
                    waiting.append(int(through[member]))
        return None

    def near_cell(self, cell: int, hidden: Flags) -> int | None:
        """Return the shown cell fewest equations away from `cell`: a part before a total, the smallest first."""
        near, seen = {cell}, set[int]()
        while True:
            equations = sorted({int(e) for member in near for e in self.equations_of[member]} - seen)
            if not equations:
                return None
            seen.update(equations)
            parts = np.unique(np.concatenate([self.parts[e] for e in equations]))
            totals = np.unique(self.margins.parent[equations])
            for candidates in (parts, totals):
                found = self._smallest(candidates, hidden)
                if found is not None:
                    return found
            near = {*parts.tolist(), *totals.tolist()}

    def _smallest(self, cells: Counts, hidden: Flags) -> int | None:
        shown = cells[cells < self.margins.cells]
        shown = shown[~hidden[shown]]
        return int(shown[np.argmin(self.order[shown])]) if len(shown) else None


def _grouped(by: Counts, values: Counts, groups: int) -> list[Counts]:
    order = np.argsort(by, kind="stable")
    return np.split(values[order], np.cumsum(np.bincount(by, minlength=groups))[:-1])


def _unknown(margins: Margins, hidden: Flags) -> Flags:
    """Return which cells nobody is shown: the withheld ones and the implied ones."""
    return np.concatenate([hidden, np.ones(margins.size - margins.cells, dtype=np.bool_)])


def _give_away(search: _Search, hidden: Flags) -> set[int]:
    """Return further cells to withhold because a withheld one follows exactly from those that are shown."""
    margins = search.margins
    leaked, through = derived(_unknown(margins, hidden), margins)
    cells = np.flatnonzero(leaked[: margins.cells])
    if len(cells) == 0:
        return set()
    padded = np.concatenate([hidden, np.zeros(margins.size - margins.cells, dtype=np.bool_)])
    count = np.bincount(margins.equation, padded[margins.child], margins.equations) + padded[margins.parent]
    # Begin where a withheld cell stands alone: what follows from it in turn is settled once it is safe.
    first = np.unique(through[cells][count[through[cells]] == 1])
    return _picked(search.in_equation(int(equation), hidden, through) for equation in first)


def _too_few_together(search: _Search, addends: Addends, hidden: Flags) -> set[int]:
    """Return further cells to withhold because the withheld parts of a known total have too few entities among them.

    How many there are at least is taken from the total less the shown parts; a part that is safe by itself is enough.
    """
    margins = search.margins
    unknown = _unknown(margins, hidden)
    leaked, through = derived(unknown, margins)
    secondary = np.zeros(margins.size, dtype=np.bool_)
    secondary[: margins.cells] = hidden & ~addends.primary
    part_hidden, part_safe = unknown[margins.child], secondary[margins.child]
    concerned = np.bincount(margins.equation, part_hidden & ~part_safe, margins.equations) > 0
    concerned &= np.bincount(margins.equation, part_safe, margins.equations) == 0
    concerned &= ~unknown[margins.parent] | leaked[margins.parent]
    # An implied cell as a part is no withheld cell: its own parts stand in another equation with the same total.
    concerned &= np.bincount(margins.equation, margins.child >= margins.cells, margins.equations) == 0
    fewest = np.full(margins.equations, np.iinfo(np.int64).max)
    for counts in addends.contributing:
        total = _with_implied(counts, through, margins)
        shown = np.bincount(margins.equation, np.where(part_hidden, 0, total[margins.child]), margins.equations)
        fewest = np.minimum(fewest, total[margins.parent] - shown.astype(np.int64))
    bad = np.flatnonzero(concerned & (fewest < addends.threshold))
    return _picked(search.in_equation(int(equation), hidden, through) for equation in bad)


def _with_implied(counts: Counts, through: Counts, margins: Margins) -> Counts:
    """Return the counts of all cells; those of an implied total are the sum over the parts from which it follows."""
    total = np.concatenate([counts, np.zeros(margins.size - margins.cells, dtype=np.int64)])
    for cell in range(margins.cells, margins.size):
        equation = through[cell]
        if equation >= 0 and margins.parent[equation] == cell:
            total[cell] = int(total[margins.child[margins.equation == equation]].sum())
    return total


def _too_narrow(search: _Search, addends: Addends, hidden: Flags) -> set[int]:
    """Return further cells to withhold because bounds on a withheld small count exclude part of 0 to the largest
    hidden number.
    """
    if addends.low is None or addends.high is None:
        return set()
    margins = search.margins
    implied = margins.size - margins.cells
    low = np.concatenate([np.where(hidden, 0.0, addends.low), np.zeros(implied)])
    high = np.concatenate([np.where(hidden, np.inf, addends.high), np.full(implied, np.inf)])
    low, high = intervals(low, high, margins)
    known = (low > 0) | (high < addends.threshold - 1)
    return _picked(
        search.near_cell(int(cell), hidden) for cell in np.flatnonzero(known[: margins.cells] & addends.primary)
    )


def _picked(found: object) -> set[int]:
    return {cell for cell in found if cell is not None}  # type: ignore[attr-defined]


def giving_up_order(entities: list[Counts]) -> NDArray[np.int64]:
    """Return each cell's rank by its distinct entities (the fewest of any kind), ties in the order of the rows."""
    size = np.minimum.reduce(entities)
    rank = np.empty(len(size), dtype=np.int64)
    rank[np.argsort(size, kind="stable")] = np.arange(len(size))
    return rank
