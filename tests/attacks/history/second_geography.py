"""A second geography: a ward, and the ward without the sector of the target, who lives in a sliver between the two."""

from __future__ import annotations

import numpy as np

from tests.attacks.history.ground import Ground
from tests.attacks.history.predicate import ALL_SIZES, Predicate, both, conjunction, within


def questions(ground: Ground, target: int, chance: np.random.Generator, widest: int) -> list[Predicate]:
    """Return twenty groups in the ward, and the same outside the target's sector."""
    sector = int(ground.values["sector"][target])
    elsewhere = conjunction({"sector": [each for each in range(ALL_SIZES["sector"]) if each != sector]})
    here = conjunction({"sector": sector})
    found = []
    groups = [each for each in ground.descriptions(target, widest=widest - 1, fewest=10) if "ward" in dict(each)]
    for around in groups[:20]:
        found += [within(around), within(both(around, elsewhere)), within(both(around, here))]
    return found
