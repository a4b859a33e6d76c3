"""Four snapshots of an unchanged fact: the same questions each quarter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.attacks.history import individual_tracker
from tests.attacks.history.ground import Ground
from tests.attacks.history.predicate import Predicate


def questions(ground: Ground, target: int, chance: np.random.Generator, widest: int) -> list[Predicate]:
    """Return the individual tracker's questions at four snapshots."""
    once = individual_tracker.questions(ground, target, chance, widest)
    return [replace(each, snapshot=number) for number in range(4) for each in once]
