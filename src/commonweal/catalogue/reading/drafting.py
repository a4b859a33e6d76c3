"""A contract drafted from what a file holds: types, standards, proposed kinds, whom the rows are about, rounded ranges.

It proposes; the steward decides. What is not recognised stays unclassified, and cannot be shared until it is classified.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from commonweal.catalogue.contract import ROW, Column, Contract, EntityKey, Kind
from commonweal.catalogue.reading.date_order import DAY_FIRST, MONTH_FIRST
from commonweal.catalogue.reading.inference import Finding
from commonweal.catalogue.reading.parquet_staging import quoted
from commonweal.catalogue.standards import MEANINGS, STANDARDS, TEXT_NAMES, UNNAMED_THING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LOGICAL = {
    "VARCHAR": "string",
    "BIGINT": "integer",
    "DOUBLE": "number",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "TIME": "time",
    "BOOLEAN": "boolean",
}
MOST_CODES = 30
KEYS = ("person-key", "nhs-number", "nino", "uprn", "household-key", "company-number")
"""Standards whose column may be the key of an entity, the best first."""


def draft(identifier: str, name: str, findings: Sequence[Finding], headers: Sequence[str]) -> Contract:
    """Return the contract that the findings suggest, before its data were counted; `headers` are the file's own."""
    columns = []
    for finding, header in zip(findings, headers, strict=True):
        order = {"day": DAY_FIRST, "month": MONTH_FIRST}.get(finding.order, "")
        columns.append(
            Column(
                name=finding.name,
                logical_type=LOGICAL.get(finding.kind, "number"),
                physical_type=finding.kind,
                kind=proposed_kind(finding),
                standard=finding.standard,
                source_name=header if header != finding.name else "",
                format=order,
            )
        )
    return Contract(identifier, name, "1.0.0", tuple(columns), _entities(columns), status="draft")


def proposed_kind(finding: Finding) -> Kind | None:
    """Return the kind that a column's standard, name or content suggests, the most protective first; None if nothing does."""
    if finding.standard:
        return STANDARDS[finding.standard].kind
    if TEXT_NAMES.search(finding.name) and finding.kind == "VARCHAR":
        return Kind.TEXT
    for words, kind in MEANINGS:
        if re.search(rf"(^|_)(?:{words})(_|$)", finding.name):
            return kind
    if finding.kind in ("DATE", "TIMESTAMP"):
        return Kind.QUASI
    if finding.free_text:
        return Kind.TEXT
    return Kind.QUASI if UNNAMED_THING.search(finding.name) else None


def counted(connection: DuckDBPyConnection, contract: Contract, relation: str, rows: int) -> Contract:
    """Return the draft with what counting the clean rows adds: unique keys, and ranges rounded outwards to 1, 2 or 5 tens.

    Ranges are rounded so that a contract does not carry the largest debt of anyone; the steward should replace them by
    what is known of the matter.
    """
    asked: list[tuple[int, str, str]] = []
    for index, column in enumerate(contract.columns):
        name = quoted(column.name)
        if column.standard in (*KEYS, "record-reference"):
            asked.append((index, "unique", f"count({name}) = {rows} AND approx_count_distinct({name}) > {0.8 * rows}"))
        elif column.physical_type in ("BIGINT", "DOUBLE") and column.kind not in (Kind.LINK, Kind.IDENTIFIER):
            asked += [(index, "minimum", f"min({name})"), (index, "maximum", f"max({name})")]
    if not asked:
        return contract
    row = connection.execute(f"SELECT {', '.join(sql for _, _, sql in asked)} FROM {relation}").fetchone() or ()
    columns = list(contract.columns)
    for (index, what, _), value in zip(asked, row, strict=True):
        if value is None:
            continue
        if what == "unique":
            columns[index] = replace(
                columns[index], unique=bool(value) and _is_unique(connection, columns[index], relation)
            )
        elif what == "minimum":
            columns[index] = replace(columns[index], minimum=0.0 if value >= 0 else -_rounded_up(-value))
        else:
            columns[index] = replace(columns[index], maximum=_rounded_up(value) if value > 0 else 0.0)
    return replace(contract, columns=tuple(columns))


def with_codes(
    connection: DuckDBPyConnection, contract: Contract, relation: str, known: dict[str, tuple[str, ...]]
) -> Contract:
    """Return the draft with a public code list for text columns of few values that are all common (see `known_values`)."""
    columns = []
    for column in contract.columns:
        values = known.get(column.name, ())
        if column.physical_type == "VARCHAR" and column.kind is not None and 1 < len(values) <= MOST_CODES:
            row = connection.execute(f"SELECT count(DISTINCT {quoted(column.name)}) FROM {relation}").fetchone()
            if row and row[0] == len(values):
                column = replace(column, codes=values)
        columns.append(column)
    return replace(contract, columns=tuple(columns))


def _entities(columns: Sequence[Column]) -> tuple[EntityKey, ...]:
    """Return whom the rows seem to be about: the best key of each kind of entity, else every row is one."""
    found: dict[str, EntityKey] = {}
    for standard in KEYS:
        for column in columns:
            kind = STANDARDS[standard].entity
            if column.standard == standard and kind not in found:
                found[kind] = EntityKey(kind, column.name)
    if found:
        return tuple(found.values())
    standards = {column.standard for column in columns}
    of_homes = "address" in standards and not standards & {"person-name", "date-of-birth", "email", "phone"}
    return (EntityKey("household" if of_homes else "person", ROW),)


def _is_unique(connection: DuckDBPyConnection, column: Column, relation: str) -> bool:
    name = quoted(column.name)
    row = connection.execute(f"SELECT count({name}) = count(DISTINCT {name}) FROM {relation}").fetchone()
    return bool(row and row[0])


def _rounded_up(value: float) -> float:
    """Return the least of 1, 2, 5 times a power of ten that is not below `value` (above 0)."""
    tens = 10.0 ** math.floor(math.log10(value))
    return next(float(step * tens) for step in (1, 2, 5, 10) if step * tens >= value * (1 - 1e-12))
