"""The same people in other ordinary words: value lists with values that nobody in the group has."""

from __future__ import annotations

import numpy as np

from tests.attacks.history.ground import Ground
from tests.attacks.history.predicate import ALL_SIZES, Predicate, conjunction, within, without


def questions(ground: Ground, target: int, chance: np.random.Generator, widest: int) -> list[Predicate]:
    """Return a hundred pairs over one group of some 60 people, worded by lists that its people happen to be in."""
    groups = ground.descriptions(target, widest=min(4, widest - 1), fewest=60)
    around = next((each for each in groups if len(each) >= 3), groups[0])
    inside = ground.member(around)
    spare = {
        name: (
            sorted(set(codes[inside].tolist())),
            [each for each in range(ALL_SIZES[name]) if each not in set(codes[inside].tolist())],
        )
        for name, codes in ground.values.items()
        if name not in dict(around)
    }
    found = {}
    for _ in range(100):
        worded: dict[str, list[int]] = {name: list(values) for name, values in around}
        for name, (present, absent) in spare.items():
            if len(worded) < widest:
                worded[name] = present + [each for each in absent if chance.random() < 0.5]
        each = conjunction(worded)
        narrow = ground.narrowest(target, widest, tuple(item for item in each if item[0] in dict(around)))
        found[each] = [within(each), without(each, narrow)]
    return [each for pair in found.values() for each in pair]
