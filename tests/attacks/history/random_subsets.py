"""Reconstruction: five hundred random subsets of a few hundred people, solved by least squares for everybody at once.

Dinur and Nissim, PODS 2003; Cohen and Nissim, Linear Program Reconstruction in Practice, 2018.
"""

from __future__ import annotations

import numpy as np

from tests.attacks.history.ground import Ground
from tests.attacks.history.predicate import ALL_SIZES, Conjunction, Predicate, both, conjunction, either, within

QUESTIONS = 500


def questions(ground: Ground, target: int, chance: np.random.Generator, widest: int) -> list[Predicate]:
    """Return random halves of the values of two or three columns among the target's neighbours alike in three."""
    around = _neighbours(ground, target, widest)
    free = [name for name in ground.values if name not in dict(around)]
    room = widest - len(around)
    found = []
    while len(found) < QUESTIONS:
        names = chance.choice(free, min(room, len(free), 3), replace=False).tolist()
        parts = [both(around, _half(name, chance)) for name in names]
        together = parts[0]
        for each in parts[1:]:
            together = both(together, each)
        found.append(within(together) if len(parts) < 2 or chance.random() < 0.5 else either(parts[0], parts[1]))
    return found


def _neighbours(ground: Ground, target: int, widest: int) -> Conjunction:
    """Return three columns' description of the target that a few hundred people share; two under the shared table."""
    columns = 3 if widest > 4 else 2
    groups = [each for each in ground.descriptions(target, widest=columns, fewest=100) if len(each) == columns]
    return groups[0] if groups else ground.describe(target, ("ward", "sex", "tenancy")[:columns])


def _half(name: str, chance: np.random.Generator) -> Conjunction:
    size = ALL_SIZES[name]
    return conjunction({name: chance.choice(size, max(1, size // 2), replace=False).tolist()})
