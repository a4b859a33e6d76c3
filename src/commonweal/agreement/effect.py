"""Effect: whether a difference between two versions lets more be seen, or less; treatments compared by what they hide."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from commonweal.deidentification.bands import NumberBand, YearBand
from commonweal.deidentification.codes import Recode
from commonweal.deidentification.dates import CutDate
from commonweal.deidentification.limits import Limit
from commonweal.deidentification.nearest import Round
from commonweal.deidentification.postcodes import Postcode
from commonweal.deidentification.treatment import Treatment


class Effect(StrEnum):
    """What a difference does to how much can be seen, by how many, or for how long."""

    LOOSENED = "loosened"  # more can be seen than before
    TIGHTENED = "tightened"  # less can be seen than before
    UNLIKE = "neither looser nor tighter"  # something else is hidden than before
    NEITHER = ""  # it is not about how much can be seen


Order = Callable[[Any, Any], Effect]
"""Compares what was (first) with what is."""


def more_is_tighter(before: Any, after: Any) -> Effect:
    """Compare by size; nothing is less than every size."""
    if before == after:
        return Effect.NEITHER
    if before is None or (after is not None and before < after):
        return Effect.TIGHTENED
    return Effect.LOOSENED


def more_is_looser(before: Any, after: Any) -> Effect:
    """Compare by size the other way round."""
    return more_is_tighter(after, before)


def of_treatments(before: Treatment | None, after: Treatment | None) -> Effect:
    """Compare two treatments of one column; None: the column is not shared, which is as good as withheld."""
    rank = {None: 0, "withhold": 0, "keep": 2}
    names = (before.name if before else None, after.name if after else None)
    if before == after:
        return Effect.NEITHER
    ranks = (rank.get(names[0], 1), rank.get(names[1], 1))
    if ranks != (1, 1):
        return more_is_looser(*ranks)
    for order in (_dates, _widths, _limits, _postcodes, _codes):
        found = order(before, after)
        if found is not None:
            return found
    return Effect.UNLIKE


def _dates(before: Treatment | None, after: Treatment | None) -> Effect | None:
    """Compare parts of the calendar, in months; bands of years that do not lie within each other are unlike."""
    units = {"month": 1, "quarter": 3, "year": 12}

    def length(treatment: Treatment | None) -> int | None:
        if isinstance(treatment, YearBand):
            return 12 * treatment.years
        return units[treatment.unit] if isinstance(treatment, CutDate) else None

    return _nested(length(before), length(after))


def _widths(before: Treatment | None, after: Treatment | None) -> Effect | None:
    """Compare two widths of bands, or two steps of rounding."""
    if isinstance(before, NumberBand) and isinstance(after, NumberBand):
        return _nested(before.width, after.width)
    if isinstance(before, Round) and isinstance(after, Round):
        return more_is_tighter(before.step, after.step)
    return None


def _nested(before: int | None, after: int | None) -> Effect | None:
    """Compare two lengths: the longer hides more if it is a multiple of the shorter."""
    if before is None or after is None:
        return None
    longer, shorter = max(before, after), min(before, after)
    return more_is_tighter(before, after) if longer % shorter == 0 else Effect.UNLIKE


def _limits(before: Treatment | None, after: Treatment | None) -> Effect | None:
    """Compare two limits of one side."""
    if not isinstance(before, Limit) or not isinstance(after, Limit) or before.name != after.name:
        return None
    order = more_is_looser if before.name == "top" else more_is_tighter
    return order(before.limit, after.limit)


def _postcodes(before: Treatment | None, after: Treatment | None) -> Effect | None:
    """Compare two parts of a postcode; a district holds sectors."""
    if not isinstance(before, Postcode) or not isinstance(after, Postcode):
        return None
    return Effect.TIGHTENED if after.name == "district" else Effect.LOOSENED


def _codes(before: Treatment | None, after: Treatment | None) -> Effect | None:
    """Compare two lists of codes: the one that can be worked out from the other tells less."""
    if not isinstance(before, Recode) or not isinstance(after, Recode):
        return None
    values = [*{value for value, _ in before.codes + after.codes}, None]  # None stands for every value off both lists
    first = [dict(before.codes).get(value or "", before.other) for value in values]
    second = [dict(after.codes).get(value or "", after.other) for value in values]
    pairs = set(zip(first, second, strict=True))
    coarser, finer = len(pairs) == len(set(first)), len(pairs) == len(set(second))
    if coarser and finer:
        return Effect.NEITHER
    if coarser or finer:
        return Effect.TIGHTENED if coarser else Effect.LOOSENED
    return Effect.UNLIKE
