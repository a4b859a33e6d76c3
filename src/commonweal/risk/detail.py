"""Detail: into how many levels a column can still be told apart once its treatment is done.

Counted from the contract and the treatment alone, never from the data, so that it can be said before anything is read
and tells nothing about anyone. Where the contract is silent a generous number is assumed.
"""

from __future__ import annotations

from commonweal.catalogue.contract import Column
from commonweal.deidentification.bands import NumberBand, YearBand
from commonweal.deidentification.codes import Recode
from commonweal.deidentification.column_types import is_date, is_number
from commonweal.deidentification.dates import CutDate
from commonweal.deidentification.nearest import Round
from commonweal.deidentification.postcodes import Postcode
from commonweal.deidentification.treatment import Treatment

YEARS = 100
"""Years that a date of a person's life may lie in."""

ASSUMED_NUMBERS = 10_000.0
ASSUMED_WORDS = 30.0
GSS_CODES = 7_000.0
"""Wards and their like; a smaller geography has more."""

POSTCODES = {"": 1_700_000.0, "sector": 11_000.0, "district": 3_000.0}
"""Live postcodes of the United Kingdom, and their sectors and districts, in round numbers (Royal Mail, ONS)."""

CUTS = {"year": YEARS, "quarter": YEARS * 4, "month": YEARS * 12}


def levels(column: Column, treatment: Treatment) -> float:
    """Return how many levels are left, at least 1; a coarser treatment of the same column never has more."""
    if isinstance(treatment, Recode):
        codes = {code for _, code in treatment.codes} | ({treatment.other} if treatment.other is not None else set())
        return max(1.0, min(float(len(codes)), untreated(column)))
    if isinstance(treatment, Postcode):
        return min(POSTCODES[treatment.name], untreated(column))
    if isinstance(treatment, CutDate):
        return float(CUTS[treatment.unit])
    if isinstance(treatment, YearBand):
        return max(1.0, YEARS / treatment.years)
    if isinstance(treatment, NumberBand):
        return max(1.0, untreated(column) / treatment.width)
    if isinstance(treatment, Round):
        return max(1.0, untreated(column) / treatment.step)
    return untreated(column)


def untreated(column: Column) -> float:
    """Return how many levels the column has as it is."""
    if column.codes:
        return float(len(column.codes))
    if column.physical_type.upper() == "BOOLEAN":
        return 2.0
    if column.standard == "postcode":
        return POSTCODES[""]
    if column.standard == "gss":
        return GSS_CODES
    if is_date(column.physical_type):
        return YEARS * 365.0
    if is_number(column.physical_type):
        if column.minimum is not None and column.maximum is not None:
            return max(1.0, column.maximum - column.minimum + 1.0)
        return ASSUMED_NUMBERS
    return ASSUMED_WORDS
