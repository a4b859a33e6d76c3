"""All, and all but one: the difference is the target.

Denning, Denning and Schwartz, The Tracker, ACM TODS 1979.
"""

from __future__ import annotations

import numpy as np

from tests.attacks.history.ground import Ground
from tests.attacks.history.predicate import EVERYBODY, Predicate, within, without


def questions(ground: Ground, target: int, chance: np.random.Generator, widest: int) -> list[Predicate]:
    """Return the pair for everybody, and for every single description of the target that leaves room for the rest."""
    narrow = ground.narrowest(target, widest)
    found = [within(EVERYBODY), without(EVERYBODY, narrow)]
    for name, values in narrow:
        around = ((name, values),)
        found += [within(around), without(around, ground.narrowest(target, widest, around))]
    return found
