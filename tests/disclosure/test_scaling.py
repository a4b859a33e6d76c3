from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from commonweal.disclosure.rounding import rounded
from commonweal.disclosure.scaling import shown_amounts, shown_moments, typical

THRESHOLD = 10


def show(values: list[float]) -> tuple[float, int]:
    rows = np.array([len(values)])
    shown_rows = rounded(rows, 5)
    contributing = np.array([sum(value != 0 for value in values)])
    unit = typical(np.array([float(np.sum(np.abs(values)))]), contributing)
    amount = shown_amounts(np.array([float(np.sum(values))]), unit, rows, shown_rows, 2, THRESHOLD)
    return float(amount[0]), int(shown_rows[0])


@settings(max_examples=300)
@given(st.lists(st.integers(0, 7), min_size=10, max_size=60), st.sampled_from([1.0, 0.01, 1 / 3, 100.0]))
def test_every_count_that_rounds_to_the_shown_one_remains_possible(values: list[int], unit: float) -> None:
    assume(sum(value != 0 for value in values) >= THRESHOLD)
    amounts = [value * unit for value in values]
    shown, shown_rows = show(amounts)
    total = typical(np.array([float(sum(amounts))]), np.array([sum(value != 0 for value in values)]))
    for count in range(max(shown_rows - 2, THRESHOLD), shown_rows + 3):
        nearest = round(shown * count / shown_rows / unit)
        possible = [
            shown_amounts(np.array([k * unit]), total, np.array([count]), np.array([shown_rows]), 2, THRESHOLD)[0]
            for k in range(nearest - 8, nearest + 9)
        ]
        assert any(abs(other - shown) <= 1e-9 * max(abs(shown), 1.0) for other in possible), (count, shown, possible)


def test_five_figures_alone_would_give_the_count_away() -> None:
    # There is something that could leak: 35 among 12 people, scaled to 10, is told from every whole total over 10 or 11.
    five_figures = round(35 * 10 / 12, 3)
    assert [n for n in (10, 11, 12) if any(round(k * 10 / n, 3) == five_figures for k in range(100))] == [12]


@given(st.lists(st.floats(0, 1e6), min_size=10, max_size=400))
def test_the_mean_is_right_to_about_one_part_in_the_count(values: list[float]) -> None:
    contributing = sum(value != 0 for value in values)
    assume(contributing >= THRESHOLD)
    shown, shown_rows = show(values)
    average = float(np.sum(values)) / contributing
    # Half a step, which is at most an average contribution times 15/13 and 1.1 for whole steps.
    assert abs(shown / shown_rows - np.mean(values)) <= 0.65 * average / shown_rows + 1e-4 * average


def test_without_rounding_there_are_five_figures() -> None:
    one = np.array([1])
    assert shown_amounts(np.array([123_456.0]), np.array([1e5]), one * 12, one * 12, 0, 3)[0] == 123_460.0


@given(st.lists(st.floats(-1000, 1000), min_size=10, max_size=80), st.floats(-1e5, 1e5))
def test_the_variance_is_right_to_three_figures_and_never_negative(values: list[float], shift: float) -> None:
    x = np.array(values) + shift
    rows, shown_rows = np.array([len(x)]), rounded(np.array([len(x)]), 5)
    shown_sum = np.array([round(float(x.sum()), -2)])  # however coarse the shown sum is
    exact_sum = np.array([float(x.sum())])
    squares = shown_moments(
        np.array([float((x**2).sum())]), (exact_sum, exact_sum), (shown_sum, shown_sum), rows, shown_rows
    )
    variance = squares / shown_rows - (shown_sum / shown_rows) ** 2
    # What is below 1e-22 is shown as 0; no amount of anything is that small.
    allowed = 0.006 * x.var() + 1e-9 * (x**2).max() + 1e-9 * (shown_sum[0] / 10) ** 2 + 1e-20
    assert abs(variance[0] - x.var()) <= allowed


def test_nothing_stays_nothing() -> None:
    zero = np.array([0])
    assert shown_amounts(zero * 1.0, zero * 1.0, zero, zero, 2, 10).tolist() == [0.0]
    assert shown_moments(zero * 1.0, (zero * 1.0,) * 2, (zero * 1.0,) * 2, zero, zero).tolist() == [0.0]
