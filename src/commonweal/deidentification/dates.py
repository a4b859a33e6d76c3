"""Dates cut to their year, quarter or month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sqlglot import exp

from commonweal.catalogue.sql_template import filled
from commonweal.deidentification.column_types import in_words, is_date

PLAUSIBLE = "ISFINITE(:x) AND YEAR(:x) BETWEEN 0 AND 9999"
"""Dates that a calendar of the Common Era has; others, and infinity, become nothing."""

FIRST_MONTH = {"year": "1", "quarter": "QUARTER(:x) * 3 - 2", "month": "MONTH(:x)"}


@dataclass(frozen=True)
class CutDate:
    """Dates and times as the first day of their year, quarter or month; `unit` is one of those words."""

    unit: str
    promise: ClassVar[str] = "A date or time is seen only as the first day of its year, quarter or month."

    @property
    def name(self) -> str:
        """Return the unit, which is the word in the agreement."""
        return self.unit

    def describe(self) -> str:
        """Return the treatment in words."""
        return f"by {self.unit}"

    def applies_to(self, physical_type: str) -> str:
        """Return why it cannot be used on a type that holds no dates, else an empty string."""
        return (
            "" if is_date(physical_type) else f"{self.unit} needs dates, and the column holds {in_words(physical_type)}"
        )

    def expression(self, column: exp.Expression, physical_type: str) -> exp.Expression | None:
        """Return the first day of the unit; null for infinite dates and years outside 0 to 9999."""
        return filled(f"TRY(CASE WHEN {PLAUSIBLE} THEN MAKE_DATE(YEAR(:x), {FIRST_MONTH[self.unit]}, 1) END)", x=column)

    def result_type(self, physical_type: str) -> str:
        """Return DATE."""
        return "DATE"
