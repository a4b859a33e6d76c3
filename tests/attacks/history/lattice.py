"""Whole tables decoded at once, for everybody who is alone: everything that may be opened, or what a greedy attacker picks.

All that noisy tables tell is a precision between classes of people: for the shared table a sum over the opened subsets of
columns of projections (its parts are independent), for separate tables a sum over tables of "in the same cell". With it
the best linear decoder of every person at once is one linear system a direction of the secret.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import scipy.linalg

from commonweal.disclosure.metered.axis import Axis, ColumnSet, subsets
from commonweal.disclosure.metered.charge import LEVEL, spent
from commonweal.disclosure.metered.noise import part
from tests.attacks.history.decoding import LEVELS, PAIR
from tests.attacks.history.ground import Array, Ground

Name = str


def best_guess(rho: float) -> float:
    """Return the best chance of a right guess of a fair bit after Gaussian noise of this rho, whatever else is known."""
    return NormalDist().cdf(math.sqrt(2 * rho) / 2)


@dataclass(frozen=True)
class Decoded:
    """What whole tables tell about those who are alone: guesses right, what is hoped for, and the bound of their rho."""

    tables: int
    targets: int
    measured: float
    half_width: float
    expected: float
    worst: float
    rho: float

    @property
    def bound(self) -> float:
        """Return the best that somebody could do who knows everybody else's secret."""
        return best_guess(self.rho)

    def __str__(self) -> str:
        """Return a line of a table."""
        return (
            f"{self.tables} tables, measured {100 * self.measured:.1f} +-{100 * self.half_width:.1f} % "
            f"(expected {100 * self.expected:.1f}, worst 1 % {100 * self.worst:.1f}; {self.targets} targets; "
            f"rho {self.rho:.3f}, all others known {100 * self.bound:.1f})"
        )


def every_table(axes: Mapping[Name, Axis], most: int = 4) -> list[ColumnSet]:
    """Return the column sets of at most so many columns, at all their depths."""
    found: list[ColumnSet] = []
    for names in itertools.chain.from_iterable(itertools.combinations(sorted(axes), each) for each in range(most + 1)):
        found += [
            tuple(zip(names, depths, strict=True))
            for depths in itertools.product(*[range(1, axes[n].depth + 1) for n in names])
        ]
    return found


def parts(tables: Sequence[ColumnSet]) -> list[ColumnSet]:
    """Return the parts of which the noise of shared tables is made."""
    return sorted(frozenset[ColumnSet]().union(*(subsets(each) for each in tables)))


def projection(axis: Axis, depth: int) -> Array:
    """Return the projection of an axis's leaves on what the depth adds to the one above; leaves under one value alike."""

    def mean(step: int) -> Array:
        values = axis.values(step)
        alike = values[:, None] == values[None]
        return alike / alike.sum(1, keepdims=True)

    return mean(depth) - mean(depth - 1) if depth else mean(0)


def part_variance(subset: ColumnSet, axes: Mapping[Name, Axis], sd: float) -> float:
    """Return the variance of a part's noise along its projection, on the leaves of all axes; blocks of equal size."""
    depths = dict(subset)
    variance = sd**2
    for name, axis in axes.items():
        depth = depths.get(name, 0)
        below = axis.sizes[axis.depth] / axis.sizes[depth]
        kept = 1 - 1 / axis.largest_block(depth) if depth else 1.0
        variance /= below * kept
    return variance


def precision(
    values: Mapping[Name, Array],
    axes: Mapping[Name, Axis],
    weighted: Sequence[tuple[ColumnSet, float]],
    *,
    shared: bool,
) -> Array:
    """Return the precision between classes: of parts with their variances, or of separate tables with theirs."""
    number = len(next(iter(values.values())))
    blocks: dict[tuple[Name, int], Array] = {}
    for name, axis in axes.items():
        for depth in range(axis.depth + 1):
            leaf = axis.values(depth)
            inner = projection(axis, depth) if shared else (leaf[:, None] == leaf[None]).astype(float)
            blocks[name, depth] = inner.astype(np.float32)[np.ix_(values[name], values[name])]
    names = list(axes)
    total = np.zeros((number, number), np.float32)

    def add(done: int, product: Array | None, left: list[tuple[dict[Name, int], float]]) -> None:
        nonlocal total
        if done == len(names):
            weight = np.float32(sum(each for _, each in left))
            total += weight if product is None else product * weight
            return
        name = names[done]
        for depth in range(axes[name].depth + 1):
            going = [each for each in left if each[0].get(name, 0) == depth]
            if going:
                block = blocks[name, depth]
                plain = not shared and depth == 0  # everybody is alike in a column that a table leaves out
                add(done + 1, product if plain else block if product is None else product * block, going)

    add(0, None, [(dict(columns), 1 / variance) for columns, variance in weighted])
    return total


