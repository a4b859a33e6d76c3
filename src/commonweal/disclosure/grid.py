"""The grid: which cells may be named, whether or not anybody is in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonweal.disclosure.cells import Cells
from commonweal.disclosure.evidence import Counts, Flags
from commonweal.disclosure.keys import OUTSIDE, KeyCodes, packed
from commonweal.disclosure.rule import Rule

RULE = Rule(
    name="grid",
    promise="Whether a small cell is there at all cannot be told: a cell that cannot be shown either vanishes, or "
    "stands in a grid in which absent, empty and small cells look the same.",
    source="SDAP Handbook (zeros and empty cells); our own construction",
    choice="The grid is made of values that are known anyway: of each key, the values of any cell of the answer that "
    "is shown, public code lists, and very common values. Above 10,000 cells in a grouping set, and when no number "
    "is asked for, there is no grid. Beside totals, the parts of groups that are not named count as withheld whether or not "
    "anybody is in them. Where a profile shows zeros, an absent cell is a zero and gets no row.",
)

LARGEST = 10_000
LARGEST_UNNAMED = 40_000
"""The largest grid of rows that the answer does not name, and that totals are guarded with."""


@dataclass(frozen=True)
class Layout:
    """The rows that take part, sorted by set and keys.

    `source`: the measured row, or -1 for one that only the grid names; `sets` and `codes`: its grouping set and key
    codes; `named`: whether the row will be in the answer. Rows that are not named still count as withheld parts of
    totals.
    """

    source: Counts
    sets: Counts
    codes: NDArray[np.int64]
    named: Flags


def lay_out(cells: Cells, keys: KeyCodes, sets: Counts, small: Flags, zeros_hidden: bool) -> Layout:
    """Return all measured rows, those among them that may be named, and the rows that the grid adds."""
    source, number, codes, named = [np.arange(len(sets))], [sets], [keys.codes], ~small
    added_named = []
    for which, positions in enumerate(cells.grouping_sets):
        allowed = _allowed(cells, keys, sets, ~small, positions)
        if not cells.aggregates or np.prod([float(len(values)) for values in allowed]) > LARGEST:
            continue
        rows = np.flatnonzero(sets == which)
        own = keys.codes[rows][:, list(positions)]
        named[rows[_places(own, allowed) >= 0]] = True
        if zeros_hidden or not positions:
            absent = _absent(own, _observed(cells, keys, positions, allowed))
            added = np.full((len(absent), len(cells.keys)), OUTSIDE, dtype=np.int64)
            added[:, list(positions)] = absent
            source.append(np.full(len(absent), -1))
            number.append(np.full(len(absent), which))
            codes.append(added)
            added_named.append(_places(absent, allowed) >= 0)
    all_sets, all_codes = np.concatenate(number), np.concatenate(codes)
    order = np.argsort(packed(np.column_stack([all_sets, all_codes])), kind="stable")
    return Layout(
        np.concatenate(source)[order], all_sets[order], all_codes[order], np.concatenate([named, *added_named])[order]
    )


def _allowed(cells: Cells, keys: KeyCodes, sets: Counts, safe: Flags, positions: tuple[int, ...]) -> list[Counts]:
    """Return for each key of the set the codes that may be named, in order."""
    allowed = []
    for position in positions:
        shown = keys.codes[safe, position]
        allowed.append(np.union1d(shown[shown != OUTSIDE], keys.known[position]).astype(np.int64))
    return allowed


def _places(codes: NDArray[np.int64], allowed: list[Counts]) -> Counts:
    """Return each row's number in the cross product of `allowed`, or -1 where one of its keys may not be named."""
    place = np.zeros(len(codes), dtype=np.int64)
    nameable = np.ones(len(codes), dtype=np.bool_)
    for column, values in zip(codes.T, allowed, strict=True):
        index = np.searchsorted(values, column)
        nameable &= np.isin(column, values)
        place = place * len(values) + index
    return np.where(nameable, place, -1)


def _observed(cells: Cells, keys: KeyCodes, positions: tuple[int, ...], allowed: list[Counts]) -> list[Counts]:
    """Return for each key of the set the codes that absent rows are made of.

    Where there are totals those are all that any row has: which parts of a small group are empty would show in what else
    is withheld, even where the group is not named.
    """
    if len(cells.grouping_sets) < 2:
        return allowed
    seen = [keys.codes[:, position] for position in positions]
    observed = [
        np.union1d(column[column != OUTSIDE], own).astype(np.int64) for column, own in zip(seen, allowed, strict=True)
    ]
    return observed if np.prod([float(len(values)) for values in observed]) <= LARGEST_UNNAMED else allowed


def _absent(codes: NDArray[np.int64], allowed: list[Counts]) -> NDArray[np.int64]:
    """Return the rows of codes in the cross product that none of the measured ones has."""
    place = _places(codes, allowed)
    shape = tuple(len(values) for values in allowed)
    absent = np.ones(int(np.prod(shape)), dtype=np.bool_)
    absent[place[place >= 0]] = False
    missing = np.unravel_index(np.flatnonzero(absent), shape) if shape else ()
    if not shape:
        return np.zeros((int(absent[0]), 0), dtype=np.int64)
    return np.stack([values[index] for values, index in zip(allowed, missing, strict=True)], axis=1)
