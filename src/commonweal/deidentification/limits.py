"""Limits: the extremes of a column are cut off, because an extreme is somebody's."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from sqlglot import exp

from commonweal.catalogue.sql_template import filled
from commonweal.deidentification.column_types import in_words, is_number, is_whole


@dataclass(frozen=True)
class Limit:
    """Numbers beyond a limit as the limit itself; `name` is ``top`` (nothing above) or ``bottom`` (nothing below)."""

    name: str
    limit: Decimal
    promise: ClassVar[str] = "No number beyond the limit is seen: all that lie beyond look like the limit itself."

    def describe(self) -> str:
        """Return the treatment in words."""
        return f"{'above' if self.name == 'top' else 'below'} {self.limit:f} shown as {self.limit:f}"

    def applies_to(self, physical_type: str) -> str:
        """Return why it cannot be used on the type, else an empty string."""
        if not is_number(physical_type):
            return f"{self.name} needs numbers, and the column holds {in_words(physical_type)}"
        if is_whole(physical_type) and self.limit != self.limit.to_integral_value():
            return f"the column holds whole numbers, so {self.name} needs a whole number"
        return ""

    def expression(self, column: exp.Expression, physical_type: str) -> exp.Expression | None:
        """Return the limited number; null for what is no number, and where the limit does not fit the type."""
        side = ">" if self.name == "top" else "<"
        limit = filled(f"CAST(:n AS {physical_type})", n=exp.Literal.number(f"{self.limit:f}"))
        known = "NOT ISNAN(CAST(:x AS DOUBLE))" if not is_whole(physical_type) else ":x IS NOT NULL"
        return filled(
            f"TRY(CASE WHEN {known} THEN CASE WHEN :x {side} :n THEN :limit ELSE :x END END)",
            x=column,
            n=exp.Literal.number(f"{self.limit:f}"),
            limit=limit,
        )

    def result_type(self, physical_type: str) -> str:
        """Return the column's own type."""
        return physical_type
