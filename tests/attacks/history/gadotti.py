"""The differential attack: pairs whose groups differ in the target alone, one condition more or less each time.

Gadotti, Houssiau, Rocher, Livshits and de Montjoye, USENIX Security 2019 (arXiv 1804.06752).
"""

from __future__ import annotations

import numpy as np

from tests.attacks.history.ground import Ground
from tests.attacks.history.predicate import ALL_SIZES, Predicate, both, conjunction, within


def questions(ground: Ground, target: int, chance: np.random.Generator, widest: int) -> list[Predicate]:
    """Return, for a column u and every description A of the target: A, and A with u other than the target's, for the
    A and u whose difference is smallest."""
    pairs = []
    for around in ground.descriptions(target, widest=min(5, widest - 1), fewest=10):
        for name in sorted(set(ground.values) - set(dict(around))):
            own = int(ground.values[name][target])
            difference = ground.people(both(around, conjunction({name: own})))
            pairs.append((difference, around, name, own))
    found = []
    for _, around, name, own in sorted(pairs)[:60]:
        others = conjunction({name: [each for each in range(ALL_SIZES[name]) if each != own]})
        found += [within(around), within(both(around, others))]
    return found
