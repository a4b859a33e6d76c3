"""Margins in separate tables: totals and their breakdowns, so that what is missing in one is the difference of others."""

from __future__ import annotations

import numpy as np

from tests.attacks.history.ground import Ground
from tests.attacks.history.predicate import ALL_SIZES, Predicate, both, conjunction, within


def questions(ground: Ground, target: int, chance: np.random.Generator, widest: int) -> list[Predicate]:
    """Return twelve groups and their breakdowns by every other column, then those of the target's own narrow groups."""
    found = {}
    groups = ground.descriptions(target, widest=min(5, widest - 1), fewest=60)[:12]
    groups += ground.descriptions(target, widest=min(5, widest - 1))[:4]
    for around in groups:
        found[around] = within(around)
        for name in sorted(set(ground.values) - set(dict(around))):
            for value in range(ALL_SIZES[name]):
                part = both(around, conjunction({name: value}))
                found[part] = within(part)
    return list(found.values())[:480]
