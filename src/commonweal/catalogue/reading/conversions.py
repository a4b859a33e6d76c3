"""From text to typed values, as SQL: a value that cannot be read exactly becomes NULL and its row is set aside.

Nothing is rounded, no day is taken for a month, no digit is made up: where a text could mean two things it is not read.
"""

from __future__ import annotations

import re

from commonweal.catalogue.contract import Column

BLANK = " \t\n\u00a0\u200b\ufeff"
MISSING = ("null", "n/a", "na", "#n/a", "nan", "none", "nil", "-", "--", ".", "?")
"""What people write into a number or date that they do not have. In text columns they stay: they may mean something."""

_LOGICAL = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "time": "TIME",
    "boolean": "BOOLEAN",
}
_PHYSICAL = (
    (r"(N?VARCHAR2?|CHARACTER VARYING|N?CHAR|CHARACTER|TEXT|STRING|BPCHAR|UUID)(\(.*\)|\[.*\])?", "VARCHAR"),
    (r"BIGINT|INT8|LONG|BIGSERIAL|INT64", "BIGINT"),
    (r"INTEGER|INT|INT4|SIGNED|SERIAL|INT32", "INTEGER"),
    (r"SMALLINT|INT2|SHORT|TINYINT|INT1", "SMALLINT"),
    (r"DOUBLE|DOUBLE PRECISION|FLOAT8|FLOAT|REAL|FLOAT4", "DOUBLE"),
    (r"DATE", "DATE"),
    (r"TIMESTAMP.*|DATETIME.*", "TIMESTAMP"),
    (r"TIME(\(.*\))?", "TIME"),
    (r"BOOLEAN|BOOL|BIT", "BOOLEAN"),
)
_DECIMAL = re.compile(r"(?:DECIMAL|NUMERIC)\((\d{1,2})(?:,\s*(\d{1,2}))?\)")
PARTED = "([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})"
"""Day, month and year in an order that has to be proved."""
NUMBER = "[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE]([+]?[0-9]{1,2}|-[0-9]{1,3}))?"
"""A plain number; powers of ten that would overflow are none."""
_ISO = "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
_CLOCK = "[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?"
_MIDNIGHT = "([T ]0{1,2}:00(:00([.]0+)?)?(Z|[+]00(:?00)?)?)?"
_MONTHS = "[0-9]{1,2}[- ][A-Za-z]{3,9}[- ][0-9]{4}"
_SIGN = "[+-]?"
_POUNDS = "[£$€]? ?"


def snapshot_type(column: Column) -> str:
    """Return the DuckDB type of a contract's column in the snapshot: its physical type, else what its logical type means."""
    stated = column.physical_type.strip().upper()
    for pattern, kind in _PHYSICAL:
        if re.fullmatch(pattern, stated):
            return kind
    if (decimal := _DECIMAL.fullmatch(stated)) and int(decimal[1]) <= 38 and int(decimal[2] or 0) <= int(decimal[1]):
        return f"DECIMAL({int(decimal[1])},{int(decimal[2] or 0)})"
    return _LOGICAL.get(column.logical_type, "")


def trimmed(expression: str) -> str:
    """Return SQL text without blanks around it, NULL if nothing is left.

    Trimming Unicode blanks is slow, so only text that begins or ends with something unusual is trimmed.
    """
    text = f"CAST({expression} AS VARCHAR)"
    ends = " OR ".join(f"ends_with({text}, '{blank}')" for blank in BLANK)
    return f"nullif(CASE WHEN {text} < '!' OR {text} >= '\u00a0' OR {ends} THEN trim({text}, '{BLANK}') ELSE {text} END, '')"


def is_missing(text: str) -> str:
    """Return a SQL condition: the trimmed text says that there is no value."""
    words = ", ".join(f"'{word}'" for word in MISSING)
    return f"(length({text}) <= 4 AND lower({text}) IN ({words}))"


def value_sql(text: str, kind: str, *, order: str = "", spaced: bool = False) -> str:
    """Return SQL that reads trimmed `text` as a value of the DuckDB type `kind`, NULL if it cannot be read exactly.

    `order` is "day" or "month" where days and months stand first; '' leaves such dates unread. `spaced` allows spaces
    within a whole number (identifiers).
    """
    if kind == "VARCHAR":
        return text
    if kind in ("BIGINT", "INTEGER", "SMALLINT"):
        return _integer(text, kind, spaced)
    if kind == "DOUBLE" or kind.startswith("DECIMAL"):
        return _number(text, kind)
    if kind == "DATE":
        return _date(text, order)
    if kind == "TIMESTAMP":
        return _timestamp(text, order)
    if kind == "TIME":
        return f"CASE WHEN {_full(text, _CLOCK)} THEN try_cast({text} AS TIME) END"
    words = "WHEN 'true' THEN true WHEN 't' THEN true WHEN 'yes' THEN true WHEN 'y' THEN true WHEN '1' THEN true "
    words += "WHEN 'false' THEN false WHEN 'f' THEN false WHEN 'no' THEN false WHEN 'n' THEN false WHEN '0' THEN false"
    return f"CASE lower({text}) {words} END"


def typed_value_sql(expression: str, source: str, kind: str) -> str:
    """Return SQL that reads a typed column: as it is if the types agree, else by way of its text."""
    if source in ("DOUBLE", "FLOAT"):
        expression = f"CASE WHEN isfinite({expression}) THEN {expression} END"
    if source == kind or (source == "FLOAT" and kind == "DOUBLE"):
        return f"CAST({expression} AS {kind})"
    return value_sql(trimmed(expression), kind, spaced=False)


