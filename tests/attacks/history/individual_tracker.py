"""The individual tracker: a description shared by some people, and the same without the target, twenty times.

Denning, Denning and Schwartz, The Tracker, ACM TODS 1979.
"""

from __future__ import annotations

import numpy as np

from tests.attacks.history.ground import Ground
from tests.attacks.history.predicate import Predicate, within, without


def questions(ground: Ground, target: int, chance: np.random.Generator, widest: int) -> list[Predicate]:
    """Return twenty pairs, the smallest groups of 40 people and more first."""
    found = []
    for around in ground.descriptions(target, widest=min(5, widest - 1), fewest=40)[:20]:
        found += [within(around), without(around, ground.narrowest(target, widest, around))]
    return found
