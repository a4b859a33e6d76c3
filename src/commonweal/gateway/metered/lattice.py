"""The lattice of a reading: at which depth each column is read, and the cells that conditions and keys pick.

Arrays over parts (levels) become arrays over cells by taking one leaf for each place of the depth that is read, which is
sound because a depth is only chosen when nothing in the question differs inside its places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import NDArray

from commonweal.gateway.metered.feature import Feature
from commonweal.gateway.metered.reading import Condition, KeyReading, Reading

Codes = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Coded:
    """A key in numbers: the code of its value on the parts of its features, and the value of each code."""

    name: str
    features: tuple[Feature, ...]
    codes: Codes
    values: tuple[object, ...]

    @classmethod
    def of(cls, key: KeyReading) -> Coded:
        """Number a key's values, in the order in which they are first met."""
        numbers: dict[object, int] = {}
        codes = np.empty(key.values.shape, dtype=np.int64)
        for place, value in np.ndenumerate(key.values):
            codes[place] = numbers.setdefault(value, len(numbers))
        return cls(key.name, key.features, codes, tuple(numbers))


@dataclass(frozen=True)
class Lattice:
    """A reading's columns with their depths, and its keys in numbers.

    `together`: all grouping sets are read from the table of all keys, so that totals add up whatever its noise.
    """

    reading: Reading
    keys: tuple[Coded, ...]
    together: bool = False
    _groups: dict[tuple[int, ...], tuple[Groups, tuple[Feature, ...]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    @cached_property
    def depths(self) -> Mapping[Feature, int]:
        """Return the coarsest depth of each lattice column inside which nothing in the question differs."""
        arrays: list[tuple[tuple[Feature, ...], Codes]] = [(key.features, key.codes) for key in self.keys]
        conditions = [*self.reading.where, *(c for target in self.reading.targets for c in target.conditions)]
        arrays += [(c.features, c.holds.astype(np.int64)) for c in conditions]
        summed = {f for target in self.reading.targets for f in target.of}
        return {
            feature: feature.levels.depth if feature in summed else _depth(feature, arrays)
            for feature in self.reading.parts
            if not feature.secret
        }

    def columns(self, features: Sequence[Feature]) -> tuple[tuple[Feature, int], ...]:
        """Return lattice columns with their depths."""
        return tuple((feature, self.depths[feature]) for feature in features)

    def places(self, feature: Feature) -> Codes:
        """Return, for each place of a lattice column at its depth, one leaf in it."""
        return self._places[feature]

    @cached_property
    def _places(self) -> Mapping[Feature, Codes]:
        return {
            feature: np.unique(np.asarray(feature.levels.groups_at(depth)), return_index=True)[1].astype(np.int64)
            for feature, depth in self.depths.items()
        }

    def over(self, values: np.ndarray, of: Sequence[Feature], grid: Sequence[Feature]) -> np.ndarray:
        """Return an array over the parts of `of` as one over the cells of `grid`, to be broadcast."""
        for axis, feature in enumerate(of):
            values = np.take(values, self.places(feature), axis=axis)
        order = sorted(range(len(of)), key=lambda axis: grid.index(of[axis]))
        values = np.transpose(values, order)
        shape = [len(self.places(f)) if f in of else 1 for f in grid]
        return values.reshape(shape)

    def shape(self, grid: Sequence[Feature]) -> tuple[int, ...]:
        """Return how many places each column of a grid has."""
        return tuple(len(self.places(feature)) for feature in grid)

    def mask(self, conditions: Sequence[Condition], grid: Sequence[Feature]) -> Mask:
        """Return the cells of a grid on which all conditions on lattice columns hold."""
        found = np.ones(self.shape(grid), dtype=bool)
        for condition in conditions:
            if not any(feature.secret for feature in condition.features):
                found &= self.over(condition.holds, condition.features, grid)
        return found

    def group_codes(self, keys: Sequence[Coded], grid: Sequence[Feature]) -> Codes:
        """Return for each cell of a grid one number for the values of the given keys on lattice columns."""
        found = np.zeros(self.shape(grid), dtype=np.int64)
        for key in keys:
            found = found * len(key.values) + self.over(key.codes, key.features, grid)
        return found


@dataclass(frozen=True)
class Groups:
    """The groups of one grouping set: on lattice columns `quasi` and by secrets `secret`; every pair is a row.

    `number` maps the number of a combination of values of the lattice keys to its group, -1 for none.
    """

    quasi_keys: tuple[Coded, ...]
    secret_keys: tuple[Coded, ...]
    quasi: tuple[int, ...]
    secret: tuple[int, ...]
    number: Codes

    def values(self, key: Coded) -> list[object]:
        """Return a key's value in every row, the lattice's groups running slower."""
        quasi = key in self.quasi_keys
        keys, combinations = (self.quasi_keys, self.quasi) if quasi else (self.secret_keys, self.secret)
        place = keys.index(key)
        below = prod(len(other.values) for other in keys[place + 1 :])
        found = [key.values[code // below % len(key.values)] for code in combinations]
        if quasi:
            return [value for value in found for _ in self.secret]
        return found * len(self.quasi)


def groups_of(lattice: Lattice, members: Sequence[int]) -> tuple[Groups, tuple[Feature, ...]]:
    """Return the groups of a grouping set (indexes of keys), and the lattice columns that they need; worked out once."""
    known = tuple(members)
    if known not in lattice._groups:
        lattice._groups[known] = _groups_of(lattice, members)
    return lattice._groups[known]


def _groups_of(lattice: Lattice, members: Sequence[int]) -> tuple[Groups, tuple[Feature, ...]]:
    reading = lattice.reading
    keys = [lattice.keys[index] for index in members]
    quasi_keys = tuple(key for key in keys if not any(f.secret for f in key.features))
    secret_keys = tuple(key for key in keys if key not in quasi_keys)
    conditions = [c for c in reading.where if not any(f.secret for f in c.features)]
    gridded = quasi_keys
    if lattice.together:
        gridded = tuple(key for key in lattice.keys if not any(f.secret for f in key.features))
    used = {f for key in gridded for f in key.features} | {f for c in conditions for f in c.features}
    grid = tuple(sorted(used, key=lambda feature: feature.name))
    codes, inside = lattice.group_codes(quasi_keys, grid), lattice.mask(conditions, grid)
    present = np.unique(np.broadcast_to(codes, inside.shape)[inside])
    if not quasi_keys:
        present = np.zeros(1, dtype=np.int64)  # without keys there is one row, also of nobody
    number = np.full(prod(len(key.values) for key in quasi_keys), -1, dtype=np.int64)
    number[present] = np.arange(len(present))
    return Groups(quasi_keys, secret_keys, tuple(present.tolist()), _secret_groups(lattice, secret_keys), number), grid


def _secret_groups(lattice: Lattice, keys: Sequence[Coded]) -> tuple[int, ...]:
    """Return the combinations of values of keys on secrets that the conditions of WHERE leave."""
    if not keys:
        return (0,)
    reading = lattice.reading
    features = tuple(dict.fromkeys(f for key in keys for f in key.features))
    sizes = tuple(len(reading.parts[feature]) for feature in features)
    inside = np.ones(sizes, dtype=bool)
    for condition in reading.where:
        if condition.features and set(condition.features) <= set(features):
            inside &= spread(condition.holds, condition.features, features)
    codes = np.zeros(sizes, dtype=np.int64)
    for key in keys:
        codes = codes * len(key.values) + spread(key.codes, key.features, features)
    return tuple(np.unique(codes[inside]).tolist())


def spread(values: np.ndarray, of: Sequence[Feature], over: Sequence[Feature]) -> np.ndarray:
    """Return an array over the parts of `of` as one over the parts of `over`, to be broadcast."""
    order = sorted(range(len(of)), key=lambda axis: over.index(of[axis]))
    values = np.transpose(values, order)
    sizes = iter(values.shape)
    return values.reshape([next(sizes) if feature in of else 1 for feature in over])


def _depth(feature: Feature, arrays: Sequence[tuple[tuple[Feature, ...], Codes]]) -> int:
    own = [np.moveaxis(codes, features.index(feature), 0) for features, codes in arrays if feature in features]
    for depth in range(1, feature.levels.depth):
        groups = np.asarray(feature.levels.groups_at(depth))
        if all(_is_constant(codes, groups) for codes in own):
            return depth
    return feature.levels.depth


def _is_constant(codes: Codes, groups: Codes) -> bool:
    first = np.unique(groups, return_index=True)[1]
    return bool((codes == codes[first][groups]).all())


def lattice_of(reading: Reading, *, together: bool = False) -> Lattice:
    """Return the lattice of a reading."""
    return Lattice(reading, tuple(Coded.of(key) for key in reading.keys), together)
