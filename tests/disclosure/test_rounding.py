from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from commonweal.disclosure.profile import PROFILES, Rules
from commonweal.disclosure.rounding import coarse, rounded, shown_counts, significant, spread, to_step

finite = st.one_of(st.floats(-1e12, -1e-15), st.floats(1e-15, 1e12), st.just(0.0))


@given(st.lists(st.integers(0, 10**9), min_size=1), st.integers(1, 40))
def test_a_shown_count_is_the_nearest_multiple(counts: list[int], base: int) -> None:
    shown = rounded(np.array(counts), base)
    assert (shown % base == 0).all()
    assert (np.abs(shown - np.array(counts)) <= base / 2).all()
    assert (np.abs(shown - np.array(counts)) <= spread(Rules(threshold=1, rounding=base))).all()


def test_halves_go_to_the_even_multiple() -> None:
    assert rounded(np.array([5, 15, 25, 35]), 10).tolist() == [0, 20, 20, 40]
    assert rounded(np.array([12, 13, 17, 18]), 5).tolist() == [10, 15, 15, 20]
    assert shown_counts(np.array([12]), None, PROFILES["business"]).tolist() == [12]


@given(finite)
def test_significant_figures_are_those_of_the_decimal(number: float) -> None:
    (shown,) = significant(np.array([number]), 5)
    assert abs(shown - number) <= 0.5000001 * 10.0 ** (np.floor(np.log10(abs(number))) - 4) if number else shown == 0
    assert len(Decimal(repr(float(shown))).normalize().as_tuple().digits) <= 5
    assert significant(np.array([shown]), 5)[0] == shown


def test_the_smallest_and_largest_numbers_make_no_trouble() -> None:
    assert significant(np.array([2.3e-308, 1.23456e300, 0.0]), 5).tolist() == [0.0, 1.2346e300, 0.0]


def test_steps_are_exact_decimals() -> None:
    assert to_step(np.array([0.31, 7.0]), np.array([1.0, 12.0]), np.array([-1.0, -1.0])).tolist() == [0.3, 7.2]


def test_quantiles_of_every_type_are_coarse() -> None:
    assert coarse(pa.array([12345, None]), 3).to_pylist() == [12300.0, None]
    assert coarse(pa.array([Decimal("0.0123456")]), 3).to_pylist() == [0.0123]
    assert coarse(pa.array([date(1931, 2, 27)]), 3).to_pylist() == [date(1931, 2, 1)]
    assert coarse(pa.array([datetime(1931, 2, 27, 5)], pa.timestamp("us")), 3).to_pylist() == [datetime(1931, 2, 1)]
