"""The best linear decoder of many answers about one person's secret, and what it can hope for.

The secret of each person is one of several levels; others' levels are drawn from a known distribution, the target's is
one of two, equally likely. Counts of people by level are Gaussian to the decoder: the crowd varies as a multinomial does,
the answers' noise has a known covariance. The levels come apart along the eigenvectors of the multinomial's covariance,
so that one linear system a direction is all there is (Kay, Estimation Theory, chapter 10, for the Gaussian case).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tests.attacks.history.ground import Array

LEVELS = np.array([0.7, 0.03, 0.05, 0.08, 0.06, 0.05, 0.02, 0.01])
"""How others' arrears are spread over nothing and the seven bands of an amount."""
PAIR = (0, 3)
"""What the target owes: nothing, or 200 to 500."""
OWING = float(LEVELS[1:].sum())
HALF = 25 / 12
"""The variance that rounding to 5 adds."""


@dataclass(frozen=True)
class Asked:
    """Questions about groups of classes: `inside` (questions, groups), `size` of the groups, the target's `place`.

    Groups are classes that no question tells apart.
    """

    inside: Array
    size: Array
    place: int
    group: Array

    @cached_property
    def shared(self) -> Array:
        """Return the people, without the target, whom each two questions share."""
        own = self.inside[:, self.place]
        return (self.inside * self.size) @ self.inside.T - np.outer(own, own)


def asked(matrix: Array, size: Array, target: int) -> Asked:
    """Return questions (rows of `matrix`, over classes) with the classes that they do not tell apart put together."""
    keys = np.random.default_rng(7).integers(1, 2**62, len(matrix))
    code = np.zeros(matrix.shape[1], np.int64)  # whole numbers that may wrap around: alike columns have the same code
    for key, row in zip(keys, matrix, strict=True):
        code += key * row.astype(np.int64)
    _, first, group = np.unique(code, return_index=True, return_inverse=True)
    return Asked(matrix[:, first].astype(float), np.bincount(group, size), int(group[target]), group)


@dataclass(frozen=True)
class Verdict:
    """What a decoder makes of a target: the information in the answers, and its statistic for each draw of noise.

    The statistic is above 0 for the second of the two levels. With information i, a right guess has the probability
    Phi(sqrt(i) / 2), so far as all is Gaussian.
    """

    information: float
    statistics: Array


def solve(matrix: Array, right: Array) -> Array:
    """Solve a symmetric system that may be close to singular (questions that say the same twice)."""
    scale = float(np.abs(np.diag(matrix)).max()) or 1.0
    return np.linalg.solve(matrix + 1e-9 * scale * np.eye(len(matrix)), right)


def decode_levels(questions: Asked, noise: Array, answers: Array) -> Verdict:
    """Decode answers (draws, questions, levels) with independent noise of the covariance `noise` in each level."""
    own, crowd = questions.inside[:, questions.place], questions.shared
    middle = np.zeros(len(LEVELS))
    middle[list(PAIR)] = 0.5
    others = (questions.inside @ questions.size - own)[:, None] * LEVELS[None]
    left = answers - others - own[:, None] * middle[None]
    values, vectors = np.linalg.eigh(np.diag(LEVELS) - np.outer(LEVELS, LEVELS))
    wanted = np.zeros(len(LEVELS))
    wanted[PAIR[0]], wanted[PAIR[1]] = -1, 1
    information, statistics = 0.0, np.zeros(len(answers))
    for value, vector in zip(values, vectors.T, strict=True):
        along = float(vector @ wanted)
        if abs(along) < 1e-9:
            continue
        weights = solve(max(value, 0.0) * crowd + noise, own)
        information += along**2 * float(own @ weights)
        statistics += along * ((left @ vector) @ weights)
    return Verdict(information, statistics)


def decode_counts(
    questions: Asked, answers: Array, shown: Array, variance: float, prevalence: float = OWING
) -> Verdict:
    """Decode one count a question (draws, questions) of who owes, where `shown` (one set for all draws), rounded alike."""
    if not shown.any():
        return Verdict(0.0, np.zeros(len(answers)))
    own = questions.inside[shown][:, questions.place]
    crowd = questions.shared[np.ix_(shown, shown)]
    others = (questions.inside @ questions.size)[shown] - own
    weights = solve(prevalence * (1 - prevalence) * crowd + variance * np.eye(len(own)), own)
    left = answers[:, shown] - others * prevalence - own * 0.5
    return Verdict(float(own @ weights), left @ weights)
