"""Round: numbers to the nearest multiple."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sqlglot import exp

from commonweal.catalogue.sql_template import filled, whole
from commonweal.deidentification.bands import whole_result
from commonweal.deidentification.column_types import in_words, is_number, plain_name


@dataclass(frozen=True)
class Round:
    """Numbers as the nearest multiple of `step` (a whole number from 1); halves go up."""

    step: int
    name: ClassVar[str] = "round"
    promise: ClassVar[str] = "A number is seen only as the nearest multiple of the step."

    def describe(self) -> str:
        """Return the treatment in words."""
        return f"rounded to the nearest {self.step}"

    def applies_to(self, physical_type: str) -> str:
        """Return why it cannot be used on a type that holds no numbers, else an empty string."""
        return (
            "" if is_number(physical_type) else f"round needs numbers, and the column holds {in_words(physical_type)}"
        )

    def expression(self, column: exp.Expression, physical_type: str) -> exp.Expression | None:
        """Return the nearest multiple; null for what is not finite and where the multiple does not fit the type."""
        step, kind = whole(self.step), whole_result(physical_type)
        if plain_name(physical_type) in ("FLOAT", "DOUBLE"):
            return filled("TRY(CASE WHEN ISFINITE(:x) THEN FLOOR(:x / :n + 0.5) * :n END)", x=column, n=step)
        remainder = "((:x % :n) + CASE WHEN :x % :n < 0 THEN :n ELSE 0 END)"
        nearest = f"CAST(:x AS {kind}) - {remainder} + CASE WHEN {remainder} * 2 >= :n THEN :n ELSE 0 END"
        return filled(f"TRY(CAST({nearest} AS {kind}))", x=column, n=step)

    def result_type(self, physical_type: str) -> str:
        """Return BIGINT (HUGEINT for the widest) for whole numbers, else the column's own type."""
        return whole_result(physical_type)
