"""Overlapping bands: every stretch of ages, so that differences of stretches are single ages.

Asghar and Kaafar, PETS 2020 (arXiv 1902.06414), for ranges against bounded perturbation.
"""

from __future__ import annotations

import numpy as np

from tests.attacks.history.ground import Ground
from tests.attacks.history.predicate import Predicate, both, conjunction, within


def questions(ground: Ground, target: int, chance: np.random.Generator, widest: int) -> list[Predicate]:
    """Return all stretches of ages among neighbours alike in three columns, in the tenancy too, and in all else."""
    found = []
    shared = (("ward", "sex", "ethnicity"), ("ward", "sex", "tenancy"), ("ward", "sex", "ethnicity", "tenancy", "band"))
    for columns in shared:
        around = ground.describe(target, columns)
        if len(around) < widest:
            for first in range(18):
                for last in range(first, 18):
                    found.append(within(both(around, conjunction({"age": range(first, last + 1)}))))
    return found