def decode(
    ground: Ground, axes: Mapping[Name, Axis], tables: Sequence[ColumnSet], sd: float, *, shared: bool = True,
    seed: int = 1, draws: int = 2, most_targets: int = 2000,
) -> Decoded:  # fmt: skip
    """Decode all tables together about everybody who is alone, with secrets and noise drawn so many times.

    The noise of the shared table is that of the program (`part`); that of separate tables is rounded Gaussian.
    """
    chance = np.random.default_rng(seed)
    if shared:
        weighted = [(each, part_variance(each, axes, sd)) for each in parts(tables)]
        rho = spent(tables, axes, sd, LEVEL)
    else:
        weighted = [(each, sd**2) for each in tables]
        rho = len(tables) * LEVEL / (2 * sd**2)
    told = precision(ground.values, axes, weighted, shared=shared)
    alone = chance.permutation(ground.alone)[:most_targets]
    spectrum, vectors = np.linalg.eigh(np.diag(LEVELS) - np.outer(LEVELS, LEVELS))
    wanted = np.zeros(len(LEVELS))
    wanted[PAIR[0]], wanted[PAIR[1]] = -1, 1
    drawn = [_seen(ground, axes, weighted, told, sd, chance, draw, shared=shared) for draw in range(draws)]
    information = np.zeros(len(alone))
    statistics = np.zeros((draws, len(alone)))
    for value, vector in zip(spectrum, vectors.T, strict=True):
        along = float(vector @ wanted)
        if abs(along) < 1e-9:
            continue
        variance = max(float(value), 1e-9)
        spread = 1 / (variance * ground.size)
        factor = scipy.linalg.cho_factor(told.astype(np.float64) + np.diag(spread), lower=True, overwrite_a=True)
        unit = np.zeros((len(ground.size), len(alone)))
        unit[alone, np.arange(len(alone))] = 1
        inverse = scipy.linalg.cho_solve(factor, unit, overwrite_b=True)[alone, np.arange(len(alone))]
        own = spread[alone] - spread[alone] ** 2 * inverse
        out = 1 / (1 - variance * own)  # the target does not belong to the crowd
        information += along**2 * own * out
        for draw, (seen, left) in enumerate(drawn):
            solved = scipy.linalg.cho_solve(factor, seen @ vector)
            statistics[draw] += along * out * ((spread * solved)[alone] - own * (left[alone] @ vector))
    hopes = np.array([NormalDist().cdf(math.sqrt(max(each, 0)) / 2) for each in information])
    right = ((information / 2 + statistics > 0) * 0.5 + (information / 2 - statistics > 0) * 0.5).mean(0)
    half = 1.96 * float(right.std(ddof=1)) / math.sqrt(len(right))
    return Decoded(
        len(tables), len(alone), float(right.mean()), half, float(hopes.mean()), float(np.quantile(hopes, 0.99)), rho
    )


def _seen(
    ground: Ground, axes: Mapping[Name, Axis], weighted: Sequence[tuple[ColumnSet, float]], told: Array, sd: float,
    chance: np.random.Generator, draw: int, *, shared: bool,
) -> tuple[Array, Array]:  # fmt: skip
    """Return precision times (what was seen less what was to be expected), by class and level, and the secrets' own part."""
    counts = chance.multinomial(ground.size.astype(int), LEVELS)
    left = counts - ground.size[:, None] * LEVELS[None]
    seen = told.astype(np.float64) @ left
    for columns, variance in weighted:
        if shared:
            noisy = part(
                bytes([draw + 1]) * 32,
                f"whole@{chance.bit_generator.state['state']['state'] % 97}",
                columns,
                axes,
                len(LEVELS),
                sd,
            )
        else:
            noisy = np.rint(chance.normal(0, sd, (*(axes[name].sizes[depth] for name, depth in columns), len(LEVELS))))
        depths = dict(columns)
        share = np.ones(1)
        for name, axis in axes.items():
            if shared:
                share = share * axis.shares(depths.get(name, 0), axis.depth)[ground.values[name]]
        place = tuple(axes[name].values(depth)[ground.values[name]] for name, depth in columns)
        seen += (noisy[place] if place else noisy[None]) * share[:, None] / variance
    return seen, left


def greedy(ground: Ground, axes: Mapping[Name, Axis], sd: float, cap: float, *, shared: bool = True) -> list[ColumnSet]:
    """Return the tables that tell most about those who are alone for what they cost, until the meter closes."""
    crowding = float(LEVELS[PAIR[0]] * (1 - LEVELS[PAIR[0]]))
    scored = []
    for columns in every_table(axes):
        code = np.zeros(len(ground.size), np.int64)
        for name, depth in columns:
            code = code * axes[name].sizes[depth] + axes[name].values(depth)[ground.values[name]]
        people = np.bincount(code, ground.size)[code[ground.alone]]
        told = float((1 / (crowding * people + sd**2)).mean())
        scored.append((told, columns))
    opened: list[ColumnSet] = []
    for _, columns in sorted(scored, reverse=True):
        total = spent([*opened, columns], axes, sd, LEVEL) if shared else (len(opened) + 1) * LEVEL / (2 * sd**2)
        if total <= cap:
            opened.append(columns)
    return opened
