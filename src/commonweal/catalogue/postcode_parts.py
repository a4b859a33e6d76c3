"""The district or sector of a postcode, as SQL.

Source: Royal Mail, Programmers' Guide to PAF: an outward code of two to four characters (area and district), then a
digit (which makes the sector) and two letters.
"""

from __future__ import annotations

from sqlglot import exp

from commonweal.catalogue.sql_template import filled

PARTS = ("district", "sector")
"""What a postcode can be cut to: ``ZZ9`` and ``ZZ9 9``."""
OUTWARD = "GIR|[A-Z]{1,2}[0-9][A-Z0-9]?"
LETTERS_AND_DIGITS = "REGEXP_REPLACE(UPPER(:x), '[^A-Z0-9]', '', 'g')"
ONE_SPACE = "REGEXP_REPLACE(TRIM(UPPER(:x)), '\\s+', ' ', 'g')"


def postcode_part(column: exp.Expression, part: str) -> exp.Expression:
    """Return the district or sector (one of `PARTS`) of a full postcode, or of one that is already cut; else null.

    Letter case and spaces do not matter. It can never raise an error.
    """
    if part == "district":
        pattern = f"^({OUTWARD})([0-9][A-Z]{{2}})?$"
        return filled(f"TRY(NULLIF(REGEXP_EXTRACT({LETTERS_AND_DIGITS}, '{pattern}', 1), ''))", x=column)
    full = f"^({OUTWARD})([0-9])[A-Z]{{2}}$"
    sector = f"REGEXP_REPLACE({LETTERS_AND_DIGITS}, '{full}', '\\1 \\2')"
    return filled(
        f"TRY(CASE WHEN REGEXP_MATCHES({LETTERS_AND_DIGITS}, '{full}') THEN {sector} "
        f"WHEN REGEXP_MATCHES({ONE_SPACE}, '^({OUTWARD}) [0-9]$') THEN {ONE_SPACE} END)",
        x=column,
    )
