from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from commonweal.disclosure.metered.bound import (
    best_guess,
    best_guess_of_any,
    delta_gaussian,
    epsilon,
    epsilon_gaussian,
    epsilon_simple,
    guess_in_words,
    percent_of_guess,
    rho_for,
    rho_in_words,
    stated_guess,
)

RHOS = st.floats(1e-6, 20)
DELTAS = st.sampled_from([1e-12, 1e-6, 1e-5, 1e-3, 0.1])


def test_the_cap_is_sixty_per_cent() -> None:
    assert best_guess(0.128) == pytest.approx(0.59986, abs=1e-5)
    assert best_guess(0) == 0.5
    assert rho_for(0.6) == pytest.approx(0.12837, abs=1e-5)


@pytest.mark.parametrize("prior", [0.01, 0.2, 0.5, 0.9])
@pytest.mark.parametrize("rho", [0.005, 0.128, 0.35, 3])
def test_the_best_guess_is_that_of_the_likelier_world(rho: float, prior: float) -> None:
    """Integrate what the best reader gets right: at each reading he names the likelier of the two worlds."""
    shift = math.sqrt(2 * rho)
    right, _ = quad(
        lambda x: max(prior * norm.pdf(x, shift), (1 - prior) * norm.pdf(x)), -40, 45, limit=800, points=[0, shift]
    )
    assert best_guess(rho, prior) == pytest.approx(right, abs=1e-7)


@given(RHOS, st.floats(0, 1))
def test_a_guess_is_never_worse_than_the_prior_and_grows_with_rho(rho: float, prior: float) -> None:
    assert best_guess(rho, prior) >= max(prior, 1 - prior) - 1e-12
    assert best_guess(rho * 1.1, prior) >= best_guess(rho, prior) - 1e-12
    assert best_guess(rho, prior) == pytest.approx(best_guess(rho, 1 - prior))
    assert best_guess(rho) <= best_guess_of_any(rho)


@given(st.floats(0.5, 0.9999))
def test_rho_for_a_guess_is_the_inverse(guess: float) -> None:
    assert best_guess(rho_for(guess)) == pytest.approx(guess, abs=1e-9)


@given(RHOS, DELTAS)
def test_the_exact_epsilon_is_below_the_tight_one_and_that_below_the_simple_one(rho: float, delta: float) -> None:
    exact, tight, simple = epsilon_gaussian(rho, delta), epsilon(rho, delta), epsilon_simple(rho, delta)
    assert exact <= tight + 1e-9
    assert tight <= simple
    assert simple == pytest.approx(rho + 2 * math.sqrt(rho * math.log(1 / delta)))


@given(RHOS, DELTAS)
def test_the_tight_epsilon_is_the_minimum_over_all_alpha(rho: float, delta: float) -> None:
    """Cross-checked two ways: on a dense grid, and by Proposition 12's delta at the epsilon found."""
    over = np.exp(np.linspace(-14, 14, 60_001))
    alpha = 1 + over
    on_grid = np.min(alpha * rho + np.log(over / alpha) - (np.log(alpha) + math.log(delta)) / over)
    found = epsilon(rho, delta)
    assert found == pytest.approx(max(0, on_grid), abs=1e-5)
    if found > 0:
        log_delta = over * (alpha * rho - found) - np.log(over) + alpha * np.log(over / alpha)
        assert math.exp(np.min(log_delta)) == pytest.approx(delta, rel=1e-4)


@pytest.mark.parametrize(("rho", "at"), [(0.128, 0.5), (0.128, 2.0), (1.0, 3.0), (0.01, 0.1)])
def test_the_exact_delta_is_the_integral_of_what_exceeds(rho: float, at: float) -> None:
    shift = math.sqrt(2 * rho)
    start = at / shift + shift / 2  # beyond it the density is more than e^epsilon times the other
    exceeds, _ = quad(lambda x: norm.pdf(x, shift) - math.exp(at) * norm.pdf(x), start, 60, limit=500)
    assert delta_gaussian(rho, at) == pytest.approx(exceeds, rel=1e-6, abs=1e-14)


def test_the_figures_of_the_page() -> None:
    assert epsilon_simple(0.128, 1e-6) == pytest.approx(2.788, abs=5e-4)
    assert epsilon(0.128, 1e-6) == pytest.approx(2.451, abs=5e-4)
    assert epsilon_gaussian(0.128, 1e-6) == pytest.approx(2.284, abs=5e-4)
    assert best_guess_of_any(0.128) == pytest.approx(0.6265, abs=5e-5)
    assert delta_gaussian(0.128, epsilon_gaussian(0.128, 1e-6)) == pytest.approx(1e-6, rel=1e-6)


def test_words_round_up_so_that_they_stay_true() -> None:
    assert "right more than 60 times in 100" in guess_in_words(0.128)
    assert "right more than 60.1 times in 100" in guess_in_words(0.1285)
    assert "right more than 50 times in 100" in guess_in_words(0)
    for rho in (0.0, 0.0102, 0.05, 0.128):
        assert stated_guess(rho) >= best_guess(rho)
        assert f" {percent_of_guess(rho)} times" in guess_in_words(rho)
        assert float(percent_of_guess(rho)) == pytest.approx(100 * stated_guess(rho))
    assert "epsilon = 2.46 at delta = 1e-06" in rho_in_words(0.128)


def test_what_is_no_rho_chance_or_delta_is_refused() -> None:
    for call in (
        lambda: best_guess(-0.1),
        lambda: best_guess(float("nan")),
        lambda: best_guess(0.1, 1.1),
        lambda: best_guess_of_any(-1),
        lambda: rho_for(0.4),
        lambda: rho_for(1),
        lambda: epsilon(0.1, 0),
        lambda: epsilon_simple(0.1, 1),
        lambda: epsilon_gaussian(-1, 0.1),
    ):
        with pytest.raises(ValueError, match=r"rho|chance|delta"):
            call()
