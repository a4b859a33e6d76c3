"""Split averaging: one group as the sum of its parts over every other column, and each part with and without the target."""

from __future__ import annotations

import numpy as np

from tests.attacks.history.ground import Ground
from tests.attacks.history.predicate import ALL_SIZES, Predicate, both, conjunction, within, without


def questions(ground: Ground, target: int, chance: np.random.Generator, widest: int) -> list[Predicate]:
    """Return the group, the group without the target, and all its parts, for the groups of 300 people and of 40."""
    found = []
    for fewest in (300, 40):
        groups = ground.descriptions(target, widest=min(4, widest - 1), fewest=fewest)
        around = groups[0]
        found += [within(around), without(around, ground.narrowest(target, widest, around))]
        for name in sorted(set(ground.values) - set(dict(around))):
            for value in range(ALL_SIZES[name]):
                part = both(around, conjunction({name: value}))
                found.append(within(part))
                if value == ground.values[name][target] and len(part) < widest:
                    found.append(without(part, ground.narrowest(target, widest, part)))
    return found
