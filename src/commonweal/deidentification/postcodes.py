"""Postcodes cut to their district or sector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sqlglot import exp

from commonweal.catalogue.postcode_parts import postcode_part
from commonweal.deidentification.column_types import in_words, is_text


@dataclass(frozen=True)
class Postcode:
    """Postcodes as their district (``ZZ9``) or sector (``ZZ9 9``); `name` is one of those words.

    Letter case and spaces do not matter. What is no postcode becomes null, so nothing written in its place comes
    through.
    """

    name: str
    promise: ClassVar[str] = "A postcode is seen only as its district or sector."

    def describe(self) -> str:
        """Return the treatment in words."""
        return f"by postcode {self.name}"

    def applies_to(self, physical_type: str) -> str:
        """Return why it cannot be used on a type that holds no text, else an empty string."""
        return (
            ""
            if is_text(physical_type)
            else f"{self.name} needs postcodes, and the column holds {in_words(physical_type)}"
        )

    def expression(self, column: exp.Expression, physical_type: str) -> exp.Expression | None:
        """Return the district or sector of a full postcode, or of one that is already cut; else null."""
        return postcode_part(column, self.name)

    def result_type(self, physical_type: str) -> str:
        """Return VARCHAR."""
        return "VARCHAR"
