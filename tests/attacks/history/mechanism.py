"""What answers questions: raw counts, the rules of ``uk-tre``, the shared table of ``standard``, the tables of ``formal``.

Each answers many questions at once and says what a decoder needs to know of its noise. That they answer as the gateway
does is what `tests/attacks/test_history.py` looks at for a sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np

from commonweal.disclosure.metered.axis import Axis, ColumnSet
from commonweal.disclosure.metered.charge import LEVEL, noise_sd, spent
from commonweal.disclosure.metered.noise import noise
from commonweal.disclosure.metered.profile import CAP
from tests.attacks.history.decoding import HALF, LEVELS, PAIR, Asked, asked, decode_counts, decode_levels
from tests.attacks.history.ground import Array, Ground
from tests.attacks.history.predicate import ALL_SIZES, Conjunction, Predicate, Values

SEEN = 1e-6
"""The variance that exact numbers are given, so that they can be decoded like noisy ones."""


@dataclass(frozen=True)
class Trial:
    """One target's answers decoded: statistics when the secret is the first of the pair, and when it is the second.

    `refused`: the share of questions without an answer; `rho`: what they cost.
    """

    information: float
    first: Array
    second: Array
    refused: float
    rho: float = 0.0


class Mechanism(Protocol):
    """A way of answering; `widest` is the most columns that one question may name."""

    name: str
    widest: int

    def trial(self, ground: Ground, predicates: Sequence[Predicate], target: int, levels: Array) -> Trial:
        """Answer and decode; `levels` (classes, levels) counts everybody's level, the target's being left open."""
        ...


def crowd(ground: Ground, questions: Asked, target: int, levels: Array) -> Array:
    """Return people by question and level, without the target."""
    others = levels.copy()
    others[target] = 0
    grouped = np.zeros((len(questions.size), levels.shape[1]))
    np.add.at(grouped, questions.group, others)
    return questions.inside @ grouped


def different(predicates: Sequence[Predicate]) -> list[Predicate]:
    """Return predicates, those of one meaning once: asked of exact or once-drawn numbers, more are of no use."""
    return list({(each.terms, each.snapshot): each for each in predicates}.values())


@dataclass(frozen=True)
class Counts:
    """Counts of who owes, one a question: hidden below `threshold`, rounded to `step`; 1 and 1 for raw numbers."""

    name: str
    threshold: int = 1
    step: int = 1
    widest: int = 6

    def trial(self, ground: Ground, predicates: Sequence[Predicate], target: int, levels: Array) -> Trial:
        """Answer and decode: a count is shown if it is at the threshold; so is what is hidden, in that it is left out."""
        wanted = different([each for each in predicates if not each.snapshot])  # an exact number is the same each time
        questions = asked(ground.matrix(wanted), ground.size, target)
        owing = crowd(ground, questions, target, levels)[:, 1:].sum(1)
        own = questions.inside[:, questions.place]
        verdicts = []
        for bit in (0, 1):
            true = np.rint(owing + bit * own)
            shown = true >= self.threshold if self.threshold > 1 else np.ones(len(true), bool)
            variance = HALF if self.step > 1 else SEEN
            answers = self.step * np.rint(true / self.step)
            verdicts.append(decode_counts(questions, answers[None], shown, variance))
        hidden = float(np.mean(owing < self.threshold)) if self.threshold > 1 else 0.0
        information = (verdicts[0].information + verdicts[1].information) / 2
        return Trial(information, verdicts[0].statistics, verdicts[1].statistics, hidden)


RAW = Counts("raw DuckDB")
UK_TRE = Counts("uk-tre", threshold=10, step=5)


def axes(names: Sequence[str]) -> dict[str, Axis]:
    """Return the axes of columns: ages in rungs of five and ten years, everything else flat."""
    found = {name: Axis.flat(name, ALL_SIZES[name]) for name in names}
    if "age" in found:
        found["age"] = Axis.ladder("age", 18, [tuple(each // 2 for each in range(18))])
    return found


def kernel(axis: Axis) -> Array:
    """Return the covariance of an axis's leaves in units of the variance of noise: what `noise` adds, and nothing else."""
    leaves = axis.sizes[axis.depth]
    total = np.zeros((leaves, leaves))
    for depth in range(axis.depth + 1):
        spread = np.zeros((leaves, axis.sizes[depth]))
        spread[np.arange(leaves), axis.values(depth)] = axis.shares(depth, axis.depth)
        middle = np.ones((1, 1))
        if depth:
            siblings, blocks = axis.siblings(depth), axis.blocks(depth)
            alike = (blocks[:, None] == blocks[None]) / siblings[:, None]
            kept = np.where(siblings > 1, 1 - 1 / siblings, np.inf)
            middle = (np.eye(len(siblings)) - alike) / kept[:, None]
        total += spread @ middle @ spread.T
    return total


