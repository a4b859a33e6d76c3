"""Everything at once: the questions of all the scripted families about one target, decoded together."""

from __future__ import annotations

import numpy as np

from tests.attacks.history import (
    all_minus_one,
    colluding,
    gadotti,
    general_tracker,
    individual_tracker,
    margins,
    overlapping_bands,
    split_averaging,
)
from tests.attacks.history.ground import Ground
from tests.attacks.history.predicate import Predicate

FAMILIES = (
    all_minus_one, individual_tracker, general_tracker, split_averaging, overlapping_bands, margins, gadotti, colluding,
)  # fmt: skip
"""Those that say something new; copies in other words are left out, each condition being asked once."""


def questions(ground: Ground, target: int, chance: np.random.Generator, widest: int) -> list[Predicate]:
    """Return the questions of all families that need no further column, each condition once."""
    found = {}
    for family in FAMILIES:
        for each in family.questions(ground, target, chance, widest):
            found[each.terms, each.snapshot] = each
    return list(found.values())
