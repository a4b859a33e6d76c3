"""The promise of each small rule, one property each."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.disclosure.complement import rest_too_small
from commonweal.disclosure.dominance import largest_can_be_estimated, n_hold_too_much
from commonweal.disclosure.profile import PROFILES
from commonweal.disclosure.protect import protect
from commonweal.disclosure.quantiles import too_few_on_a_side
from commonweal.disclosure.same_value import all_the_same
from commonweal.disclosure.threshold import too_few

from .microdata import AMOUNT, COUNT, SQUARES, measured, people

UK = PROFILES["uk-tre"]

counts = st.lists(st.integers(0, 10_000), min_size=1, max_size=30)
contributions = st.lists(st.floats(0, 1e9, allow_subnormal=False), min_size=3, max_size=40)


def array(values: list[float]) -> np.ndarray:  # type: ignore[type-arg]
    return np.array(values, dtype=np.float64)


@given(counts, counts, st.integers(1, 30))
def test_threshold_holds_for_every_kind(people: list[int], households: list[int], threshold: int) -> None:
    size = min(len(people), len(households))
    flags = too_few([np.array(people[:size]), np.array(households[:size])], threshold)
    for unsafe, person, household in zip(flags, people, households, strict=False):
        assert unsafe == (person < threshold or household < threshold)


@given(st.integers(0, 200), st.integers(0, 200), st.integers(1, 30))
def test_the_rest_is_as_safe_as_the_part(part: int, rest: int, threshold: int) -> None:
    (unsafe,) = rest_too_small([np.array([part + rest])], [np.array([part])], threshold)
    assert unsafe == (rest < threshold)


@given(contributions)
def test_the_second_largest_cannot_estimate_the_largest(values: list[float]) -> None:
    ordered = sorted(values, reverse=True)
    total, largest, second = sum(ordered), ordered[0], ordered[1]
    (unsafe,) = largest_can_be_estimated(array([total]), array([largest]), array([second]), 10.0)
    if not unsafe:
        # What the second largest is left with as an upper bound is at least 10 per cent off.
        assert (total - second) - largest >= 0.1 * largest - 1e-6 * total
    assert unsafe or sum(ordered[2:]) > 0 or largest == 0


@given(contributions, st.sampled_from([1, 2]), st.floats(10, 99))
def test_no_one_or_two_hold_too_much(values: list[float], n: int, k: float) -> None:
    ordered = sorted(values, reverse=True)
    (unsafe,) = n_hold_too_much(array([sum(ordered)]), array([ordered[0]]), array([ordered[1]]), n, k)
    share = sum(ordered[:n]) - k / 100 * sum(ordered)
    if abs(share) > 1e-6 * sum(ordered):
        assert unsafe == (share > 0)


def test_evidence_that_is_no_number_is_unsafe() -> None:
    nan = array([float("nan")])
    assert n_hold_too_much(nan, nan, nan, 2, 90.0).all()
    assert largest_can_be_estimated(nan, nan, nan, 10.0).all()
    assert all_the_same(nan, nan).all()


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_the_same_for_all_is_noticed(low: float, more: float) -> None:
    (same,) = all_the_same(array([low]), array([low + more]))
    if more == 0:
        assert same
    if more > 1e-6 * max(1.0, abs(low)):
        assert not same


def test_sums_of_fractions_that_differ_in_the_last_digit_are_the_same() -> None:
    assert all_the_same(array([0.1 + 0.2]), array([0.3])).all()


@settings(deadline=None)
@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=60),
    st.sampled_from([0.0, 0.1, 0.25, 0.29, 0.5, 0.7, 0.75, 0.9, 0.99, 1.0]),
    st.integers(1, 12),
    st.randoms(use_true_random=False),
)
def test_a_quantile_has_enough_on_each_side(rows_each: list[int], fraction: float, side: int, shuffle: object) -> None:
    owners = [entity for entity, rows in enumerate(rows_each) for _ in range(rows)]
    shuffle.shuffle(owners)  # type: ignore[attr-defined]
    rows = len(owners)
    (unsafe,) = too_few_on_a_side(np.array([rows]), np.array([max(rows_each)]), fraction, side)
    if not unsafe:
        # Values are 0, 1, 2 ... in the order of `owners`, so the entity of value v is owners[v].
        for value in (
            np.quantile(np.arange(rows), fraction),
            np.quantile(np.arange(rows), fraction, method="inverted_cdf"),
        ):
            below = {owner for v, owner in enumerate(owners) if v <= value}
            above = {owner for v, owner in enumerate(owners) if v >= value}
            assert len(below) >= side
            assert len(above) >= side
    if fraction in (0.0, 1.0):
        assert unsafe


@given(st.integers(1, 10**9), st.sampled_from([0.1, 0.2, 0.3, 0.7, 0.9]))
def test_quantile_sides_are_counted_exactly(rows: int, fraction: float) -> None:
    exact = int(Fraction(str(fraction)) * rows)
    other = int((1 - Fraction(str(fraction))) * rows)
    side = min(exact, other)
    if side:
        assert not too_few_on_a_side(np.array([rows]), np.array([1]), fraction, side)[0]
    assert too_few_on_a_side(np.array([rows]), np.array([1]), fraction, side + 1)[0]


def test_no_rows_is_unsafe() -> None:
    assert too_few_on_a_side(np.array([0]), np.array([0]), 0.5, 1).all()


@pytest.mark.parametrize("fraction", [0.5, 0.9])
def test_one_with_many_rows_makes_it_unsafe(fraction: float) -> None:
    assert too_few_on_a_side(np.array([1000]), np.array([500]), fraction, 10).all()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(1, 1000), min_size=10, max_size=40), st.floats(1, 60))
def test_a_standard_deviation_does_not_give_the_largest_away(others: list[float], times: float) -> None:
    # The second largest knows sum, count and squares; the largest can be no more than what squares leave.
    values = sorted([*others, max(others) * times], reverse=True)
    rows = [row | {"amount": value} for row, value in zip(people(len(values)), values, strict=True)]
    (row,) = protect(measured(rows, ["a"], [COUNT, AMOUNT, SQUARES]), UK).table.to_pylist()
    if row["squares"] is not None:
        at_most = math.sqrt(math.fsum(v * v for v in values[:1] + values[2:]))
        assert at_most >= 1.1 * values[0] * (1 - 1e-9)


def test_one_among_many_dominates_the_squares_before_the_sum() -> None:
    rows = [row | {"amount": 50.0 if i == 0 else 1 + i / 100} for i, row in enumerate(people(60))]
    (row,) = protect(measured(rows, ["a"], [COUNT, AMOUNT, SQUARES]), UK).table.to_pylist()
    assert row["amount"] is not None
    assert row["squares"] is None