@dataclass(frozen=True)
class Tables:
    """The shared table of `standard`: any sum of the cells of noisy tables of at most four columns, within the meter.

    `view` names the columns that the contract knows; a question that names another is refused. `draws` keys are
    tried, each with noise as the program draws it when `real`, and else with noise of the same exact covariance.
    `loudness` multiplies the noise; `yearly`: all snapshots share one meter, instead of having one each.
    """

    name: str = "standard"
    view: tuple[str, ...] = ("ward", "age", "sex", "ethnicity", "tenancy", "band")
    widest: int = 4
    draws: int = 4
    real: bool = False
    cap: float = CAP
    loudness: float = 1.0
    yearly: bool = False
    drawn: dict[tuple[int, int, ColumnSet], Array] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def sd(self) -> float:
        """Return the noise that the program takes for so many columns."""
        return noise_sd(len(self.view)) * self.loudness

    @cached_property
    def axes(self) -> dict[str, Axis]:
        """Return the axes of the view."""
        return axes(self.view)

    @cached_property
    def kernels(self) -> dict[str, Array]:
        """Return the kernel of each axis."""
        return {name: kernel(axis) for name, axis in self.axes.items()}

    def columns(self, each: Conjunction) -> ColumnSet:
        """Return the table that a conjunction is read from: ages of ten years where they do."""
        return tuple((name, self._depth(name, values)) for name, values in each)

    def _depth(self, name: str, values: Values) -> int:
        axis = self.axes[name]
        for depth in range(1, axis.depth):
            groups = axis.values(depth)
            whole = np.bincount(groups)[np.unique(groups[list(values)])].sum()
            if whole == len(values):
                return depth
        return axis.depth

    def answered(self, predicates: Sequence[Predicate]) -> tuple[list[Predicate], float]:
        """Return which questions the vocabulary and the meter let through, in the order asked, and the largest rho."""
        opened: dict[int, set[ColumnSet]] = {}
        used: dict[int, float] = {}
        through = []
        for each in different(predicates):
            if not self.knows(each):
                continue
            there = opened.setdefault(each.snapshot, set())
            adding = there | {self.columns(part) for _, part in each.terms}
            if adding != there:
                rho = self.charge(adding)
                elsewhere = sum(used.values()) - used.get(each.snapshot, 0.0) if self.yearly else 0.0
                if rho + elsewhere > self.cap:
                    continue
                opened[each.snapshot], used[each.snapshot] = adding, rho
            through.append(each)
        return through, sum(used.values())

    def knows(self, each: Predicate) -> bool:
        """Return whether a question is within the vocabulary."""
        return all(len(part) <= self.widest for _, part in each.terms) and each.columns <= set(self.view)

    def charge(self, opened: set[ColumnSet]) -> float:
        """Return what tables cost together."""
        return spent(opened, self.axes, self.sd, LEVEL)

    def covariance(self, predicates: Sequence[Predicate]) -> Array:
        """Return the exact covariance of the noise of questions, for one level."""
        parts = list(dict.fromkeys((each.snapshot, part) for each in predicates for _, part in each.terms))
        total = np.full((len(parts), len(parts)), self.sd**2)
        for name, inner in self.kernels.items():
            weights = np.zeros((len(parts), ALL_SIZES[name]))
            for row, (_, part) in zip(weights, parts, strict=True):
                row[list(dict(part).get(name, range(ALL_SIZES[name])))] = 1
            total *= weights @ inner @ weights.T
        when = np.array([snapshot for snapshot, _ in parts])
        total *= when[:, None] == when[None]  # fresh noise at each snapshot
        place = {part: number for number, part in enumerate(parts)}
        signs = np.zeros((len(predicates), len(parts)))
        for row, each in zip(signs, predicates, strict=True):
            for sign, part in each.terms:
                row[place[each.snapshot, part]] += sign
        return signs @ total @ signs.T

    def noise(self, predicates: Sequence[Predicate], covariance: Array, draws: Sequence[int]) -> Array:
        """Return the noise of questions by level (draws, questions, levels), under one key each draw."""
        if not self.real:
            values, vectors = np.linalg.eigh(covariance)
            chance = np.random.default_rng([*draws, len(predicates)])
            return vectors * np.sqrt(values.clip(0)) @ chance.normal(size=(len(draws), len(values), len(LEVELS)))
        return np.array([[self._read(each, draw) for each in predicates] for draw in draws])

    def _read(self, each: Predicate, draw: int) -> Array:
        total = np.zeros(len(LEVELS))
        for sign, part in each.terms:
            total += sign * self._cell(part, each.snapshot, draw)
        return total

    def _cell(self, part: Conjunction, snapshot: int, draw: int) -> Array:
        columns = self.columns(part)
        if (draw, snapshot, columns) not in self.drawn:
            key = bytes([draw]) * 32
            self.drawn[draw, snapshot, columns] = noise(
                key, f"residents@{snapshot}", columns, self.axes, len(LEVELS), self.sd
            )
        chosen = []
        for (name, values), (_, depth) in zip(part, columns, strict=True):
            chosen.append(np.unique(self.axes[name].values(depth)[list(values)]))
        table = self.drawn[draw, snapshot, columns]
        picked = table[np.ix_(*chosen, np.arange(len(LEVELS)))] if chosen else table
        return picked.reshape(-1, len(LEVELS)).sum(0)

    def trial(self, ground: Ground, predicates: Sequence[Predicate], target: int, levels: Array) -> Trial:
        """Answer from the tables and decode all levels together."""
        through, rho = self.answered(predicates)
        refused = 1 - len(through) / max(1, len(different(predicates)))
        if not through:
            return Trial(0.0, np.zeros(self.draws), np.zeros(self.draws), refused, rho)
        questions = asked(ground.matrix(through), ground.size, target)
        covariance = self.covariance(through)
        others = crowd(ground, questions, target, levels)
        draws = range(self.draws) if self.real else [target * 97 + draw for draw in range(self.draws)]
        noisy = others + self.noise(through, covariance, draws)
        own = questions.inside[:, questions.place]
        middle = np.zeros(len(LEVELS))
        middle[list(PAIR)] = 0.5
        verdict = decode_levels(questions, covariance, noisy + own[:, None] * middle[None])
        half = verdict.information / 2  # the secret itself moves the statistic by so much, either way
        return Trial(verdict.information, verdict.statistics - half, verdict.statistics + half, refused, rho)


