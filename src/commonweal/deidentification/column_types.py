"""DuckDB's types, sorted by what a treatment can do with them."""

from __future__ import annotations

import re

SMALL_WHOLE = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"})
LARGE_WHOLE = frozenset({"UBIGINT", "HUGEINT"})
FLOATING = frozenset({"FLOAT", "DOUBLE"})
TIMESTAMPS = frozenset({"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"})
ALIASES = {
    "INT": "INTEGER",
    "INT1": "TINYINT",
    "INT2": "SMALLINT",
    "INT4": "INTEGER",
    "INT8": "BIGINT",
    "LONG": "BIGINT",
    "SHORT": "SMALLINT",
    "SIGNED": "INTEGER",
    "REAL": "FLOAT",
    "FLOAT4": "FLOAT",
    "FLOAT8": "DOUBLE",
    "NUMERIC": "DECIMAL",
    "TEXT": "VARCHAR",
    "STRING": "VARCHAR",
    "CHAR": "VARCHAR",
    "BPCHAR": "VARCHAR",
    "DATETIME": "TIMESTAMP",
    "BOOL": "BOOLEAN",
    "LOGICAL": "BOOLEAN",
}


def plain_name(physical_type: str) -> str:
    """Return the type's one name without its width: ``DECIMAL`` for ``numeric(10, 2)``."""
    name = re.sub(r"\([0-9, ]*\)$", "", physical_type.strip()).strip().upper()
    return ALIASES.get(name, name)


def is_whole(physical_type: str) -> bool:
    """Return whether the type holds whole numbers, as far as treatments handle them."""
    return plain_name(physical_type) in SMALL_WHOLE | LARGE_WHOLE


def is_decimal(physical_type: str) -> bool:
    """Return whether the type holds exact decimals."""
    return plain_name(physical_type) == "DECIMAL"


def is_number(physical_type: str) -> bool:
    """Return whether the type holds numbers."""
    return is_whole(physical_type) or is_decimal(physical_type) or plain_name(physical_type) in FLOATING


def is_date(physical_type: str) -> bool:
    """Return whether the type holds dates or times of a day without a zone."""
    return plain_name(physical_type) == "DATE" or plain_name(physical_type) in TIMESTAMPS


def is_text(physical_type: str) -> bool:
    """Return whether the type holds text."""
    return plain_name(physical_type) == "VARCHAR"


def in_words(physical_type: str) -> str:
    """Return what the type holds, for a sentence."""
    if is_number(physical_type):
        return "numbers"
    if is_date(physical_type):
        return "dates"
    if is_text(physical_type):
        return "text"
    return plain_name(physical_type)
