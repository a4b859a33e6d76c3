"""Class disclosure: what is left of the cell must be as safe as the part."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from commonweal.disclosure.cells import Aggregate
from commonweal.disclosure.evidence import Counts, Evidence, Flags
from commonweal.disclosure.profile import Rules
from commonweal.disclosure.rule import Rule

RULE = Rule(
    name="class disclosure",
    promise="A number about a part of a cell is shown only if the rest of the cell also holds at least the threshold "
    "of entities of every kind, so nobody learns that everybody, nearly everybody or nobody in a group has a "
    "property.",
    source="SDAP Handbook (class disclosure, zeros and full cells); ACRO `zeros_are_disclosive`",
    choice="Nobody, a few, nearly everybody and everybody are withheld with one and the same reason, so they look "
    "alike. An entity with rows on both sides counts to the part.",
)


def rest_too_small(entities: Sequence[Counts], contributing: Sequence[Counts], threshold: int) -> Flags:
    """Return where, for any kind, fewer than `threshold` of the cell's entities do not contribute."""
    rest = [whole - part for whole, part in zip(entities, contributing, strict=True)]
    flags: Flags = np.minimum.reduce(rest) < threshold
    return flags


def unsafe(evidence: Evidence, aggregate: Aggregate, rules: Rules) -> Flags:
    """Return where a partial aggregate leaves too small a rest; nowhere when the profile has no such rule."""
    if not (aggregate.partial and rules.class_disclosure):
        return np.zeros(len(evidence.source), dtype=np.bool_)
    return rest_too_small(evidence.entities(), evidence.contributing(aggregate), rules.threshold)