@dataclass(frozen=True)
class Separate(Tables):
    """The tables of `formal`: noise of its own for each column set, so that a question worded over another set is new."""

    name: str = "formal"
    scale: float = 16.0

    @cached_property
    def sd(self) -> float:
        """Return the scale of the noise of each table."""
        return self.scale * self.loudness

    def charge(self, opened: set[ColumnSet]) -> float:
        """Return what tables cost together: as much as each by itself."""
        return len(opened) * LEVEL / (2 * self.sd**2)

    def covariance(self, predicates: Sequence[Predicate]) -> Array:
        """Return the exact covariance: shared cells of the same table of the same snapshot."""
        parts = list(dict.fromkeys((each.snapshot, part) for each in predicates for _, part in each.terms))
        total = np.full((len(parts), len(parts)), self.sd**2)
        for name in self.axes:
            weights = np.zeros((len(parts), ALL_SIZES[name]))
            for row, (_, part) in zip(weights, parts, strict=True):
                values = dict(part).get(name)
                if values is not None:
                    depth = dict(self.columns(part))[name]
                    row[: self.axes[name].sizes[depth]][np.unique(self.axes[name].values(depth)[list(values)])] = 1
            named = weights.any(1)
            total *= np.where(named[:, None] & named[None], weights @ weights.T, 1.0)
        tables = [(snapshot, self.columns(part)) for snapshot, part in parts]
        total *= np.array([[one == other for other in tables] for one in tables])
        place = {part: number for number, part in enumerate(parts)}
        signs = np.zeros((len(predicates), len(parts)))
        for row, each in zip(signs, predicates, strict=True):
            for sign, part in each.terms:
                row[place[each.snapshot, part]] += sign
        return signs @ total @ signs.T


STANDARD = Tables()
FORMAL = Separate()
