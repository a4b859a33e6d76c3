"""What a privacy loss rho means for one person: a chance of being guessed right, and epsilon at a stated delta.

rho is the unit of zero-concentrated differential privacy (Bun and Steinke 2016). The noise of the shared table is
Gaussian, and then everything that all tables together tell about one change is one shift of sqrt(2 rho) standard
deviations: what can be guessed from it is known exactly.
"""

from __future__ import annotations

import math
from statistics import NormalDist

DELTA = 1e-6
"""The delta at which epsilon is stated unless somebody asks for another."""

_NORMAL = NormalDist()


def best_guess(rho: float, prior: float = 0.5) -> float:
    """Return the best chance of guessing one yes-or-no fact about one person right, after reading everything released
    at a cost of rho, for someone who knows all else: everybody else's answers, and how the noise is made.

    Exact for Gaussian noise (Neyman and Pearson): Phi(sqrt(2 rho) / 2) for a fair fact, 0.600 for 0.128. `prior` is
    the chance of a yes before reading. Raises ValueError for a rho below 0, or a prior outside [0, 1].
    """
    _check_rho(rho)
    if not 0 <= prior <= 1:
        raise ValueError("a chance is between 0 and 1")
    shift = math.sqrt(2 * rho)
    if shift == 0 or prior in (0, 1):
        return max(prior, 1 - prior)
    tilt = math.log(prior / (1 - prior)) / shift
    return prior * _NORMAL.cdf(shift / 2 + tilt) + (1 - prior) * _NORMAL.cdf(shift / 2 - tilt)


def best_guess_of_any(rho: float) -> float:
    """Return a bound on the chance of guessing a fair fact right that holds for *any* mechanism of this rho, Gaussian
    or not: (1 + the total variation distance) / 2, by the inequalities of Pinsker and of Bretagnolle and Huber."""
    _check_rho(rho)
    return (1 + min(math.sqrt(rho / 2), math.sqrt(-math.expm1(-rho)))) / 2


def rho_for(guess: float) -> float:
    """Return the rho at which the best guess of a fair fact is right with this chance; the inverse of `best_guess`.

    Raises ValueError outside [0.5, 1).
    """
    if not 0.5 <= guess < 1:
        raise ValueError("the chance of guessing a fair fact is from 0.5 to below 1")
    return 2 * _NORMAL.inv_cdf(guess) ** 2


def epsilon_simple(rho: float, delta: float = DELTA) -> float:
    """Return epsilon by the simple bound rho + 2 sqrt(rho ln(1 / delta)) (Bun and Steinke 2016, Proposition 1.3)."""
    _check(rho, delta)
    return rho + 2 * math.sqrt(rho * math.log(1 / delta))


def epsilon(rho: float, delta: float = DELTA) -> float:
    """Return an epsilon such that *any* mechanism of this rho is (epsilon, delta)-differentially private.

    Canonne, Kamath and Steinke 2020, Proposition 12: the least, over alpha above 1, of
    alpha rho + ln(1 - 1/alpha) - ln(alpha delta) / (alpha - 1). Each alpha gives a valid epsilon, so an inexact
    minimum is only a little too large. Raises ValueError for a rho below 0, or a delta outside (0, 1).
    """
    _check(rho, delta)
    if rho == 0:
        return 0.0
    from scipy.optimize import minimize_scalar  # heavy, and only here

    def at(logarithm: float) -> float:
        over = math.exp(logarithm)  # alpha - 1
        alpha = 1 + over
        return alpha * rho + math.log(over) - math.log(alpha) - (math.log(alpha) + math.log(delta)) / over

    centre = math.log(max(math.sqrt(math.log(1 / delta) / rho), 1e-3))  # the minimum of the simple bound
    found = minimize_scalar(at, bounds=(centre - 8, centre + 8), method="bounded", options={"xatol": 1e-10})
    return max(0.0, min(float(found.fun), epsilon_simple(rho, delta)))


def epsilon_gaussian(rho: float, delta: float = DELTA) -> float:
    """Return the exact epsilon of Gaussian noise of this rho at this delta (Balle and Wang 2018, Theorem 8)."""
    _check(rho, delta)
    if rho == 0 or delta_gaussian(rho, 0.0) <= delta:
        return 0.0
    from scipy.optimize import brentq  # heavy, and only here

    return float(brentq(lambda each: delta_gaussian(rho, each) - delta, 0.0, epsilon_simple(rho, delta), xtol=1e-12))


def delta_gaussian(rho: float, epsilon: float) -> float:
    """Return the exact delta of Gaussian noise of this rho (above 0) at an epsilon (Balle and Wang 2018)."""
    from scipy.special import log_ndtr  # heavy, and only here

    shift = math.sqrt(2 * rho)
    second = epsilon + float(log_ndtr(-shift / 2 - epsilon / shift))
    return _NORMAL.cdf(shift / 2 - epsilon / shift) - math.exp(second)


def guess_in_words(rho: float) -> str:
    """Return, for people, what can be guessed about one person after everything released at a cost of rho."""
    percent = percent_of_guess(rho)
    return (
        "Nobody, not even someone who knows everything about everybody else, guesses a fair yes-or-no fact about one "
        f"person right more than {percent} times in 100, where tossing a coin is right 50 times."
    )


def rho_in_words(rho: float, delta: float = DELTA) -> str:
    """Return, for specialists, rho as epsilon at a delta."""
    return (
        f"rho = {rho:.3g} of zero-concentrated differential privacy, for a change of one person's level; that implies "
        f"epsilon = {math.ceil(epsilon(rho, delta) * 100) / 100:.2f} at delta = {delta:.0e}."
    )


def stated_guess(rho: float) -> float:
    """Return the best guess (0.5 to 1) of a fair fact at a cost of rho as it is stated everywhere: rounded up to a tenth
    of a per cent, so that it stays a bound."""
    return math.ceil(round(best_guess(rho) * 1000, 6)) / 1000


def percent_of_guess(rho: float) -> str:
    """Return the stated guess in per cent, without an idle ``.0``."""
    return f"{round(stated_guess(rho) * 100, 1):g}"


def _check_rho(rho: float) -> None:
    if not rho >= 0:
        raise ValueError("rho is not below 0")


def _check(rho: float, delta: float) -> None:
    _check_rho(rho)
    if not 0 < delta < 1:
        raise ValueError("delta is between 0 and 1")
