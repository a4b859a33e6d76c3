"""Least loss: the cells whose withholding costs least among those that leave an attacker wide enough intervals."""

from __future__ import annotations

import numpy as np

from commonweal.disclosure.attacker import Contradiction, Knowledge, Shortfall, shortfalls
from commonweal.disclosure.evidence import Amounts, Flags

LARGEST = 1_500
"""Cells up to which linear programming guards totals; above, the simple rules of `secondary` alone do."""

BEST_UP_TO = 500
"""Cells up to which the choice is the best there is, by integer programming; above, one cell is added at a time."""

ROUNDS = 60
NODES = 2_000
"""Bounds on the work, counted and not timed, so that the same question always gets the same answer."""

TAKEN_BACK = 40
"""Cells that are tried for being shown after all, where they were given up one at a time."""

CHEAPEST = 1e-3
"""What giving up a cell costs at least, in the unit of weights: one that costs nothing would be given up for nothing."""


def least_loss(known: Knowledge, weight: Amounts) -> Flags | None:
    """Return the guarded cells and those that are best withheld too; None when parts overlap, so that nothing is a sum.

    `weight` is what is lost with each cell, of which only those not guarded are looked at. Every guarded cell keeps its
    interval (audited after each step), unless even withholding all cells would not do. Deterministic.
    """
    hidden = known.guarded.copy()
    if known.margins.equations == 0 or not hidden.any():
        return hidden
    cost = np.maximum(np.where(hidden, 0.0, weight), CHEAPEST * max(1.0, float(weight.max(initial=0.0))))
    best = known.margins.size <= BEST_UP_TO
    cuts: list[Amounts] = []
    try:
        for _ in range(ROUNDS if best else 0):
            found = list(shortfalls(known, hidden))
            if not found:
                return hidden
            cuts += [cut for cut in _cuts(found, hidden)]
            if len(cuts) == 0:
                return hidden
            chosen = _covered(np.array(cuts), cost, known.guarded)
            if chosen is None:
                break
            if np.array_equal(chosen, hidden):
                break
            hidden = chosen
        return _one_at_a_time(known, hidden, cost)
    except Contradiction:
        return None


def _cuts(found: list[Shortfall], hidden: Flags) -> list[Amounts]:
    return [short.helps for short in found if short.helps.sum() >= 1 - 1e-9]


def _covered(cuts: Amounts, cost: Amounts, guarded: Flags) -> Flags | None:
    """Return the cheapest cells that meet every cut, with the guarded ones; None when that is too much work."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_matrix

    free = np.flatnonzero((cuts > 0).any(axis=0))
    solved = milp(
        cost[free],
        integrality=np.ones(len(free)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(csr_matrix(cuts[:, free]), lb=1 - 1e-9),
        options={"node_limit": NODES},
    )
    if solved.x is None:
        return None
    chosen = guarded.copy()
    chosen[free[solved.x > 0.5]] = True
    return chosen


def _one_at_a_time(known: Knowledge, hidden: Flags, cost: Amounts) -> Flags:
    """Add the cell that widens most for what it costs, until every interval is wide enough; then take back what can be."""
    hidden, cuts = hidden.copy(), list[Amounts]()
    while True:
        new = _cuts(list(shortfalls(known, hidden)), hidden)
        if not new:
            break
        cuts += new
        added = _greedy(np.array(new), hidden, known.guarded, cost)
        if not added:
            break
        hidden[added] = True
    secondary = np.flatnonzero(hidden & ~known.guarded)
    for cell in secondary[np.argsort(-cost[secondary], kind="stable")][:TAKEN_BACK]:
        less = hidden.copy()
        less[cell] = False
        needed = [cut for cut in cuts if cut[less & ~known.guarded].sum() < 1 - 1e-9]
        if not needed and not any(True for _ in shortfalls(known, less)):
            hidden = less
    return hidden


def _greedy(cuts: Amounts, hidden: Flags, guarded: Flags, cost: Amounts) -> list[int]:
    """Return cells that, beside the hidden ones, meet every cut: those first that help most for what they cost."""
    lacking = 1.0 - cuts[:, hidden & ~guarded].sum(axis=1)
    helps = cuts * ~hidden
    added: list[int] = []
    while (lacking > 1e-9).any() or not added:
        want = np.maximum(lacking, 1e-3)[lacking > (1e-9 if added else -np.inf), None]
        gain = np.minimum(helps[lacking > (1e-9 if added else -np.inf)], want).sum(axis=0)
        if gain.max(initial=0.0) <= 0:
            break
        cell = int(np.argmax(gain / cost))
        added.append(cell)
        lacking = lacking - helps[:, cell]
        helps[:, cell] = 0.0
    return added
