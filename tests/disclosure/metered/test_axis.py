from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from commonweal.disclosure.metered.axis import Axis, cells, checked, meet, shape, subsets
from tests.disclosure.metered.ladders import RAGGED, axes, axis, column_sets


@pytest.mark.parametrize(
    "parents",
    [(), ((),), ((1,),), ((0, 1),), ((0, 0), (0, 0)), ((0, 0), (0, 2, 1)), ((0, 0), (0, 1), (0, 0))],
    ids=[
        "no depth",
        "no value",
        "not all",
        "two roots",
        "without a child",
        "too many parents",
        "no child further down",
    ],
)
def test_an_axis_that_does_not_nest_is_refused(parents: tuple[tuple[int, ...], ...]) -> None:
    with pytest.raises(ValueError, match="axis ward"):
        Axis("ward", parents)


def test_a_ladder_is_read_from_the_groups_of_its_leaves() -> None:
    ward = Axis.ladder("ward", 6, [(0, 0, 1, 1, 2, 2), (0, 0, 0, 0, 1, 1)])
    assert ward.parents == ((0, 0), (0, 0, 1), (0, 0, 1, 1, 2, 2))
    assert ward.sizes == (1, 2, 3, 6)
    assert ward.values(1).tolist() == [0, 0, 0, 0, 1, 1]
    assert ward.values(2, 3).tolist() == [0, 0, 1, 1, 2, 2]
    assert ward.values(0, 2).tolist() == [0, 0, 0]
    assert Axis.ladder("sex", 2) == Axis.flat("sex", 2)


@pytest.mark.parametrize("rungs", [[(0, 0, 1, 1), (0, 1, 1, 1)], [(0, 0, 1)], [(0, 0, 2, 2)]])
def test_a_ladder_whose_rungs_do_not_nest_is_refused(rungs: list[tuple[int, ...]]) -> None:
    with pytest.raises(ValueError, match="axis ward"):
        Axis.ladder("ward", 4, rungs)


@given(axis("age"))
def test_values_and_shares_agree_at_every_depth(age: Axis) -> None:
    for below in range(age.depth + 1):
        for depth in range(below + 1):
            values, shares = age.values(depth, below), age.shares(depth, below)
            assert np.allclose(np.bincount(values, shares, minlength=age.sizes[depth]), 1)
            for middle in range(depth, below + 1):
                assert (age.values(depth, middle)[age.values(middle, below)] == values).all()
                through = age.shares(depth, middle)[age.values(middle, below)] * age.shares(middle, below)
                assert np.allclose(through, shares)
        if below:
            blocks = np.bincount(age.blocks(below))
            assert (age.siblings(below) == blocks[age.blocks(below)]).all()
            assert age.largest_block(below) == blocks.max()
    with pytest.raises(ValueError, match="no depth"):
        age.values(age.depth + 1)


@given(axes())
def test_subsets_are_all_and_only_the_totals(of: dict[str, Axis]) -> None:
    for columns in column_sets(of):
        expected = 1
        for _, depth in columns:
            expected *= depth + 1
        assert len(subsets(columns)) == expected
        assert columns in subsets(columns)
        assert () in subsets(columns)
        for subset in subsets(columns):
            assert checked(subset, of) == subset
            assert meet(columns, subset) == subset == meet(subset, columns)
    for left in column_sets(of):
        for right in column_sets(of)[:7]:
            assert subsets(left) & subsets(right) == subsets(meet(left, right))


def test_column_sets_check_themselves() -> None:
    columns = (("age", 2), ("ward", 1))
    assert checked(columns, RAGGED) == columns
    assert shape(columns, RAGGED) == (4, 3)
    assert cells(columns, RAGGED) == 12
    for wrong in [(("ward", 1), ("age", 2)), (("age", 1), ("age", 2)), (("agee", 1),), (("age", 0),), (("age", 3),)]:
        with pytest.raises(ValueError, match=r"axis|sorted"):
            checked(wrong, RAGGED)
    with pytest.raises(ValueError, match="no axis"):
        checked((("town", 1),), {"town": RAGGED["ward"]})
