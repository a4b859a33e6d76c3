from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.disclosure.audit import derived, intervals
from commonweal.disclosure.margins import Margins, margins

WIDTH = 3
CUBE = ((), (0,), (1,), (0, 1))


def cube() -> tuple[Margins, np.ndarray]:  # type: ignore[type-arg]
    """Return the equations of a 3 by 3 table with totals, and for each cell which of the nine it sums."""
    sets, codes, members = [], [], []
    for number, positions in enumerate(CUBE):
        for key in product(*[range(WIDTH) if i in positions else (-1,) for i in range(2)]):
            sets.append(number)
            codes.append(key)
            members.append(
                [
                    all(k in (-1, c) for k, c in zip(key, corner, strict=True))
                    for corner in product(range(WIDTH), repeat=2)
                ]
            )
    return margins(np.array(sets), np.array(codes), CUBE), np.array(members, dtype=float)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=9, max_size=9), st.lists(st.booleans(), min_size=16, max_size=16))
def test_bounds_always_hold_the_truth(counts: list[int], hidden: list[bool]) -> None:
    equations, members = cube()
    exact = members @ np.array(counts, dtype=float)
    unknown = np.array(hidden)
    low, high = intervals(np.where(unknown, 0.0, exact - 2), np.where(unknown, np.inf, exact + 2), equations)
    assert (low <= exact).all()
    assert (exact <= high).all()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=9, max_size=9), st.lists(st.booleans(), min_size=16, max_size=16))
def test_what_is_derived_has_no_width(counts: list[int], hidden: list[bool]) -> None:
    equations, members = cube()
    exact = members @ np.array(counts, dtype=float)
    unknown = np.array(hidden)
    leaked, through = derived(unknown, equations)
    low, high = intervals(np.where(unknown, 0.0, exact), np.where(unknown, np.inf, exact), equations)
    assert (low[leaked] == high[leaked]).all()
    assert (through[leaked] >= 0).all()
    assert not leaked[~unknown].any()


def test_one_unknown_part_is_given_away_and_two_are_not() -> None:
    equations, _ = cube()
    unknown = np.zeros(16, dtype=bool)
    unknown[7] = True
    assert derived(unknown, equations)[0].tolist() == unknown.tolist()
    unknown[[8, 10, 11]] = True  # a rectangle
    assert not derived(unknown, equations)[0].any()


def test_parts_that_overlap_give_no_knowledge() -> None:
    equations = margins(np.array([0, 1, 1]), np.array([[-1], [0], [1]]), ((), (0,)))
    low, high = intervals(np.array([58.0, 58.0, 0.0]), np.array([62.0, 62.0, np.inf]), equations)
    assert high[2] == 4.0
    low, high = intervals(np.array([58.0, 98.0, 0.0]), np.array([62.0, 102.0, np.inf]), equations)
    assert (low[2], high[2]) == (0.0, np.inf)
