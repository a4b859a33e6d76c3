"""The audit: what someone who can add and subtract learns about the cells that an answer withholds."""

from __future__ import annotations

import numpy as np

from commonweal.disclosure.evidence import Amounts, Counts, Flags
from commonweal.disclosure.margins import Margins

ROUNDS = 200
"""Bounds settle after a few rounds; the limit only keeps overlapping parts from going round for ever."""


def intervals(low: Amounts, high: Amounts, margins: Margins) -> tuple[Amounts, Amounts]:
    """Return how narrowly each cell is known, given bounds on each (a count that is withheld: 0 to infinity) and all
    equations.

    Bounds are passed from parts to totals and back until nothing changes. `low` must be finite. A contradiction, which
    means that the parts of a total overlap, gives no knowledge: that cell's bounds stay as they were.
    """
    start_low, start_high = low, high
    parent, child, equation = margins.parent, margins.child, margins.equation
    for _ in range(ROUNDS):
        before_low, before_high = low, high
        finite = np.where(np.isinf(high), 0.0, high)
        sum_low = np.bincount(equation, low[child], margins.equations)
        sum_high = np.bincount(equation, finite[child], margins.equations)
        open_ended = np.bincount(equation, np.isinf(high[child]), margins.equations)
        low, high = low.copy(), high.copy()
        np.maximum.at(low, parent, sum_low)
        np.minimum.at(high, parent, np.where(open_ended > 0, np.inf, sum_high))
        others_open = open_ended[equation] - np.isinf(before_high[child])
        others_high = np.where(others_open > 0, np.inf, sum_high[equation] - finite[child])
        others_low = sum_low[equation] - before_low[child]
        np.maximum.at(low, child, before_low[parent][equation] - others_high)
        np.minimum.at(high, child, before_high[parent][equation] - others_low)
        contradiction = low > high
        low = np.where(contradiction, start_low, low)
        high = np.where(contradiction, start_high, high)
        if np.array_equal(low, before_low) and np.array_equal(high, before_high):
            break
    return low, high


def derived(unknown: Flags, margins: Margins) -> tuple[Flags, Counts]:
    """Return which unknown cells follow exactly from the others, and the equation each follows from (-1: from none).

    An equation with one unknown member gives it away; what is given away may give more away.
    """
    left = unknown.copy()
    through = np.full(margins.size, -1, dtype=np.int64)
    while True:
        missing = np.bincount(margins.equation, left[margins.child], margins.equations) + left[margins.parent]
        solvable = missing == 1
        totals = np.flatnonzero(solvable & left[margins.parent])
        parts = np.flatnonzero(solvable[margins.equation] & left[margins.child])
        if len(totals) + len(parts) == 0:
            return unknown & ~left, through
        through[margins.parent[totals]] = totals
        through[margins.child[parts]] = margins.equation[parts]
        left[margins.parent[totals]] = False
        left[margins.child[parts]] = False
