"""Codes: values recoded by a public list that stands in the agreement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sqlglot import exp

from commonweal.deidentification.column_types import in_words, is_text, is_whole, plain_name

OTHER = "other"
"""The key under which an agreement names what all unlisted values become."""


@dataclass(frozen=True)
class Recode:
    """Values as the code that the list gives them; unlisted ones as `other`, or null when there is none.

    `codes` holds (value, code) pairs in the order of the values. Null stays null.
    """

    codes: tuple[tuple[str, str], ...]
    other: str | None = None
    name: ClassVar[str] = "codes"
    promise: ClassVar[str] = (
        "A value is seen only as the code that the agreement's list gives it; no value off the list is seen."
    )

    def describe(self) -> str:
        """Return the treatment in words."""
        found = sorted({code for _, code in self.codes} | ({self.other} if self.other is not None else set()))
        return f"recoded to {len(found)} code{'' if len(found) == 1 else 's'}: {', '.join(found)}"

    def applies_to(self, physical_type: str) -> str:
        """Return why it cannot be used on a type that holds no codes, else an empty string."""
        if is_text(physical_type) or is_whole(physical_type) or plain_name(physical_type) == "BOOLEAN":
            return ""
        return f"codes needs text or whole numbers, and the column holds {in_words(physical_type)}"

    def expression(self, column: exp.Expression, physical_type: str) -> exp.Expression | None:
        """Return a CASE over the listed values."""
        value = exp.cast(column.copy(), exp.DataType.Type.VARCHAR)
        case = exp.Case(this=value)
        for given, code in self.codes:
            case = case.when(exp.Literal.string(given), exp.Literal.string(code))
        if self.other is None:
            return case
        unlisted = exp.case().when(column.copy().is_(exp.null()), exp.null()).else_(exp.Literal.string(self.other))
        return case.else_(unlisted)

    def result_type(self, physical_type: str) -> str:
        """Return VARCHAR."""
        return "VARCHAR"
