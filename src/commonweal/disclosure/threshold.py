"""The threshold: no number about too few."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from commonweal.disclosure.cells import Aggregate, Measured
from commonweal.disclosure.evidence import Counts, Evidence, Flags
from commonweal.disclosure.profile import Rules
from commonweal.disclosure.rule import Rule

RULE = Rule(
    name="threshold",
    promise="Every number that is shown comes from at least the threshold of distinct entities of every kind, "
    "in the cell and among those that contribute to the number.",
    source="SDAP Handbook on Statistical Disclosure Control for Outputs (threshold 10); ACRO `safe_threshold`; "
    "NHS England HES disclosure control (1 to 7 hidden); BRES (3 enterprises)",
    choice="Entities are counted, not rows, and an entity whose contribution to a sum is zero does not contribute.",
)


def too_few(entities: Sequence[Counts], threshold: int) -> Flags:
    """Return where any kind (an array each, one entry a cell) has fewer than `threshold` distinct entities."""
    flags: Flags = np.minimum.reduce(list(entities)) < threshold
    return flags


def nobody(entities: Sequence[Counts]) -> Flags:
    """Return where there is no entity of any kind."""
    flags: Flags = np.maximum.reduce(list(entities)) == 0
    return flags


def small_cells(evidence: Evidence, rules: Rules) -> Flags:
    """Return which cells are too small for anything in them to be shown."""
    entities = evidence.entities()
    small = too_few(entities, rules.threshold)
    return small if rules.zeros_hidden else small & ~nobody(entities)


def unsafe(evidence: Evidence, aggregate: Aggregate, rules: Rules) -> Flags:
    """Return where too few contribute. Where zeros are shown, nobody contributing and a value of zero is safe."""
    contributing = evidence.contributing(aggregate)
    few = too_few(contributing, rules.threshold)
    if rules.zeros_hidden or aggregate.measured is Measured.QUANTILE:
        return few
    shown_zero: Flags = nobody(contributing) & (evidence.amounts(aggregate.name) == 0)
    return few & ~shown_zero
