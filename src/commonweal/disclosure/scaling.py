"""Amounts: shown so that averages stay right while the exact number of rows does not show through them."""

from __future__ import annotations

import numpy as np

from commonweal.disclosure.evidence import Amounts, Counts, snapped
from commonweal.disclosure.rounding import magnitude, significant, to_step
from commonweal.disclosure.rule import Rule

RULE = Rule(
    name="amounts",
    promise="An amount is shown so that amount divided by shown count is the mean, but so coarsely that every exact "
    "count which rounds to the shown count remains possible.",
    source="Our own construction; the attack it answers is the ratio that gives its denominator away (0.1428571429 "
    "is 1/7)",
    choice="The sum is multiplied by (shown rows / exact rows) and rounded to five significant figures or, where that "
    "is coarser, to a step of one average entity's contribution. Were the step finer, sums of whole numbers would give "
    "the exact count away: 35/12 can be told from every n/10 and n/11. The cost is an error of the mean of about half "
    "an average contribution in n, usually less than its standard error. Squares and products are rebuilt from the "
    "shown sums and the variance or covariance to three significant figures, so deviations stay right and no variance "
    "is negative beyond the last digits of a double.",
)

FIGURES = 5
CENTRAL_FIGURES = 3


def scaled(amounts: Amounts, rows: Counts, shown_rows: Counts) -> Amounts:
    """Return the amounts times shown over exact rows; 0 where there are no rows."""
    return amounts * (shown_rows / np.maximum(rows, 1))


def typical(total: Amounts, contributing: Counts) -> Amounts:
    """Return the average absolute contribution of those that contribute: never below the unit of which all are
    multiples.
    """
    return total / np.maximum(contributing, 1)


def shown_amounts(
    amounts: Amounts, unit: Amounts, rows: Counts, shown_rows: Counts, spread: int, threshold: int
) -> Amounts:
    """Return the amounts as shown.

    `unit`: see `typical`; `rows`: rows with a value; `shown_rows`: the same as shown; `spread`: how far a shown count
    may be from the exact one; `threshold`: fewest rows of a cell that is shown. If all contributions are multiples of
    some u <= unit, then for every n' within `spread` of the shown rows and not below the threshold there is a
    multiple of u that would have been shown as the same amount: multiples of u, scaled by shown rows over n', lie no
    further apart than the step.
    """
    numbers = scaled(amounts, rows, shown_rows)
    exponent = magnitude(numbers) - (FIGURES - 1)
    mantissa = np.ones_like(numbers)
    if spread > 0:
        fewest = np.maximum(np.maximum(shown_rows - spread, threshold), 1)
        step = unit * np.maximum(shown_rows / fewest, 1.0)
        coarser = (step > 10.0**exponent) & np.isfinite(step)
        fine = magnitude(step) - 1
        mantissa = np.where(coarser, np.ceil(np.where(coarser, step, 1.0) / 10.0**fine - 1e-9), mantissa)
        exponent = np.where(coarser, fine, exponent)
    return to_step(numbers, mantissa, exponent)


def shown_moments(
    moments: Amounts,
    factors: tuple[Amounts, Amounts],
    shown_factors: tuple[Amounts, Amounts],
    rows: Counts,
    shown_rows: Counts,
) -> Amounts:
    """Return sums of squares or products that go with the shown sums of their factors.

    ``shown / n - (x / n) * (y / n)``, with n the shown rows and x, y the shown sums, is the exact variance or
    covariance to three significant figures. What is returned is arithmetic on shown numbers, so it needs no rounding
    of its own.
    """
    exact, shown = np.maximum(rows, 1), np.maximum(shown_rows, 1)
    central = moments / exact - (factors[0] / exact) * (factors[1] / exact)
    central = significant(snapped(central), CENTRAL_FIGURES)
    return np.where(shown_rows > 0, central * shown_rows + shown_factors[0] * shown_factors[1] / shown, 0.0)
