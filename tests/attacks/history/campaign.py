"""A family of attack against a mechanism, over many targets who are alone in their class."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from types import ModuleType
from typing import Any

import numpy as np

from tests.attacks.history import (
    all_minus_one,
    cloning,
    colluding,
    everything_scripted,
    gadotti,
    general_tracker,
    individual_tracker,
    margins,
    overlapping_bands,
    random_subsets,
    rewrites,
    same_set,
    second_geography,
    snapshots,
    split_averaging,
    temporal,
)
from tests.attacks.history.decoding import LEVELS
from tests.attacks.history.ground import Array, Ground
from tests.attacks.history.lattice import best_guess
from tests.attacks.history.mechanism import Mechanism

FAMILIES: dict[str, ModuleType] = {
    "all minus one": all_minus_one,
    "individual tracker": individual_tracker,
    "general tracker": general_tracker,
    "cloning, dummy conditions": cloning,
    "same set in other words": same_set,
    "split averaging": split_averaging,
    "overlapping bands": overlapping_bands,
    "second geography": second_geography,
    "margins in separate tables": margins,
    "before and after a month": temporal,
    "500 random subsets": random_subsets,
    "200 rewrites": rewrites,
    "four snapshots": snapshots,
    "differential (Gadotti)": gadotti,
    "two analysts collude": colluding,
    "everything scripted at once": everything_scripted,
}


@dataclass(frozen=True)
class Outcome:
    """What a campaign came to: right guesses, out of how many, and what the information in the answers allows.

    One target counts once however many draws of noise it was tried with: `half_width` is that of the 95 % interval of
    the share over targets.
    """

    family: str
    mechanism: str
    targets: int
    success: float
    half_width: float
    expected: float
    worst: float
    questions: float
    refused: float
    rho: float

    @property
    def bound(self) -> float:
        """Return the best that somebody could do who knows everybody else's secret, at this rho."""
        return best_guess(self.rho)

    def __str__(self) -> str:
        """Return a line of a table."""
        share = f"{100 * self.success:5.1f} +-{100 * self.half_width:4.1f} %"
        hoped = f"expected {100 * self.expected:5.1f}, worst 1 % {100 * self.worst:5.1f}"
        rest = f"{self.questions:4.0f} questions, refused {100 * self.refused:3.0f} %, rho {self.rho:.3f}"
        return f"{self.family:30} {self.mechanism:11} {share} ({hoped}; {rest}; {self.targets} targets)"


def drawn_levels(ground: Ground, chance: np.random.Generator) -> Array:
    """Return everybody's level by class, drawn from the known distribution."""
    return np.asarray(chance.multinomial(ground.size.astype(int), LEVELS), dtype=float)


def run(
    family: str, mechanism: Mechanism, ground: Ground, targets: Sequence[int], seed: int = 1, **more: Any
) -> Outcome:
    """Attack each target with fresh secrets of everybody else, and count right guesses; a tie is half a right guess."""
    right, informations, asked, refused, rho = [], [], [], [], []
    for number, target in enumerate(targets):
        chance = np.random.default_rng([seed, number])
        predicates = FAMILIES[family].questions(ground, int(target), chance, mechanism.widest)
        trial = mechanism.trial(ground, predicates, int(target), drawn_levels(ground, chance))
        guesses = np.concatenate([_right(-trial.first), _right(trial.second)])
        right.append(float(guesses.mean()))
        informations.append(trial.information)
        asked.append(len(predicates))
        refused.append(trial.refused)
        rho.append(trial.rho)
    hopes = np.array([NormalDist().cdf(math.sqrt(max(each, 0.0)) / 2) for each in informations])
    spread = float(np.std(right, ddof=1)) if len(right) > 1 else 1.0
    half = max(1.96 * spread / math.sqrt(len(right)), 1.5 / len(right) if min(right) == max(right) else 0.0)
    return Outcome(
        family, mechanism.name, len(right), float(np.mean(right)), half, float(hopes.mean()),
        float(np.quantile(hopes, 0.99)), float(np.mean(asked)), float(np.mean(refused)), float(np.max(rho)),
    )  # fmt: skip


def _right(statistics: Array) -> Array:
    near = np.abs(statistics) < 1e-9
    return np.where(near, 0.5, (statistics > 0).astype(float))
