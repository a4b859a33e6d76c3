"""All the same: an amount that everybody shares is everybody's."""

from __future__ import annotations

import numpy as np

from commonweal.disclosure.cells import Aggregate
from commonweal.disclosure.evidence import Amounts, Evidence, Flags
from commonweal.disclosure.profile import Rules
from commonweal.disclosure.rule import Rule

RULE = Rule(
    name="same value",
    promise="An amount to which every entity contributes the same value is withheld, because it gives each one's "
    "value away.",
    source="ACRO `all-values-are-same`; SDAP Handbook (class disclosure)",
    choice="Contributions within one part in 1,000,000,000 of each other are the same: sums of fractions differ in "
    "their last digit.",
)

TOLERANCE = 1e-9


def all_the_same(low: Amounts, high: Amounts) -> Flags:
    """Return where the smallest and the largest contribution are equal, up to the rounding of floating numbers."""
    different: Flags = high - low > TOLERANCE * np.maximum(np.abs(low), np.abs(high))
    return ~different  # so that a number that is not one (NaN) counts as unsafe


def unsafe(evidence: Evidence, aggregate: Aggregate, rules: Rules) -> Flags:
    """Return where all entities contribute the same; nowhere when the profile has no such rule."""
    if not rules.class_disclosure:
        return np.zeros(len(evidence.source), dtype=np.bool_)
    return all_the_same(evidence.amounts(f"{aggregate.name}__low"), evidence.amounts(f"{aggregate.name}__high"))
