"""Margins: which cells of an answer are totals of which others."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from commonweal.disclosure.evidence import Counts
from commonweal.disclosure.keys import OUTSIDE, packed


@dataclass(frozen=True)
class Margins:
    """Equations "this cell is the sum of those", for every pair of a coarser and a finer grouping set.

    `size`: cells, those of the layout first and then implied ones, which no row of the answer shows but two grouping
    sets share (as the total that ((a), (b)) implies); `cells`: how many are of the layout; `parent[e]`: the total of
    equation e; `child[j]` is a part of equation ``equation[j]``.
    """

    size: int
    cells: int
    parent: Counts
    child: Counts
    equation: Counts

    @property
    def equations(self) -> int:
        """Return the number of equations."""
        return len(self.parent)


def margins(sets: Counts, codes: NDArray[np.int64], grouping_sets: tuple[tuple[int, ...], ...]) -> Margins:
    """Return all equations between the cells of an answer; `sets` and `codes` as in a layout."""
    rows: dict[frozenset[int], tuple[Counts, NDArray[np.int64]]] = {}
    for number, positions in enumerate(grouping_sets):
        members = np.flatnonzero(sets == number)
        # The same set written twice is one set: its second copy shows nothing that the first does not.
        rows.setdefault(frozenset(positions), (members, codes[members]))
    for implied in _shared(set(rows)):
        rows.setdefault(implied, (np.zeros(0, dtype=np.int64), np.zeros((0, codes.shape[1]), dtype=np.int64)))
    size = len(sets)
    parents, children, equations, count = [], [], [], 0
    for coarse in sorted(rows, key=lambda positions: (-len(positions), sorted(positions))):
        finer = [fine for fine in rows if coarse < fine]
        if not finer:
            continue
        members, own = rows[coarse]
        projected = [_project(rows[fine][1], coarse) for fine in finer]
        groups, group = np.unique(packed(np.concatenate([own, *projected])), return_inverse=True)
        cell = np.full(len(groups), -1, dtype=np.int64)
        cell[group[: len(own)]] = members
        lacking = np.flatnonzero(cell < 0)
        cell[lacking] = np.arange(size, size + len(lacking))
        size += len(lacking)
        first = np.unique(group, return_index=True)[1][lacking]
        rows[coarse] = (
            np.concatenate([members, cell[lacking]]),
            np.concatenate([own, np.concatenate([own, *projected])[first]]),
        )
        start = len(own)
        for fine, projection in zip(finer, projected, strict=True):
            part = group[start : start + len(projection)]
            start += len(projection)
            used, index = np.unique(part, return_inverse=True)
            parents.append(cell[used])
            children.append(rows[fine][0])
            equations.append(index + count)
            count += len(used)
    nothing = [np.zeros(0, dtype=np.int64)]
    return Margins(
        size, len(sets), *(np.concatenate(nothing + parts).astype(np.int64) for parts in (parents, children, equations))
    )


def _shared(sets: set[frozenset[int]]) -> set[frozenset[int]]:
    """Return the sets that two of `sets` have in common, and so on until there are no more."""
    found = set(sets)
    while True:
        more = {one & other for one, other in combinations(found, 2)} - found
        if not more:
            return found - sets
        found |= more


def _project(codes: NDArray[np.int64], positions: frozenset[int]) -> NDArray[np.int64]:
    """Return the codes with every key outside `positions` taken out."""
    projected = np.full_like(codes, OUTSIDE)
    keep = sorted(positions)
    projected[:, keep] = codes[:, keep]
    return projected
