"""Two analysts under two agreements, one with wards and broad ages, one with fine ages and no wards, put their answers together."""

from __future__ import annotations

import numpy as np

from tests.attacks.history.ground import Ground
from tests.attacks.history.predicate import Predicate, both, conjunction, within, without


def questions(ground: Ground, target: int, chance: np.random.Generator, widest: int) -> list[Predicate]:
    """Return what each asks about the target: groups of their own columns, with and without the target."""
    own = int(ground.values["age"][target])
    decade = conjunction({"age": [own // 2 * 2, own // 2 * 2 + 1]})
    found = []
    for around in ground.descriptions(target, widest=widest - 1, fewest=40):
        named = set(dict(around))
        if "age" in named:
            continue
        if "ward" in named and len(found) < 60:
            rest = ground.narrowest(target, widest, around)
            found += [within(around), within(both(around, decade)), without(around, rest)]
        elif len(found) < 120:
            narrow = ground.narrowest(target, widest, around)
            found += [within(around), within(both(around, conjunction({"age": own}))), without(around, narrow)]
    return found
