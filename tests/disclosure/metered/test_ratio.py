from __future__ import annotations

import numpy as np
import pytest

from commonweal.disclosure.metered.ratio import fieller, surely_not_nought


@pytest.mark.parametrize("under", [1.0, 20.0, 60.0, 500.0])
@pytest.mark.parametrize("tied", [-0.8, 0.0, 0.8])
def test_the_interval_of_a_ratio_holds_however_small_the_divisor_is(under: float, tied: float) -> None:
    r = np.random.default_rng(1)
    over, sd = 0.3 * under, (14.0, 10.0)
    one = r.standard_normal(20_000)
    other = tied * one + np.sqrt(1 - tied**2) * r.standard_normal(20_000)
    variances = (np.full(20_000, v) for v in (sd[0] ** 2, sd[1] ** 2, tied * sd[0] * sd[1]))
    low, high = fieller(over + sd[0] * one, under + sd[1] * other, *variances)
    assert np.mean((low <= 0.3) & (high >= 0.3)) >= 0.945


def test_a_divisor_that_may_be_nought_excludes_nothing() -> None:
    none, some = np.zeros(1), np.ones(1)
    assert fieller(5 * some, some, some, some, none) == (-np.inf, np.inf)
    low, high = fieller(5 * some, 10 * some, none, none, none)
    assert low == high == pytest.approx(0.5)
    assert list(surely_not_nought(np.array([1.0, 3.0, 3.0, -9.0]), np.ones(4), np.array([0, 0, 0.5, 0]))) == [
        False, False, True, True,
    ]  # fmt: skip
