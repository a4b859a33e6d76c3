"""Families of column types: which may be compared with which, without a conversion that could fail on a value."""

from __future__ import annotations

import re

_FAMILIES = {
    "whole number": r"U?(TINYINT|SMALLINT|INTEGER|INT|BIGINT|HUGEINT)|INT[1248]|LONG|SHORT",
    "number": r"FLOAT|REAL|DOUBLE|FLOAT[48]|(DECIMAL|NUMERIC)(\([0-9 ,]+\))?",
    "text": r"(VARCHAR|CHAR|BPCHAR)(\([0-9]+\))?|TEXT|STRING",
    "date": r"DATE",
    "time stamp": r"TIMESTAMP.*|DATETIME",
    "yes or no": r"BOOL(EAN)?|LOGICAL",
}


def family(physical_type: str) -> str:
    """Return the family of a DuckDB type, for example ``whole number`` for BIGINT; a type of no family is its own."""
    wanted = physical_type.strip().upper()
    return next((name for name, pattern in _FAMILIES.items() if re.fullmatch(pattern, wanted)), wanted)


def comparable(left: str, right: str) -> bool:
    """Tell whether values of the two types can be compared as they are."""
    families = {family(left), family(right)}
    return len(families) == 1 or families == {"date", "time stamp"}


def joinable(left: str, right: str) -> bool:
    """Tell whether two link columns hold values of one family, so that equal things are equal values."""
    return family(left) == family(right)
