"""Nested partitions of the levels of a column, and the sets of columns that tables are made of.

A column that many people know of each other (ward, age, tenancy) is an `Axis`: depth 0 is everybody in one value, each
further depth splits every value of the one before, and the deepest has the leaves of the contract. A column without
coarser rungs has depth 1. Children may be few or many, also one.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

ColumnSet = tuple[tuple[str, int], ...]
"""Which columns at which depth (1 or more), sorted by name; ``()`` is everybody."""

Whole = NDArray[np.int64]
Real = NDArray[np.float64]


@dataclass(frozen=True)
class Axis:
    """A column's nested values: ``parents[d][v]`` is the value at depth d of the value v at depth d + 1.

    ``parents[0]`` is all zeros. Every value of a depth has at least one child at the next. Raises ValueError otherwise.
    """

    name: str
    parents: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        """Check that each depth splits the one before, leaving no value without a child."""
        if not self.parents:
            raise ValueError(f"the axis {self.name} needs at least one depth")
        above = 1
        for depth, parents in enumerate(self.parents):
            if set(parents) != set(range(above)):
                raise ValueError(f"depth {depth + 1} of the axis {self.name} does not split each of the {above} above")
            above = len(parents)

    @classmethod
    def flat(cls, name: str, size: int) -> Axis:
        """Return an axis of `size` values without coarser rungs."""
        return cls(name, ((0,) * size,))

    @classmethod
    def ladder(cls, name: str, leaves: int, rungs: Iterable[tuple[int, ...]] = ()) -> Axis:
        """Return an axis from coarser groupings of the leaves, finest first: ``rung[leaf]`` is the group of a leaf.

        Raises ValueError when a coarser rung splits a group of a finer one, or a rung names other than all leaves.
        """
        depths = [(0,) * leaves, *reversed(list(rungs)), tuple(range(leaves))]
        parents = []
        for above, below in itertools.pairwise(depths):
            if len(above) != leaves or len(below) != leaves:
                raise ValueError(f"each rung of the axis {name} needs a group for each of its {leaves} leaves")
            pairs = set(zip(below, above, strict=True))
            if len(pairs) != len(set(below)):
                raise ValueError(f"a coarser rung of the axis {name} splits a group of a finer one")
            parents.append(tuple(group for _, group in sorted(pairs)))
        return cls(name, tuple(parents))

    @property
    def depth(self) -> int:
        """Return the depth of the leaves."""
        return len(self.parents)

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Return the number of values at each depth, from depth 0 (one)."""
        return (1, *(len(parents) for parents in self.parents))

    @cached_property
    def _parents(self) -> tuple[Whole, ...]:
        return tuple(np.asarray(parents, dtype=np.int64) for parents in self.parents)

    @cached_property
    def _siblings(self) -> tuple[Whole, ...]:
        counted = [np.bincount(parents)[parents] for parents in self._parents]
        return (np.ones(1, dtype=np.int64), *counted)

    def siblings(self, depth: int) -> Whole:
        """Return, for each value at a depth, how many values its block has: the children of its parent, itself among
        them."""
        return self._siblings[depth]

    def blocks(self, depth: int) -> Whole:
        """Return, for each value at a depth of 1 or more, its parent at the depth above."""
        return self._parents[depth - 1]

    def values(self, depth: int, below: int | None = None) -> Whole:
        """Return, for each value at the depth `below` (None: each leaf), its value at `depth`, which is not deeper."""
        below = self.depth if below is None else below
        if not 0 <= depth <= below <= self.depth:
            raise ValueError(f"the axis {self.name} has no depth {depth} above {below}")
        index = np.arange(self.sizes[below])
        for step in range(below, depth, -1):
            index = self._parents[step - 1][index]
        return index

    def shares(self, depth: int, below: int) -> Real:
        """Return, for each value at the depth `below`, its share of its value at `depth` when each value is split
        evenly among its children, step by step.

        Shares of one value add up to 1 at any depth, whatever the number of children. (Evenly among all *descendants*
        would not do: a table of districts and one of wards would share out a total differently.)
        """
        share = np.ones(self.sizes[below])
        for step in range(below, depth, -1):
            share /= self._siblings[step][self.values(step, below)]
        return share

    def largest_block(self, depth: int) -> int:
        """Return the size of the largest block at a depth."""
        return int(self._siblings[depth].max())


def checked(columns: ColumnSet, axes: Mapping[str, Axis]) -> ColumnSet:
    """Return the column set, known to be sorted, without repetition and within the axes; raises ValueError if not."""
    names = [name for name, _ in columns]
    if names != sorted(set(names)):
        raise ValueError("a column set is sorted by name and names each column once")
    for name, depth in columns:
        if name not in axes or axes[name].name != name:
            raise ValueError(f"there is no axis named {name}")
        if not 1 <= depth <= axes[name].depth:
            raise ValueError(f"the axis {name} has no depth {depth}: it has 1 to {axes[name].depth}")
    return columns


def shape(columns: ColumnSet, axes: Mapping[str, Axis]) -> tuple[int, ...]:
    """Return the number of values of each column."""
    return tuple(axes[name].sizes[depth] for name, depth in columns)


def cells(columns: ColumnSet, axes: Mapping[str, Axis]) -> int:
    """Return the number of cells of the table of a column set."""
    return math.prod(shape(columns, axes))


@lru_cache(maxsize=4096)
def subsets(columns: ColumnSet) -> frozenset[ColumnSet]:
    """Return every column set whose table can be added up from that of `columns`: each column at its depth, at any
    depth above, or left out. Itself and ``()`` are among them."""
    choices = [[(), *(((name, step),) for step in range(1, depth + 1))] for name, depth in columns]
    return frozenset(tuple(itertools.chain.from_iterable(choice)) for choice in itertools.product(*choices))


def meet(left: ColumnSet, right: ColumnSet) -> ColumnSet:
    """Return the finest column set below both."""
    depths = dict(right)
    return tuple((name, min(depth, depths[name])) for name, depth in left if name in depths)
