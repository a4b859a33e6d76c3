from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import chisquare

from commonweal.disclosure.metered.charge import LEVEL, SIZES, flags
from commonweal.disclosure.metered.discrete import FORMAL_SD, formal_cost, formal_table

HOUSE = (("ward", 1),)


@pytest.mark.parametrize("sensitivity", [SIZES, LEVEL, flags(3)])
@pytest.mark.parametrize("sd", [FORMAL_SD, 4.0, 30.5])
def test_the_rho_that_opendp_states_is_the_formula(sensitivity: float, sd: float) -> None:
    stated = formal_table(np.zeros(3, dtype=np.int64), sensitivity, sd).rho
    expected = formal_cost(HOUSE, [], sd, sensitivity)
    assert expected == pytest.approx(sensitivity / (2 * sd * sd))
    assert expected <= stated <= expected * (1 + 1e-12)


def test_a_table_is_charged_once_and_shares_nothing() -> None:
    assert formal_cost(HOUSE, []) == 2 / (2 * 16**2)
    assert formal_cost(HOUSE, [(("sex", 1), ("ward", 1))]) == formal_cost(HOUSE, [])
    assert formal_cost(HOUSE, [HOUSE]) == 0


def test_the_noise_is_whole_numbers_of_the_discrete_gaussian() -> None:
    counts = np.full((100, 20, 10), 1000, dtype=np.int64)
    table = formal_table(counts, LEVEL, 3.0)
    assert table.counts.shape == counts.shape
    assert table.counts.dtype == np.int64
    moved = (table.counts - counts).ravel()
    steps = np.arange(-9, 10)
    weight = np.exp(-(steps**2) / 18.0)
    observed = np.array([(moved == step).sum() for step in steps])
    assert np.abs(moved).max() < 25
    assert chisquare(observed, weight / weight.sum() * observed.sum()).pvalue > 1e-6
    assert moved.std() == pytest.approx(3, abs=0.1)


def test_each_table_is_drawn_anew_and_may_fall_below_zero() -> None:
    nobody = np.zeros(500, dtype=np.int64)
    first, second = formal_table(nobody, LEVEL), formal_table(nobody, LEVEL)
    assert (first.counts != second.counts).any()
    assert (first.counts < 0).any()


def test_what_cannot_be_protected_is_refused() -> None:
    with pytest.raises(ValueError, match="whole numbers"):
        formal_table(np.zeros(2), LEVEL)
    for sd, sensitivity in [(0, 2), (16, 0), (-1, 2)]:
        with pytest.raises(ValueError, match="above 0"):
            formal_table(np.zeros(2, dtype=np.int64), sensitivity, sd)
        with pytest.raises(ValueError, match="above 0"):
            formal_cost(HOUSE, [], sd, sensitivity)


def test_opendp_and_data_frames_are_not_loaded_before_they_are_needed() -> None:
    script = (
        "import sys; from commonweal.disclosure.metered import bound, charge, consistent, discrete, noise, stream\n"
        "assert not {'opendp', 'scipy'} & set(sys.modules)\n"
        "import numpy; discrete.formal_table(numpy.zeros(2, dtype=numpy.int64), 2.0)\n"
        "assert 'opendp' in sys.modules and not {'polars', 'pandas', 'pyarrow'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, env={"PYTHONPATH": ":".join(sys.path)})
