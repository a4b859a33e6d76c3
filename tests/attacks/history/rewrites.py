"""Averaging over two hundred rewrites of one pair of questions: noise on words would average away."""

from __future__ import annotations

import numpy as np

from tests.attacks.history.ground import Ground
from tests.attacks.history.predicate import Predicate, within, without


def questions(ground: Ground, target: int, chance: np.random.Generator, widest: int) -> list[Predicate]:
    """Return one pair of groups in two hundred wordings that mean the same."""
    around = ground.descriptions(target, widest=min(4, widest - 1), fewest=40)[0]
    pair = (within(around), without(around, ground.narrowest(target, widest, around)))
    found = []
    for number in range(100):
        for each in pair:
            found.append(Predicate(each.terms, f"({each.words}) AND {number} = {number}"))
    return found
