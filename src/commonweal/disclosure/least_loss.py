"""Least loss: cells whose withholding costs little among those that leave an attacker wide enough intervals.

For a cell that is known too narrowly, the table is sought that puts it where it must be able to lie and moves the least
worth of shown cells (Kelly, Golden and Assad, 1992; Fischetti and Salazar-González, 2001). Those that move are withheld.
At the end every one is tried for being shown after all, and for being replaced by others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from commonweal.disclosure.attacker import Attacker, Knowledge, Shortfall
from commonweal.disclosure.evidence import Amounts, Flags
from commonweal.disclosure.programme import Contradiction, Programme, Room

LARGEST = 1_500
"""Cells up to which linear programming guards totals; above, the simple rules of `secondary` alone do."""

WORK = 160_000
"""Programmes times cells after which nothing more is tried: counted, not timed, so that the same question always gets the
same answer."""

STARTS = 8
"""Sets that are found before the cheapest is improved."""

CHEAPEST = 1e-3
"""What giving up a cell costs at least, as a share of the dearest: one that cost nothing would be given up for nothing."""

DEAR = 1e4
"""How much dearer a cell is while it is tried whether others can do in its place."""

MOVED = 1e-6
"""Shares of what is lacking by which a cell must move to be withheld, so that no error of the solver withholds it."""

LEAST_SHARE = 1e-3
"""Below this share of what is lacking a cell carries too little to be worth its price."""


def least_loss(known: Knowledge, weight: Amounts) -> Flags | None:
    """Return the guarded cells and those that are best withheld too; None when parts overlap, so that nothing is a sum.

    `weight` is what is lost with each cell, of which only those not guarded are looked at. Every guarded cell keeps its
    interval: what is returned has been audited. Deterministic.
    """
    if known.margins.equations == 0 or not known.guarded.any():
        return known.guarded.copy()
    worth = np.zeros(known.margins.cells)  # cells beyond those of the layout are sums, which nobody shows
    worth[: len(weight)] = np.where(known.guarded[: len(weight)], 0.0, weight)
    cost = np.maximum(worth, CHEAPEST * max(1.0, float(worth.max(initial=0.0))))
    search = _Search(Attacker(known), Programme(known.margins, priced=True), cost)
    try:
        return search.improved(search.begun())[: len(weight)]
    except Contradiction:
        return None


@dataclass(frozen=True)
class _Search:
    """Looks for cheaper sets of cells; `cost` is what each cell is worth."""

    attacker: Attacker
    market: Programme
    cost: Amounts

    @property
    def known(self) -> Knowledge:
        return self.attacker.known

    def loss(self, hidden: Flags) -> float:
        return float(self.cost[hidden & ~self.known.guarded].sum())

    def begun(self) -> Flags:
        """Return the cheapest of some sets, each found as if cells were worth somewhat more or less than they are."""
        best = None
        for turn in range(STARTS):
            if best is not None and self.work > WORK / 2:
                break
            # The same at every asking: what is drawn stands for nothing in the data.
            factor = np.random.default_rng(turn).uniform(0.5, 1.5, len(self.cost)) if turn else 1.0
            hidden = self.without_waste(self.repaired(self.known.guarded.copy(), self.cost * factor))
            if best is None or self.loss(hidden) < self.loss(best) * (1 - 1e-9):
                best = hidden
            if len(self._secondary(best)) < 2:
                break
        assert best is not None
        return best

    @property
    def work(self) -> int:
        """Return how many programmes have been solved, times their cells."""
        return (self.attacker.programme.solved + self.market.solved) * self.known.margins.size

    def repaired(self, hidden: Flags, cost: Amounts) -> Flags:
        """Return `hidden` with cells added until every guarded cell has its interval."""
        hidden = hidden.copy()
        while True:
            found = sorted(self.attacker.shortfalls(hidden), key=lambda short: (-short.lacks, short.cell, short.sign))
            before = hidden.sum()
            for short in found:
                hidden |= self._moved(hidden, short, cost)
            if hidden.sum() == before:
                return hidden

    def _moved(self, hidden: Flags, short: Shortfall, cost: Amounts) -> Flags:
        """Return the cells that move in the cheapest table in which a cell is as far out as it must be able to be."""
        known, implied = self.known, self.known.margins.size - self.known.margins.cells
        low, high = known.bounds(hidden)
        if short.sign < 0:
            low[short.cell] = max(low[short.cell], known.most[short.cell])
        else:
            high[short.cell] = min(high[short.cell], known.least[short.cell])
        shown = ~hidden
        beside = np.zeros(implied)
        down = np.concatenate([np.where(shown, known.low - known.floor, 0.0), beside])
        up = np.concatenate([np.where(shown, known.ceiling - known.high, 0.0), beside])
        # What a cell cannot carry, others must: a small one is no cheaper than its share of what is lacking.
        share = np.clip(down / short.lacks, LEAST_SHARE, 1.0)
        price = np.concatenate([cost, beside]) / float(cost.max())
        moved = self.market.cheapest(Room(low, high, up, down), price, np.where(down > 0, price / share, 0.0))
        return moved[: known.margins.cells] > MOVED * max(1.0, short.lacks)

    def without_waste(self, hidden: Flags) -> Flags:
        """Return `hidden` less the cells that are not needed, the dearest first."""
        for cell in self._secondary(hidden):
            less = hidden.copy()
            less[cell] = False
            if not any(True for _ in self.attacker.shortfalls(less)):
                hidden = less
        return hidden

    def improved(self, hidden: Flags) -> Flags:
        """Return a set that costs no more: each cell in turn is shown, and what then lacks is mended without it."""
        for cell in self._secondary(hidden):
            if not hidden[cell]:
                continue
            if self.work > WORK:
                break
            less, cost = hidden.copy(), self.cost.copy()
            less[cell] = False
            cost[cell] *= DEAR
            other = self.repaired(less, cost)
            if other[cell]:
                continue
            if self.loss(other) < 2 * self.loss(hidden):
                other = self.without_waste(other)
            if self.loss(other) < self.loss(hidden) * (1 - 1e-9):
                hidden = other
        return hidden

    def _secondary(self, hidden: Flags) -> list[int]:
        cells = np.flatnonzero(hidden & ~self.known.guarded)
        order: list[int] = cells[np.argsort(-self.cost[cells], kind="stable")].tolist()
        return order
