"""What an attacker knows: everybody's known attributes, by class of people who are alike in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

from tests.attacks.history.predicate import ALL_SIZES, Conjunction, Predicate, conjunction
from tests.residents.people import SIZES, Residents

Array = np.ndarray[Any, np.dtype[Any]]

KNOWN = tuple(SIZES)


@dataclass(frozen=True)
class Ground:
    """Classes of people: `values` the code of each class in each column, `size` its people, `of` each person's class."""

    values: dict[str, Array]
    size: Array
    of: Array

    @cached_property
    def alone(self) -> Array:
        """Return the classes of one person."""
        return np.flatnonzero(self.size == 1)

    def member(self, each: Conjunction) -> Array:
        """Return which classes are in a conjunction."""
        inside = np.ones(len(self.size), bool)
        for name, values in each:
            allowed = np.zeros(ALL_SIZES[name], bool)
            allowed[list(values)] = True
            inside &= allowed[self.values[name]]
        return inside

    def matrix(self, predicates: Sequence[Predicate]) -> Array:
        """Return predicates by classes: 1 where a class is in."""
        seen: dict[Conjunction, Array] = {}
        rows = np.zeros((len(predicates), len(self.size)), np.float32)
        for row, predicate in zip(rows, predicates, strict=True):
            for sign, each in predicate.terms:
                if each not in seen:
                    seen[each] = self.member(each)
                row += sign * seen[each]
        return rows

    def describe(self, target: int, columns: Sequence[str] = KNOWN) -> Conjunction:
        """Return what is known of a class, in some columns."""
        return conjunction({name: int(self.values[name][target]) for name in columns})

    def people(self, each: Conjunction) -> int:
        """Return how many people are in a conjunction."""
        return int(self.size[self.member(each)].sum())

    def descriptions(self, target: int, *, widest: int = 5, fewest: int = 0, most: int = 10**9) -> list[Conjunction]:
        """Return the descriptions of the target by one to `widest` columns that so many people share, smallest first."""
        agree = np.array([self.values[name] == self.values[name][target] for name in KNOWN])
        pattern = (agree * (1 << np.arange(len(KNOWN)))[:, None]).sum(0)
        by_pattern = np.bincount(pattern, self.size, 1 << len(KNOWN))
        found = []
        for count in range(1, widest + 1):
            for columns in combinations(range(len(KNOWN)), count):
                mask = sum(1 << each for each in columns)
                shared = int(by_pattern[(np.arange(1 << len(KNOWN)) & mask) == mask].sum())
                if fewest <= shared <= most:
                    found.append((shared, self.describe(target, [KNOWN[each] for each in columns])))
        return [each for _, each in sorted(found, key=lambda pair: pair[0])]

    def narrowest(self, target: int, widest: int, around: Conjunction = ()) -> Conjunction:
        """Return what singles the target out best in `widest` columns, those of `around` among them."""
        if widest >= len(KNOWN):
            return self.describe(target)
        columns = {name for name, _ in around}
        for each in self.descriptions(target, widest=widest):
            if len(each) == widest and columns <= {name for name, _ in each}:
                return each
        return self.describe(target, sorted(columns) or KNOWN[:widest])


def ground(residents: Residents, *, second_geography: bool = False, months: bool = False, seed: int = 3) -> Ground:
    """Return the classes of residents, with a second geography (97 % of a ward are in one sector) and months if wanted."""
    chance = np.random.default_rng(seed)
    values = dict(residents.known)
    if second_geography:
        nested = values["ward"] * 3 // 2 % ALL_SIZES["sector"]
        moved = chance.random(residents.number) < 0.97
        values["sector"] = np.where(moved, nested, chance.integers(0, ALL_SIZES["sector"], residents.number))
    if months:
        values["month"] = chance.integers(0, ALL_SIZES["month"], residents.number)
    code = np.zeros(residents.number, np.int64)
    for name, each in values.items():
        code = code * ALL_SIZES[name] + each
    _, first, of, size = np.unique(code, return_index=True, return_inverse=True, return_counts=True)
    return Ground({name: each[first] for name, each in values.items()}, size.astype(float), of)
