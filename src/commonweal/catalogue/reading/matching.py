"""Which column of a file is which column of the contract, and what a file's headers become as names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from commonweal.catalogue.contract import Contract
from commonweal.catalogue.names import nearest
from commonweal.catalogue.reading.staging import SourceColumn
from commonweal.errors import BadInput, Place

RESERVED = frozenset(
    [
        "all",
        "and",
        "any",
        "as",
        "asc",
        "between",
        "by",
        "case",
        "cast",
        "check",
        "column",
        "create",
        "cross",
        "current",
        "default",
        "delete",
        "desc",
        "distinct",
        "drop",
        "else",
        "end",
        "except",
        "exists",
        "false",
        "for",
        "foreign",
        "from",
        "full",
        "grant",
        "group",
        "having",
        "in",
        "inner",
        "insert",
        "intersect",
        "into",
        "is",
        "join",
        "left",
        "like",
        "limit",
        "natural",
        "not",
        "null",
        "offset",
        "on",
        "or",
        "order",
        "outer",
        "primary",
        "references",
        "right",
        "row",
        "select",
        "set",
        "table",
        "then",
        "to",
        "true",
        "union",
        "unique",
        "update",
        "user",
        "using",
        "values",
        "when",
        "where",
        "window",
        "with",
    ]
)
"""Words of SQL that cannot be typed as a column's name, and `row`, which the contract uses for "every row"."""


def slug(header: str) -> str:
    """Return a header as a word for SQL: small ASCII letters, digits, underscores; '' if nothing is left."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", "_", header)
    plain = unicodedata.normalize("NFKD", spaced).encode("ascii", "ignore").decode().casefold()
    word = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:60].strip("_")
    if not word:
        return ""
    return f"column_{word}" if word[0].isdigit() or word in RESERVED else word


def expected_words(contract: Contract | None) -> frozenset[str]:
    """Return the words that a header of the contract's file would hold, to tell it from a row of data."""
    columns = contract.columns if contract else ()
    return frozenset(slug(name) for column in columns for name in (column.source_name, column.name) if name)


def draft_names(columns: Sequence[SourceColumn]) -> list[str]:
    """Return one name for each column of a file: its header as a word, `column_N` without one, numbered when taken."""
    names: list[str] = []
    for number, column in enumerate(columns, 1):
        name = base = slug(column.header) or f"column_{number}"
        count = 2
        while name in names:
            name, count = f"{base}_{count}", count + 1
        names.append(name)
    return names


def match(contract: Contract, columns: Sequence[SourceColumn], label: str) -> list[int]:
    """Return for every contract column the place of its column in the file.

    A header matches by the column's source name or name as it stands, else as a word. A file without a header matches
    by order if it has exactly as many columns. BadInput names every missing column and the nearest unused headers.
    """
    if not any(column.header for column in columns):
        if len(columns) == len(contract.columns):
            return list(range(len(columns)))
        raise BadInput(
            "The file's first row is no header, and it has not as many columns as the contract.",
            why=f"It has {len(columns)}, the contract {len(contract.columns)}.",
            remedy="Put a row with the column names on top.",
            place=Place(label, row=1),
        )
    headers = [column.header for column in columns]
    by_slug: dict[str, list[int]] = {}
    for index, header in enumerate(headers):
        by_slug.setdefault(slug(header), []).append(index)
    places: list[int | None] = []
    for column in contract.columns:
        exact = [headers.index(word) for word in (column.source_name, column.name) if word and word in headers]
        alike = by_slug.get(slug(column.source_name or column.name), []) or by_slug.get(slug(column.name), [])
        places.append(exact[0] if exact else alike[0] if len(alike) == 1 else None)
    missing = [column.name for column, place in zip(contract.columns, places, strict=True) if place is None]
    if missing:
        # If nothing matched, the first row may be data: then none of it may be told.
        trusted = len(missing) < len(contract.columns)
        unused = [slug(headers[i]) for i in range(len(headers)) if trusted and i not in places and slug(headers[i])]
        raise _missing(missing, unused, label)
    return [place for place in places if place is not None]


def left_out(columns: Sequence[SourceColumn], chosen: Sequence[int], label: str) -> str:
    """Return a note on the file's columns that the contract does not have, or '' if it has all."""
    extra = [slug(columns[i].header) or f"column_{i + 1}" for i in range(len(columns)) if i not in set(chosen)]
    if not extra:
        return ""
    named = ", ".join(extra[:10]) + (f" and {len(extra) - 10} more" if len(extra) > 10 else "")
    return f"{label}: not in the contract and never read: {named}."


def _missing(missing: Sequence[str], unused: Sequence[str], label: str) -> BadInput:
    near = []
    for name in missing[:10]:
        word = nearest(slug(name), unused)
        near.append(f"{name} (nearest in the file: {word})" if word else name)
    more = f" and {len(missing) - 10} more" if len(missing) > 10 else ""
    few = ", ".join(unused[:10]) + (f" and {len(unused) - 10} more" if len(unused) > 10 else "")
    return BadInput(
        f"The file lacks {len(missing)} of the contract's columns."
        if len(missing) > 1
        else "The file lacks a column of the contract.",
        why=f"Missing: {', '.join(near)}{more}." + (f" Unused headers: {few}." if few else ""),
        remedy="Mend the header, or give the column's header as physicalName in the contract.",
        place=Place(label, row=1, column=missing[0]),
    )
