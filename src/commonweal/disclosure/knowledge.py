"""Knowledge: what an attacker knows of counts and of amounts, and the interval he must be left with of each hidden one.

Nothing here looks at the number of a cell that is withheld for itself: what must be left of it follows from the others.
"""

from __future__ import annotations

import numpy as np

from commonweal.disclosure.attacker import Knowledge
from commonweal.disclosure.audit import intervals
from commonweal.disclosure.evidence import Amounts, Counts, Flags
from commonweal.disclosure.margins import Margins
from commonweal.disclosure.profile import Rules

LEAST_SHARE = 0.01
"""Share of an amount that must stay open on each side where a profile names neither p nor a dominance."""

LARGEST_NUMBER = 1e6
"""Amounts are brought to this size, so that the solver's absolute tolerances mean the same for pounds and for millions."""


def of_counts(margins: Margins, primary: Flags, low: Amounts, high: Amounts, threshold: int) -> Knowledge:
    """Return what is known of counts: nothing may follow about a hidden one but that it is below the threshold."""
    size = len(primary)
    wanted = np.full(size, float(threshold - 1))
    return Knowledge(
        margins, primary, low, high, np.zeros(size), np.full(size, np.inf), np.zeros(size), wanted
    )  # fmt: skip


def of_amounts(
    margins: Margins,
    primary: Flags,
    amounts: Amounts,
    doubt: Amounts,
    typical: float,
    signed: bool,
    rules: Rules,
    contributing: tuple[Counts, ...] = (),
) -> Knowledge:
    """Return what is known of amounts, of which those of `primary` are not looked at.

    `doubt`: by what share a shown amount may differ from the exact one; `typical`: an average contribution;
    `contributing`: entities behind each cell, an array for each kind; `signed`: whether some are below nought, so that
    nothing is known of a hidden amount by itself. A hidden amount must stay open by the share of `room_share` (and of an
    average contribution) on both sides, whatever it is: where the exact numbers of all other cells fix it, around that
    number; else around all that they leave possible.
    """
    size = len(primary)
    known = np.where(primary, 0.0, amounts)
    scale = LARGEST_NUMBER / max(float(np.abs(known).max(initial=0.0)), 1e-300)
    known, unit = known * scale, typical * scale
    slack = np.abs(known) * doubt
    low, high = known - slack, known + slack
    floor = np.full(size, -np.inf if signed else 0.0)
    least, most = _possible(margins, primary, known, floor)
    share = room_share(rules)
    least = np.maximum(least - np.maximum(share * np.abs(least), share * unit), floor)
    most = most + np.maximum(share * np.abs(most), share * unit)
    found = Knowledge(margins, primary, low, high, floor, np.full(size, np.inf), least, most)
    return with_few_together(found, contributing, rules, unit)


def with_few_together(known: Knowledge, contributing: tuple[Counts, ...], rules: Rules, typical: float) -> Knowledge:
    """Return the knowledge with a further guarded cell for every total whose hidden parts have too few entities together.

    The sum of those parts would be a number about fewer than the threshold, though none of them follows by itself. How
    many entities they have at most is taken from the total less the shown parts (an array of entities for each kind).
    """
    m, size = known.margins, known.margins.cells
    hidden = np.concatenate([known.guarded, np.ones(m.size - size, dtype=np.bool_)])
    open_parts = hidden[m.child]
    implied = np.bincount(m.equation, m.child >= size, m.equations) > 0
    candidates = (np.bincount(m.equation, open_parts, m.equations) > 1) & ~hidden[m.parent] & ~implied
    fewest = np.full(m.equations, np.iinfo(np.int64).max)
    for counts in contributing:
        total = np.concatenate([counts, np.zeros(m.size - size, dtype=np.int64)])
        shown = np.bincount(m.equation, np.where(open_parts, 0, total[m.child]), m.equations)
        fewest = np.minimum(fewest, total[m.parent] - shown.astype(np.int64))
    chosen = np.flatnonzero(candidates & (fewest < rules.threshold))
    if len(chosen) == 0:
        return known
    more, parts = len(chosen), _parts_of(m, chosen, open_parts)
    sums = _total_less_shown(known, open_parts)[chosen]
    room = np.maximum(room_share(rules) * np.abs(sums), room_share(rules) * typical)
    floor = float(known.floor.min())

    def and_more(array: Amounts, further: Amounts | float) -> Amounts:
        return np.concatenate([array, np.broadcast_to(further, more)])

    return Knowledge(
        Margins(
            m.size + more,
            size + more,
            np.concatenate([np.where(m.parent >= size, m.parent + more, m.parent), size + np.arange(more)]),
            np.concatenate([np.where(m.child >= size, m.child + more, m.child), *parts]),
            np.concatenate([m.equation, np.repeat(m.equations + np.arange(more), [len(own) for own in parts])]),
        ),
        np.concatenate([known.guarded, np.ones(more, dtype=np.bool_)]),
        and_more(known.low, 0.0),
        and_more(known.high, 0.0),
        and_more(known.floor, floor),
        and_more(known.ceiling, np.inf),
        and_more(known.least, np.maximum(sums - room, floor)),
        and_more(known.most, sums + room),
    )


def _parts_of(margins: Margins, equations: Counts, open_parts: Flags) -> list[Counts]:
    """Return the hidden parts of each of some equations."""
    return [margins.child[(margins.equation == equation) & open_parts] for equation in equations]


def _total_less_shown(known: Knowledge, open_parts: Flags) -> Amounts:
    m = known.margins
    middle = np.concatenate([(known.low + known.high) / 2, np.zeros(m.size - m.cells)])
    shown = np.bincount(m.equation, np.where(open_parts, 0.0, middle[m.child]), m.equations)
    left: Amounts = middle[m.parent] - shown
    return left


def room_share(rules: Rules) -> float:
    """Return the share of an amount that must stay open on each side: p, and what the dominance rule leaves to others."""
    of_p = (rules.p_percent or 0.0) / 100
    of_dominance = 0.0 if rules.dominance is None else 100 / rules.dominance[1] - 1
    return max(of_p, of_dominance, LEAST_SHARE)


def _possible(margins: Margins, primary: Flags, known: Amounts, floor: Amounts) -> tuple[Amounts, Amounts]:
    """Return between what bounds each withheld amount lies for one who knows all others exactly."""
    implied = margins.size - margins.cells
    # Sums of doubles in another order differ in the last digits; that may not look like a contradiction.
    slack = 1e-9 * LARGEST_NUMBER
    low = np.where(primary, np.where(np.isfinite(floor), floor, -np.inf), known - slack)
    high = np.where(primary, np.inf, known + slack)
    if not np.isfinite(low).all():
        low = np.where(np.isfinite(low), low, -1e3 * LARGEST_NUMBER)
    beside = np.full(implied, 0.0 if np.isfinite(floor).all() else -1e3 * LARGEST_NUMBER)
    low, high = intervals(np.concatenate([low, beside]), np.concatenate([high, np.full(implied, np.inf)]), margins)
    return low[: margins.cells], high[: margins.cells]


def doubt_of_rows(shown_rows: Counts, spread: int, threshold: int) -> Amounts:
    """Return by what share an amount that is scaled to the shown rows may differ from the exact one."""
    fewest = np.maximum(np.maximum(shown_rows - spread, threshold), 1)
    most = shown_rows + spread
    shown = np.maximum(shown_rows, 1)
    return np.maximum(np.minimum(shown / fewest, 2.0) - 1.0, most / shown - 1.0)
