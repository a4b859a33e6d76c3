from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.disclosure.metered.axis import Axis, ColumnSet, Real, cells, meet, subsets
from commonweal.disclosure.metered.consistent import consistent, consistent_whole
from commonweal.disclosure.metered.margin import margin, repeated
from tests.disclosure.metered.ladders import RAGGED, axes, column_sets


@st.composite
def separate(draw: st.DrawFn) -> tuple[dict[str, Axis], dict[ColumnSet, Real], dict[ColumnSet, float]]:
    """Noisy tables of some grouping sets, with their precision."""
    of = draw(axes(2))
    which = draw(st.lists(st.sampled_from(column_sets(of)), min_size=1, max_size=5, unique=True))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    finest = tuple(sorted((name, each.depth) for name, each in of.items()))
    people = rng.poisson(30, (*(each.sizes[-1] for _, each in sorted(of.items())), 2))
    tables = {}
    for columns in which:
        exact = margin(people, finest, columns, of)
        tables[columns] = exact + np.rint(rng.normal(0, 16, exact.shape))
    return of, tables, {columns: draw(st.sampled_from([8.0, 16.0, 30.0])) for columns in which}


def agree(tables: dict[ColumnSet, Real], of: dict[str, Axis], tolerance: float) -> None:
    for left, right in itertools.combinations(tables, 2):
        shared = meet(left, right)
        difference = margin(tables[left], left, shared, of) - margin(tables[right], right, shared, of)
        assert np.abs(difference).max() <= tolerance


@given(separate())
@settings(max_examples=80)
def test_tables_add_up_and_are_the_nearest_that_do(
    drawn: tuple[dict[str, Axis], dict[ColumnSet, Real], dict[ColumnSet, float]],
) -> None:
    of, tables, sds = drawn
    mended = consistent(tables, of, sds)
    assert list(mended) == list(tables)
    agree(mended, of, 1e-6)
    # By dense least squares on the finest common table, one level at a time.
    depths = {name: max(dict(each).get(name, 0) for each in tables) for name in of}
    finest = tuple((name, depth) for name, depth in sorted(depths.items()) if depth)
    size = cells(finest, of)
    eye = np.eye(size).reshape(*(of[name].sizes[depth] for name, depth in finest), size)
    sums = {columns: margin(eye, finest, columns, of).reshape(-1, size) for columns in tables}
    stacked = np.concatenate([sums[each] / sds[each] for each in tables])
    for level in range(2):
        wanted = np.concatenate([tables[each][..., level].ravel() / sds[each] for each in tables])
        best = np.linalg.lstsq(stacked, wanted, rcond=None)[0]
        for each in tables:
            assert np.abs(mended[each][..., level].ravel() - sums[each] @ best).max() < 1e-5


@given(separate())
@settings(max_examples=60)
def test_whole_numbers_add_up_exactly_and_stay_near(
    drawn: tuple[dict[str, Axis], dict[ColumnSet, Real], dict[ColumnSet, float]],
) -> None:
    of, tables, sds = drawn
    whole, real = consistent_whole(tables, of, sds), consistent(tables, of, sds)
    agree(whole, of, 0)
    assert all(table.dtype == np.int64 for table in whole.values())
    nested = sorted(tables, key=lambda each: (cells(each, of), each))
    if all(meet(below, above) == above for above, below in itertools.pairwise(nested)):
        for columns in tables:  # a chain: nothing is off by a person
            assert np.abs(whole[columns] - real[columns]).max() < 1 + 1e-5


def test_tables_that_agree_stay_as_they_are() -> None:
    columns = (("age", 2), ("ward", 2))
    people = np.random.default_rng(1).poisson(9, (4, 6, 3))
    tables = {total: margin(people, columns, total, RAGGED).astype(float) for total in subsets(columns)}
    for columns, table in consistent(tables, RAGGED).items():
        assert np.abs(table - tables[columns]).max() < 1e-6
    for columns, table in consistent_whole(tables, RAGGED).items():
        assert (table == tables[columns]).all()


def test_a_total_and_its_parts_share_the_difference_by_precision() -> None:
    """One total of 100 +- 10 and two parts that add up to 130, each +- 10: the total has a third of the say."""
    sex = {"sex": Axis.flat("sex", 2)}
    tables = {(): np.array([100.0]), (("sex", 1),): np.array([[60.0], [70.0]])}
    mended = consistent(tables, sex)
    assert mended[()].tolist() == pytest.approx([110])
    assert mended[(("sex", 1),)].ravel().tolist() == pytest.approx([50, 60])
    sure = consistent(tables, sex, {(): 0.01, (("sex", 1),): 10.0})
    assert sure[()].tolist() == pytest.approx([100], abs=1e-3)


def test_what_lost_most_by_rounding_down_is_rounded_up() -> None:
    ward = {"ward": Axis.flat("ward", 4)}
    parts = np.array([[2.2], [-0.1], [7.8], [4.1]])
    whole = consistent_whole({(): np.array([14.0]), (("ward", 1),): parts}, ward)
    assert whole[(("ward", 1),)].ravel().tolist() == [2, 0, 8, 4]


def test_making_tables_consistent_makes_them_more_precise() -> None:
    of = {"age": Axis.flat("age", 9), "ward": Axis.flat("ward", 20)}
    columns = (("age", 1), ("ward", 1))
    rng = np.random.default_rng(2)
    people = rng.poisson(40, (9, 20, 40))
    exact = {total: margin(people, columns, total, of) for total in subsets(columns)}
    noisy = {each: table + rng.normal(0, 16, table.shape) for each, table in exact.items()}
    mended = consistent_whole(noisy, of)
    error = {each: np.mean((mended[each] - exact[each]) ** 2) / 16**2 for each in exact}
    # A projection onto the 180 dimensions of the finest table, of 210 numbers with noise.
    assert sum(error[each] * cells(each, of) for each in error) == pytest.approx(180, rel=0.05)
    assert error[columns] < 0.9


def test_margins_and_their_layout() -> None:
    people = np.arange(4 * 6 * 2).reshape(4, 6, 2)
    columns = (("age", 2), ("ward", 2))
    districts = margin(people, columns, (("ward", 1),), RAGGED)
    assert districts.shape == (3, 2)
    assert (districts[1] == people[:, 1:3].sum(axis=(0, 1))).all()
    ages = margin(people, columns, (("age", 1),), RAGGED)
    assert (ages[0] == people[1].sum(0)).all()  # the children of a value need not stand together
    laid = repeated(districts, columns, (("ward", 1),), RAGGED)
    assert (laid[3, 2] == districts[1]).all()
    with pytest.raises(ValueError, match="total of this one"):
        margin(districts, (("ward", 1),), columns, RAGGED)
    with pytest.raises(ValueError, match="shape"):
        margin(people[1:], columns, (), RAGGED)


def test_what_cannot_be_made_consistent_is_refused() -> None:
    sex = {"sex": Axis.flat("sex", 2), "many": Axis.flat("many", 5000), "more": Axis.flat("more", 5000)}
    with pytest.raises(ValueError, match="no tables"):
        consistent({}, sex)
    with pytest.raises(ValueError, match="same levels"):
        consistent({(): np.zeros(2), (("sex", 1),): np.zeros((2, 3))}, sex)
    with pytest.raises(ValueError, match="shape"):
        consistent({(("sex", 1),): np.zeros((3, 2))}, sex)
    with pytest.raises(ValueError, match="ask for fewer"):
        consistent({(("many", 1),): np.zeros((5000, 2)), (("more", 1),): np.zeros((5000, 2))}, sex)
