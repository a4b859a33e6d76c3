"""Keep and withhold: all of a column, or nothing of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sqlglot import exp


@dataclass(frozen=True)
class Keep:
    """The column as it is."""

    name: ClassVar[str] = "keep"
    promise: ClassVar[str] = "Nothing is hidden: questions see the column as it is."

    def describe(self) -> str:
        """Return the treatment in words."""
        return "as it is"

    def applies_to(self, physical_type: str) -> str:
        """Return an empty string: any type can be kept."""
        return ""

    def expression(self, column: exp.Expression, physical_type: str) -> exp.Expression | None:
        """Return the column."""
        return column

    def result_type(self, physical_type: str) -> str:
        """Return the column's own type."""
        return physical_type


@dataclass(frozen=True)
class Withhold:
    """The column is not there for questions under the agreement."""

    name: ClassVar[str] = "withhold"
    promise: ClassVar[str] = "Questions do not see the column at all."

    def describe(self) -> str:
        """Return the treatment in words."""
        return "withheld"

    def applies_to(self, physical_type: str) -> str:
        """Return an empty string: any type can be withheld."""
        return ""

    def expression(self, column: exp.Expression, physical_type: str) -> exp.Expression | None:
        """Return None: there is nothing to see."""
        return None

    def result_type(self, physical_type: str) -> str:
        """Return the column's own type, in which it is not shown."""
        return physical_type
