from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from commonweal.disclosure.evidence import snapped

pence = st.integers(-(10**9), 10**9).map(lambda amount: amount / 100)


@given(st.lists(pence, min_size=2, max_size=200), st.randoms(use_true_random=False))
def test_the_order_of_adding_does_not_show(amounts: list[float], chance: object) -> None:
    other = sorted(amounts, key=abs)
    one, two = sum(amounts), sum(reversed(other))
    whole = sum(abs(amount) for amount in amounts)
    if abs(one) > whole / 100:  # where they cancel out, the step of an average contribution is far coarser
        assert snapped(np.array([one]))[0] == snapped(np.array([two]))[0]


@given(st.floats(1e-300, 1e300) | st.floats(-1e300, -1e-300))
def test_it_moves_a_number_by_less_than_ten_figures_show(number: float) -> None:
    result = float(snapped(np.array([number]))[0])
    assert result == number or abs(result - number) <= abs(number) * 2.0**-36
    assert float(snapped(np.array([result]))[0]) == result


def test_whole_numbers_and_what_is_not_finite_stay() -> None:
    numbers = np.array([0.0, 1.0, 12345.0, 2.0**36 - 1, np.inf, -np.inf])
    assert (snapped(numbers) == numbers).all()
    assert np.isnan(snapped(np.array([np.nan]))).all()
