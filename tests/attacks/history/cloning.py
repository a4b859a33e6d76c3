"""Cloning: the same pair of groups a hundred times, each with another condition that nobody meets.

Gadotti, Houssiau, Rocher, Livshits and de Montjoye, USENIX Security 2019 (arXiv 1804.06752).
"""

from __future__ import annotations

import numpy as np

from tests.attacks.history.ground import Ground
from tests.attacks.history.predicate import ALL_SIZES, Predicate, both, conjunction, within, without


def questions(ground: Ground, target: int, chance: np.random.Generator, widest: int) -> list[Predicate]:
    """Return a hundred differently worded copies of one pair; the dummy is a contradiction, so the group is the same."""
    around = ground.descriptions(target, widest=min(4, widest - 1), fewest=60)[0]
    narrow = ground.narrowest(target, widest, around)
    fixed = dict(around)
    dummies = set()
    for _ in range(400):
        name = str(chance.choice(sorted(fixed)))
        other = (fixed[name][0] + 1 + int(chance.integers(ALL_SIZES[name] - 1))) % ALL_SIZES[name]
        dummy = {name: other, "band": int(chance.integers(8)), "age": int(chance.integers(18))}
        dummies.add(conjunction({**dummy, name: other}))
    pair = (within(around), without(around, narrow))
    copies = []
    for dummy in sorted(dummies)[:100]:
        copies += [
            Predicate(each.terms, f"{each.words} AND NOT ({within(both(around, dummy)).words})") for each in pair
        ]
    return copies