def what_it_is_not(kind: str) -> str:
    """Return the words for a value that cannot be read as `kind`."""
    if kind in ("BIGINT", "INTEGER", "SMALLINT"):
        return f"is not a whole number that fits {kind}"
    if kind == "DOUBLE" or kind.startswith("DECIMAL"):
        return "is not a number"
    return {
        "DATE": "is not a date",
        "TIMESTAMP": "is not a date and time",
        "TIME": "is not a time",
        "BOOLEAN": "is not true or false",
    }.get(kind, "is not text")


def _integer(text: str, kind: str, spaced: bool) -> str:
    """Read whole numbers, also written with a point and zeros, commas, or exactly in powers of ten.

    `1.00023E+11` is not read: a spreadsheet has rounded it, and the identifier it was is lost.
    """
    digits = f"{_SIGN}[0-9]+"
    power = "[eE][+]?([0-9]{1,2})"
    mantissa = f"regexp_extract({text}, '[.]([0-9]*){power}$', 1)"
    exponent = f"try_cast(regexp_extract({text}, '{power}$', 1) AS INTEGER)"
    as_double = f"try_cast({text} AS DOUBLE)"
    exact = (
        f"length({mantissa}) >= {exponent} AND {as_double} = trunc({as_double}) AND abs({as_double}) < 9007199254740992"
    )
    spaces = (
        f"WHEN {_full(text, '[0-9]+( +[0-9]+)+')} THEN try_cast(replace({text}, ' ', '') AS {kind}) " if spaced else ""
    )
    return (
        f"CASE WHEN {_full(text, digits)} THEN try_cast({text} AS {kind}) "
        f"WHEN {_full(text, digits + '[.]0*')} THEN try_cast(regexp_replace({text}, '[.].*', '') AS {kind}) "
        f"{spaces}"
        f"WHEN {_full(text, _SIGN + _POUNDS + '[0-9]{1,3}(,[0-9]{3})+([.]0*)?')} "
        f"THEN try_cast(regexp_replace(regexp_replace({text}, '[.].*', ''), '[£$€, ]', '', 'g') AS {kind}) "
        f"WHEN {_full(text, _SIGN + '[0-9][.][0-9]+' + power)} AND {exact} THEN try_cast({as_double} AS {kind}) END"
    )


def _number(text: str, kind: str) -> str:
    """Read numbers: decimal point, powers of ten, thousands in commas, a currency sign, an accountant's brackets."""
    amount = "([0-9]{1,3}(,[0-9]{3})+|[0-9]+)([.][0-9]+)?"
    stripped = f"regexp_replace({text}, '[£$€, ()]', '', 'g')"
    return (
        f"CASE WHEN {_full(text, NUMBER)} THEN try_cast({text} AS {kind}) "
        f"WHEN {_full(text, _SIGN + _POUNDS + amount)} OR {_full(text, '[£$€]-' + amount)} THEN try_cast({stripped} AS {kind}) "
        f"WHEN {_full(text, '[(]' + _POUNDS + amount + '[)]')} THEN try_cast('-' || {stripped} AS {kind}) END"
    )


def _date(text: str, order: str) -> str:
    days = f"split_part(replace({text}, 'T', ' '), ' ', 1)"
    spelt = f"WHEN {_full(text, _MONTHS)} THEN {_try_formats(text)}"
    return (
        f"CASE WHEN {_full(text, '[0-9]{4}-[0-9]{2}-[0-9]{2}')} THEN try_cast({text} AS DATE) "
        f"WHEN {_full(text, _ISO + _MIDNIGHT)} THEN try_cast({days} AS DATE) "
        f"WHEN {_full(text, '[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}')} THEN try_cast(replace({text}, '/', '-') AS DATE) "
        f"{_parted(text, order, _MIDNIGHT, 'DATE')} {spelt} END"
    )


def _timestamp(text: str, order: str) -> str:
    zone = "(Z|[+-][0-9]{2}(:?[0-9]{2})?)"
    in_utc = f"make_timestamp(epoch_us(try_cast({text} AS TIMESTAMPTZ)))"
    return (
        f"CASE WHEN {_full(text, _ISO + f'([T ]{_CLOCK})?')} THEN try_cast({text} AS TIMESTAMP) "
        f"WHEN {_full(text, _ISO + f'[T ]{_CLOCK}{zone}')} THEN {in_utc} "
        f"{_parted(text, order, f'( {_CLOCK})?', 'TIMESTAMP')} END"
    )


def _parted(text: str, order: str, clock: str, kind: str) -> str:
    """Read d/m/Y or m/d/Y, in the one order that was proved or stated; the year stands first in what is cast."""
    if order not in ("day", "month"):
        return ""
    iso = "\\3-\\2-\\1" if order == "day" else "\\3-\\1-\\2"
    replaced = f"regexp_replace({text}, '^{PARTED}', '{iso}')"
    if kind == "DATE":
        replaced = f"split_part(replace({replaced}, 'T', ' '), ' ', 1)"
    return f"WHEN {_full(text, PARTED + clock)} THEN try_cast({replaced} AS {kind})"


def _try_formats(text: str) -> str:
    spaced = f"replace({text}, '-', ' ')"
    return f"try_cast(try_strptime({spaced}, ['%d %b %Y', '%d %B %Y']) AS DATE)"


def _full(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, '{pattern}')"
