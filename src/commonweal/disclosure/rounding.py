"""Rounding of counts, and of other numbers to significant figures."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonweal.disclosure.evidence import Amounts, Counts
from commonweal.disclosure.profile import Rules
from commonweal.disclosure.rule import Rule

RULE = Rule(
    name="rounding",
    promise="A count is shown as the nearest multiple of the base, so from the number alone its exact value is known "
    "only to within half the base.",
    source="NHS England HES disclosure control (nearest 5); OpenSAFELY output checking (nearest 5); ACRO rounding "
    "base 5",
    choice="Halves, which occur only with an even base, go to the even multiple, so that rounding has no drift. "
    "Rounding alone is no protection against a chosen group; it stands beside the other rules.",
)


EXACT_POWER = 22
"""The largest power of ten that a double holds exactly; what is smaller than its inverse is rounded to 0."""


def rounded(counts: Counts, base: int) -> Counts:
    """Return the nearest multiples of `base`; halves go to the even multiple."""
    if base == 1:
        return counts
    return (np.rint(counts / base) * base).astype(np.int64)


def shown_counts(counts: Counts, cell_keys: Counts | None, rules: Rules) -> Counts:
    """Return the counts as the rules show them: perturbed by the cell key method where it is set, else rounded."""
    if rules.perturbation is None:
        return rounded(counts, rules.rounding)
    if cell_keys is None:
        raise ValueError("the cell key method needs the column cell_key")
    return rules.perturbation.apply(counts, cell_keys)


def spread(rules: Rules) -> int:
    """Return how far at most a shown count is from the exact one."""
    return rules.rounding // 2 if rules.perturbation is None else rules.perturbation.largest_shift


def to_step(numbers: Amounts, mantissa: Amounts, exponent: Amounts) -> Amounts:
    """Return the nearest multiples of ``mantissa * 10 ** exponent`` (a whole mantissa), as the double closest to the
    decimal.
    """
    exponent = np.maximum(exponent, -EXACT_POWER)
    # Divide by a whole power of ten rather than multiply by a fraction, so that 0.3 is 0.3 and not 0.30000000000000004.
    up, down = 10.0 ** np.maximum(exponent, 0), 10.0 ** np.maximum(-exponent, 0)
    steps = np.rint(numbers / up * down / mantissa) * mantissa
    return np.asarray(steps / down * up, dtype=np.float64)


def magnitude(numbers: Amounts) -> Amounts:
    """Return the power of ten of the leading digit; 0 for 0 and for what is not finite."""
    size = np.abs(numbers)
    usable = (size > 0) & np.isfinite(size)
    return np.floor(np.log10(np.where(usable, size, 1.0)))


def significant(numbers: Amounts, figures: int) -> Amounts:
    """Return the numbers rounded to so many significant figures."""
    return to_step(numbers, np.ones_like(numbers), magnitude(numbers) - (figures - 1))


def coarse(values: pa.Array, figures: int) -> pa.Array:
    """Return quantiles as they are shown: numbers to `figures` significant figures, dates and times as the first of
    their month.
    """
    if pa.types.is_date(values.type) or pa.types.is_timestamp(values.type):
        return pc.cast(pc.floor_temporal(values, unit="month"), values.type)
    numbers = pc.cast(values, pa.float64(), safe=False)
    return pa.array(
        significant(pc.fill_null(numbers, 0.0).to_numpy(zero_copy_only=False), figures),
        mask=pc.is_null(values).to_numpy(zero_copy_only=False),
    )
