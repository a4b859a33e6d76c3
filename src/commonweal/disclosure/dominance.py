"""Dominance: a sum that one or two make up is theirs."""

from __future__ import annotations

import numpy as np

from commonweal.disclosure.cells import Aggregate
from commonweal.disclosure.evidence import Amounts, Evidence, Flags
from commonweal.disclosure.profile import Rules
from commonweal.disclosure.rule import Rule

RULE = Rule(
    name="dominance",
    promise="No amount is shown of which the n largest entities hold more than k per cent, or from which the second "
    "largest could work out the largest to within p per cent.",
    source="SDAP Handbook (dominance); ACRO `safe_nk_n`, `safe_nk_k`, `safe_pratio_p`; BRES on Nomis (total less the "
    "two largest at least 10 per cent of the largest)",
    choice="Contributions are summed over an entity's rows first and compared by their size without the sign. A count of "
    "rows is judged like an amount where an entity has several rows. A sum of squares, which a standard deviation gives "
    "away, must leave over the share of the largest square by which its root would be known to within p.",
)


def n_hold_too_much(total: Amounts, largest: Amounts, second: Amounts, n: int, k: float) -> Flags:
    """Return where the `n` (1 or 2) largest contributions are more than `k` per cent of the total of absolute
    contributions.
    """
    top = largest + second if n == 2 else largest
    held: Flags = top <= k / 100 * total
    return ~held


def largest_can_be_estimated(total: Amounts, largest: Amounts, second: Amounts, p: float) -> Flags:
    """Return where the total less the two largest is below `p` per cent of the largest."""
    remains: Flags = total - largest - second >= p / 100 * largest
    return ~remains


def unsafe(evidence: Evidence, aggregate: Aggregate, rules: Rules) -> Flags:
    """Return where either rule of the profile is broken."""
    flags = np.zeros(len(evidence.source), dtype=np.bool_)
    if rules.dominance is None and rules.p_percent is None:
        return flags
    total, largest, second = (evidence.amounts(f"{aggregate.name}__{what}") for what in ("total", "max1", "max2"))
    if rules.dominance is not None:
        flags |= n_hold_too_much(total, largest, second, *rules.dominance)
    if rules.p_percent is not None:
        flags |= largest_can_be_estimated(total, largest, second, rules.p_percent)
    return flags


def unsafe_moment(evidence: Evidence, aggregate: Aggregate, rules: Rules) -> Flags:
    """Return where a sum of squares or products tells the largest contribution's root to within p per cent.

    The root is known to within p where its square is to within (1 + p) squared.
    """
    if rules.p_percent is None:
        return np.zeros(len(evidence.source), dtype=np.bool_)
    total, largest, second = (evidence.amounts(f"{aggregate.name}__{what}") for what in ("total", "max1", "max2"))
    of_square = ((1 + rules.p_percent / 100) ** 2 - 1) * 100
    return largest_can_be_estimated(total, largest, second, of_square)


def unsafe_rows(evidence: Evidence, aggregate: Aggregate, rules: Rules) -> Flags:
    """Return where a count of rows is mostly one or two entities' own; never where every row is another entity.

    The evidence is there only for counts over which entities repeat.
    """
    if not evidence.has(f"{aggregate.name}__max1"):
        return np.zeros(len(evidence.source), dtype=np.bool_)
    return unsafe(evidence, aggregate, rules)
