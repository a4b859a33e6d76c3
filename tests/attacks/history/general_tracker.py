"""The general tracker: padding with half of everybody, so that no question is small.

Denning, Denning and Schwartz, The Tracker, ACM TODS 1979.
"""

from __future__ import annotations

import numpy as np

from tests.attacks.history.ground import Ground
from tests.attacks.history.predicate import EVERYBODY, Predicate, conjunction, either, outside_but, within, without


def questions(ground: Ground, target: int, chance: np.random.Generator, widest: int) -> list[Predicate]:
    """Return four questions for each of twelve paddings: the padding, the rest, target or padding, target or the rest."""
    paddings = [conjunction({"sex": 0}), conjunction({"tenancy": [0, 1]}), conjunction({"band": [0, 1, 2]})]
    paddings += [conjunction({"age": range(first, first + 8)}) for first in (0, 4, 8)]
    paddings += [conjunction({"ward": chance.choice(20, 10, replace=False).tolist()}) for _ in range(6)]
    found = []
    for padding in paddings:
        target_is = ground.narrowest(target, widest, padding)
        found += [
            within(padding),
            without(EVERYBODY, padding),
            either(target_is, padding),
            outside_but(padding, target_is),
        ]
    return found
