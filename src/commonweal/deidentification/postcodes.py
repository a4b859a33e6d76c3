"""Postcodes cut to their district or sector.

Source: Royal Mail, Programmers' Guide to PAF: an outward code of two to four characters (area and district), then a
digit (which makes the sector) and two letters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sqlglot import exp

from commonweal.deidentification.column_types import in_words, is_text
from commonweal.deidentification.template import filled

OUTWARD = "GIR|[A-Z]{1,2}[0-9][A-Z0-9]?"
LETTERS_AND_DIGITS = "REGEXP_REPLACE(UPPER(:x), '[^A-Z0-9]', '', 'g')"
ONE_SPACE = "REGEXP_REPLACE(TRIM(UPPER(:x)), '\\s+', ' ', 'g')"


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
        if self.name == "district":
            pattern = f"^({OUTWARD})([0-9][A-Z]{{2}})?$"
            return filled(f"TRY(NULLIF(REGEXP_EXTRACT({LETTERS_AND_DIGITS}, '{pattern}', 1), ''))", x=column)
        full = f"^({OUTWARD})([0-9])[A-Z]{{2}}$"
        sector = f"REGEXP_REPLACE({LETTERS_AND_DIGITS}, '{full}', '\\1 \\2')"
        return filled(
            f"TRY(CASE WHEN REGEXP_MATCHES({LETTERS_AND_DIGITS}, '{full}') THEN {sector} "
            f"WHEN REGEXP_MATCHES({ONE_SPACE}, '^({OUTWARD}) [0-9]$') THEN {ONE_SPACE} END)",
            x=column,
        )

    def result_type(self, physical_type: str) -> str:
        """Return VARCHAR."""
        return "VARCHAR"
