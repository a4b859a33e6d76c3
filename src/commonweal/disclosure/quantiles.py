"""Quantiles: enough on each side, and rounded."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pyarrow as pa

from commonweal.disclosure.cells import Aggregate
from commonweal.disclosure.evidence import Counts, Evidence, Flags
from commonweal.disclosure.profile import Rules
from commonweal.disclosure.rule import Rule

RULE = Rule(
    name="quantiles",
    promise="A median or other quantile is shown only with at least the required number of distinct entities at or "
    "below it and at or above it, and rounded to three significant figures (a date to its month).",
    source="SDAP Handbook (percentiles); UK LLC guidebook (medians from 10 or more); OpenSAFELY (no minimum or "
    "maximum)",
    choice="Entities on a side are at least the rows on that side divided by the most rows that one entity has; "
    "a minimum or a maximum has none on one side and is never shown. A quantile of text is never shown.",
)

FIGURES = 3


def too_few_on_a_side(rows: Counts, most: Counts, fraction: float, side: int) -> Flags:
    """Return where fewer than `side` entities can be vouched for on either side.

    `rows`: rows with a value; `most`: the most rows of one entity; `fraction` in 0..1. Exact arithmetic: a fraction
    is the decimal that was written, and of n rows at least floor(fraction * n) lie at or below either definition of
    the quantile.
    """
    part = Fraction(str(fraction)).limit_denominator(10**6)
    of = part.denominator * np.maximum(most, 1)
    below = part.numerator * rows // of
    above = (part.denominator - part.numerator) * rows // of
    flags: Flags = (np.minimum(below, above) < side) | (most < 1)
    return flags


def unsafe(evidence: Evidence, aggregate: Aggregate, rules: Rules) -> Flags:
    """Return where a quantile has too few on a side, or is of a type that cannot be rounded."""
    if not can_be_rounded(evidence.table.schema.field(aggregate.name).type):
        return np.ones(len(evidence.source), dtype=np.bool_)
    rows, most = evidence.counts(f"{aggregate.name}__rows"), evidence.counts(f"{aggregate.name}__most")
    fraction = 0.0 if aggregate.fraction is None else aggregate.fraction
    return too_few_on_a_side(rows, most, fraction, rules.quantile_side)


def can_be_rounded(kind: pa.DataType) -> bool:
    """Return whether quantiles of this type can be shown: numbers, dates and timestamps."""
    types = pa.types
    return bool(
        types.is_integer(kind)
        or types.is_floating(kind)
        or types.is_decimal(kind)
        or types.is_date(kind)
        or types.is_timestamp(kind)
    )
