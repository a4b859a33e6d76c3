"""Bands: numbers and dates as the start of the band they fall into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sqlglot import exp

from commonweal.catalogue.sql_template import filled, whole
from commonweal.deidentification.column_types import LARGE_WHOLE, in_words, is_date, is_number, is_whole, plain_name
from commonweal.deidentification.dates import PLAUSIBLE


def whole_result(physical_type: str) -> str:
    """Return the type of a multiple: wider than that of small whole numbers, as a multiple may lie beyond them."""
    if not is_whole(physical_type):
        return physical_type
    return "HUGEINT" if plain_name(physical_type) in LARGE_WHOLE else "BIGINT"


@dataclass(frozen=True)
class NumberBand:
    """Numbers as the largest multiple of `width` (a whole number from 1) that is not above them."""

    width: int
    name: ClassVar[str] = "band"
    promise: ClassVar[str] = (
        "A number is seen only as the start of its band, and bands begin at multiples of their width."
    )

    def describe(self) -> str:
        """Return the treatment in words."""
        return f"in bands of {self.width}"

    def applies_to(self, physical_type: str) -> str:
        """Return why it cannot be used on a type that holds no numbers, else an empty string."""
        if is_number(physical_type):
            return ""
        if is_date(physical_type):
            return f"a band of dates needs a unit: write {{band: {self.width} years}}"
        return f"band needs numbers or dates, and the column holds {in_words(physical_type)}"

    def expression(self, column: exp.Expression, physical_type: str) -> exp.Expression | None:
        """Return the start of the band; null for what is not finite and where the start does not fit the type."""
        width, kind = whole(self.width), whole_result(physical_type)
        if plain_name(physical_type) in ("FLOAT", "DOUBLE"):
            return filled("TRY(CASE WHEN ISFINITE(:x) THEN FLOOR(:x / :n) * :n END)", x=column, n=width)
        start = f"CAST(:x AS {kind}) - (:x % :n) - CASE WHEN :x % :n < 0 THEN :n ELSE 0 END"
        return filled(f"TRY(CAST({start} AS {kind}))", x=column, n=width)

    def result_type(self, physical_type: str) -> str:
        """Return BIGINT (HUGEINT for the widest) for whole numbers, else the column's own type."""
        return whole_result(physical_type)


@dataclass(frozen=True)
class YearBand:
    """Dates as the first day of a band of whole years; bands begin in years that are multiples of their width."""

    years: int
    name: ClassVar[str] = "band"
    promise: ClassVar[str] = "A date is seen only as the first day of its band of years."

    def describe(self) -> str:
        """Return the treatment in words."""
        return "in bands of 1 year" if self.years == 1 else f"in bands of {self.years} years"

    def applies_to(self, physical_type: str) -> str:
        """Return why it cannot be used on a type that holds no dates, else an empty string."""
        if is_date(physical_type):
            return ""
        if is_number(physical_type):
            return f"the column holds numbers: write {{band: {self.years}}}"
        return f"a band of years needs dates, and the column holds {in_words(physical_type)}"

    def expression(self, column: exp.Expression, physical_type: str) -> exp.Expression | None:
        """Return the first day of the band; null for infinite dates and years outside 0 to 9999."""
        start = "MAKE_DATE((YEAR(:x) // :n) * :n, 1, 1)"
        return filled(f"TRY(CASE WHEN {PLAUSIBLE} THEN {start} END)", x=column, n=whole(self.years))

    def result_type(self, physical_type: str) -> str:
        """Return DATE."""
        return "DATE"
