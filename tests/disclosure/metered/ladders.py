"""Axes of all shapes for the tests, and the noise of tables as an exact linear map of its white draws."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping

import numpy as np
import pytest
from hypothesis import strategies as st

from commonweal.disclosure.metered import noise as noise_file
from commonweal.disclosure.metered.axis import Axis, ColumnSet, Real, cells, subsets
from commonweal.disclosure.metered.noise import noise
from commonweal.disclosure.metered.stream import GRID

REGULAR = {
    "age": Axis("age", ((0, 0), (0, 0, 1, 1))),
    "sex": Axis.flat("sex", 2),
    "tenancy": Axis.flat("tenancy", 3),
    "ward": Axis.flat("ward", 5),
}
RAGGED = {
    # Children in no order, three of one and one of another; a depth where nothing splits; a depth of single children.
    "age": Axis("age", ((0, 0), (1, 0, 1, 1))),
    "month": Axis("month", ((0,), (0, 0, 0), (0, 1, 2))),
    "sex": Axis.flat("sex", 2),
    "ward": Axis("ward", ((0, 0, 0), (0, 1, 1, 2, 2, 2))),
}


@st.composite
def axis(draw: st.DrawFn, name: str) -> Axis:
    """An axis of one to three depths, with one to four children for each value, in any order."""
    parents, above = [], 1
    for _ in range(draw(st.integers(1, 3))):
        families = draw(st.lists(st.integers(1, 4 if above < 4 else 2), min_size=above, max_size=above))
        drawn = [value for value, children in enumerate(families) for _ in range(children)]
        parents.append(tuple(draw(st.permutations(drawn))))
        above = len(drawn)
        if above > 8:
            break
    return Axis(name, tuple(parents))


@st.composite
def axes(draw: st.DrawFn, most: int = 3) -> dict[str, Axis]:
    """One to three axes."""
    return {name: draw(axis(name)) for name in "abc"[: draw(st.integers(1, most))]}


def column_sets(of: Mapping[str, Axis], most: int = 9) -> list[ColumnSet]:
    """Every column set of at most so many columns."""
    finest = tuple(sorted((name, each.depth) for name, each in of.items()))
    return sorted(columns for columns in subsets(finest) if len(columns) <= most)


def draws(of: Mapping[str, Axis]) -> dict[ColumnSet, int]:
    """The first white draw of each subset, counting all."""
    starts = np.cumsum([0, *(cells(each, of) for each in column_sets(of))])
    return dict(zip([*column_sets(of), (("all", 0),)], starts.tolist(), strict=True))


def linear_map(
    monkeypatch: pytest.MonkeyPatch, of: Mapping[str, Axis], tables: Collection[ColumnSet], sd: float
) -> dict[ColumnSet, Real]:
    """The noise of tables, by the real code, as matrices (cells, independent standard draws).

    The levels of a table are independent, so one table with as many levels as there are draws, each with one draw of
    its own that is 1 and else zeros, is the whole map.
    """
    starts = draws(of)
    total = starts.pop((("all", 0),))
    which: list[ColumnSet] = []

    def label(_: str, subset: ColumnSet, *__: object) -> bytes:
        which.append(subset)
        return b""

    def white(_: bytes, __: bytes, scale: Real) -> Real:
        start, size = starts[which[-1]], scale[..., 0].size
        hot = np.zeros((size, total))
        hot[np.arange(size), start + np.arange(size)] = 1
        return hot.reshape(scale.shape) * scale * GRID

    monkeypatch.setattr(noise_file, "seed", label)
    monkeypatch.setattr(noise_file, "white", white)
    return {
        columns: noise(bytes(32), "", columns, of, total, sd).reshape(cells(columns, of), total) for columns in tables
    }


def seen(of: Mapping[str, Axis], columns: ColumnSet, person: Mapping[str, int]) -> Real:
    """Which cell of a table somebody is in, by the leaf of each axis: 1 there, else 0."""
    table = np.zeros([of[name].sizes[depth] for name, depth in columns])
    table[tuple(of[name].values(depth)[person[name]] for name, depth in columns)] = 1
    return table.ravel()


def persons(of: Mapping[str, Axis]) -> list[dict[str, int]]:
    """Somebody in every cell of the finest table."""
    return [
        dict(zip(of, leaves, strict=True))
        for leaves in itertools.product(*(range(each.sizes[-1]) for each in of.values()))
    ]
