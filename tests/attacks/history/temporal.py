"""Before and after a month: who had come by the month of the target, and who had come by the month before."""

from __future__ import annotations

import numpy as np

from tests.attacks.history.ground import Ground
from tests.attacks.history.predicate import Predicate, both, conjunction, within


def questions(ground: Ground, target: int, chance: np.random.Generator, widest: int) -> list[Predicate]:
    """Return, for twenty groups, the counts up to every month around the target's own."""
    month = int(ground.values["month"][target])
    found = []
    for around in ground.descriptions(target, widest=widest - 1, fewest=10)[:20]:
        for last in range(max(0, month - 2), min(24, month + 2)):
            found.append(within(both(around, conjunction({"month": range(last + 1)}))))
    narrow = ground.narrowest(target, widest - 1)
    found += [within(both(narrow, conjunction({"month": range(last + 1)}))) for last in range(24)]
    return found
