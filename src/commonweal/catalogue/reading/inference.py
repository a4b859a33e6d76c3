"""What the columns of a source without a contract hold: their types and the standard identifiers among them.

A sample proposes, all rows decide: a column gets a type only if every one of its values can be read as that type.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from commonweal.catalogue.reading.conversions import NUMBER, PARTED, value_sql
from commonweal.catalogue.reading.date_order import DateOrder, date_orders
from commonweal.catalogue.reading.table import StagedTable
from commonweal.catalogue.standards import STANDARDS, standard_by_name, valid_sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SAMPLE_CELLS = 2_000_000
TYPED_STANDARDS = frozenset(name for name, standard in STANDARDS.items() if standard.physical_type != "VARCHAR")
BATCH = 40
"""Columns looked at in one query: more would make the query itself slow."""
CONTENT_STANDARDS = tuple(name for name, standard in STANDARDS.items() if standard.alone <= 1)
CANDIDATES = (
    ("BOOLEAN", "boolean"),
    ("BIGINT", "whole"),
    ("DOUBLE", "number"),
    ("DATE", "date"),
    ("TIMESTAMP", "time"),
)
WIDER = {"BIGINT": "DOUBLE", "DATE": "TIMESTAMP"}
"""What a type becomes when some row outside the sample needs more."""
ADDRESS = "^.*[A-Za-z]{3}.* [A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}$"


@dataclass(frozen=True)
class Finding:
    """What a column holds: its snapshot type, order of dates, standard ('' if none), and whether it reads like free text.

    `doubt` says in words why it stayed text although most of it is not.
    """

    index: int
    name: str
    kind: str
    order: str = ""
    standard: str = ""
    free_text: bool = False
    doubt: str = ""


def infer(connection: DuckDBPyConnection, table: StagedTable, names: Sequence[str], rows: int) -> list[Finding]:
    """Return a finding for every column of `table`; `names` are their drafted names, `rows` how many rows there are."""
    width = len(names)
    size = max(1_000, min(50_000, SAMPLE_CELLS // width))
    step = max(1, rows // size)
    texts = ", ".join(f"{table.text(i)} AS t{i}" for i in range(width))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE sample AS SELECT {texts} FROM {table.relation} "
        f"WHERE source_row % {step} = 0 LIMIT {2 * size}"
    )
    findings: list[Finding] = []
    for start in range(0, width, BATCH):
        batch = list(range(start, min(start + BATCH, width)))
        findings += [
            _proposed(i, names[i], table.types[i], counts) for i, counts in _looked_at(connection, names, batch)
        ]
    return _decided(connection, table, findings)


def _looked_at(
    connection: DuckDBPyConnection, names: Sequence[str], indexes: Sequence[int]
) -> list[tuple[int, dict[str, Any]]]:
    """Return for each column how many of its sampled values are of each type and standard."""
    asked: list[tuple[int, str]] = []
    parts = []
    for index in indexes:
        for what, sql in _questions(f"t{index}", names[index]).items():
            asked.append((index, what))
            parts.append(sql)
    row = connection.execute(f"SELECT {', '.join(parts)} FROM sample").fetchone() or ()
    counts: dict[int, dict[str, Any]] = {index: {} for index in indexes}
    for (index, what), value in zip(asked, row, strict=True):
        counts[index][what] = value or 0
    return list(counts.items())


def _questions(text: str, name: str) -> dict[str, str]:
    """Return the SQL aggregates asked of one column's sampled text."""

    def either(kind: str) -> str:
        """Return a SQL condition: the text is a date in one order of its parts or the other."""
        return " OR ".join(f"{value_sql(text, kind, order=order)} IS NOT NULL" for order in ("day", "month"))

    questions = {
        "values": f"count({text})",
        "whole": f"count_if(regexp_full_match({text}, '[+-]?[0-9]{{1,18}}'))",
        "padded": f"count_if(regexp_full_match({text}, '0[0-9]+'))",
        "number": f"count_if(regexp_full_match({text}, '{NUMBER}'))",
        "boolean": f"count_if(lower({text}) IN ('true', 'false'))",
        "date": f"count_if({either('DATE')})",
        "time": f"count_if({either('TIMESTAMP')})",
        "parted": f"count_if(regexp_matches({text}, '^{PARTED}'))",
        "length": f"avg(length({text}))",
        "words": f"avg(length({text}) - length(replace({text}, ' ', '')))",
        "address": f"count_if(regexp_matches({text}, '{ADDRESS}'))",
        "distinct": f"approx_count_distinct({text})",
    }
    named = standard_by_name(name)
    for standard in {*CONTENT_STANDARDS, *([named] if named else [])}:
        questions[f"is {standard}"] = f"count_if({valid_sql(standard, text)})"
    return questions


def _proposed(index: int, name: str, typed: str, counts: dict[str, Any]) -> Finding:
    """Return what the sample suggests for one column."""
    values = counts["values"]
    standard = _standard(name, counts)
    free = values > 0 and counts["words"] >= 5 and counts["length"] >= 40 and counts["distinct"] > 0.5 * values
    if typed:
        return Finding(index, name, _widest(typed), standard=standard)
    if standard and STANDARDS[standard].physical_type != "VARCHAR" and values:
        return Finding(index, name, STANDARDS[standard].physical_type, standard=standard)
    identifier = standard and standard not in ("person-key", "household-key", "record-reference")
    kind = "VARCHAR" if identifier else _likeliest(counts)
    return Finding(index, name, kind, standard=standard, free_text=free and kind == "VARCHAR" and not standard)


def _likeliest(counts: dict[str, Any]) -> str:
    """Return the type that reads most of the sampled values, the narrowest of equals; text if it reads too few."""
    best, most = "VARCHAR", max(0.95 * counts["values"], 1)
    for kind, what in CANDIDATES:
        if counts[what] >= most and not (kind in ("BIGINT", "DOUBLE") and counts["padded"]):
            best, most = kind, counts[what] + 1
    return best


def _standard(name: str, counts: dict[str, Any]) -> str:
    """Return the standard a column follows: by its name if its values do not speak against it, else by its values alone."""
    values = counts["values"]
    named = standard_by_name(name)
    if named and (not values or counts[f"is {named}"] >= STANDARDS[named].share * values):
        return named
    if not values:
        return ""
    for standard in CONTENT_STANDARDS:
        if counts[f"is {standard}"] >= STANDARDS[standard].alone * values:
            return standard
    return "address" if counts["address"] >= 0.5 * values and counts["length"] >= 15 else ""


def _decided(connection: DuckDBPyConnection, table: StagedTable, findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings after all rows were asked: whatever has a value that is not of its type is text."""
    dated = [f.index for f in findings if f.kind in ("DATE", "TIMESTAMP") and not table.types[f.index]]
    orders = date_orders(connection, table, dated)
    ordered = [replace(f, order=orders[f.index].proved) if f.index in orders else f for f in findings]
    failures = _failures(connection, table, ordered)
    wider = [
        replace(f, kind=WIDER[f.kind])
        for f in ordered
        if failures.get(f.index) and f.kind in WIDER and f.standard not in TYPED_STANDARDS
    ]
    still = _failures(connection, table, wider)
    widened = {f.index: f for f in wider if not still[f.index]}
    decided = []
    for f in ordered:
        count = failures.get(f.index, 0)
        decided.append(widened.get(f.index, f) if not count or f.index in widened else _left_text(f, count, orders))
    return decided


def _failures(connection: DuckDBPyConnection, table: StagedTable, findings: Sequence[Finding]) -> dict[int, int]:
    """Return for every text column that is to become something else how many of all its values cannot."""
    asked = [f for f in findings if f.kind != "VARCHAR" and not table.types[f.index]]
    failures: dict[int, int] = {}
    for start in range(0, len(asked), BATCH):
        batch = asked[start : start + BATCH]
        counts = ", ".join(
            f"count_if({table.present(f.index)} AND "
            f"{value_sql(table.text(f.index), f.kind, order=f.order, spaced=bool(f.standard))} IS NULL)"
            for f in batch
        )
        row = connection.execute(f"SELECT {counts} FROM {table.relation}").fetchone() or ()
        failures |= {f.index: count for f, count in zip(batch, row, strict=True)}
    return failures


def _left_text(finding: Finding, count: int, orders: Mapping[int, DateOrder]) -> Finding:
    """Return the finding as text, saying why it is not what most of it seems to be."""
    order = orders.get(finding.index)
    if order and order.written and not order.proved:
        why = "its dates could be day-first or month-first; state logicalTypeOptions format"
    else:
        why = f"{count:,} of its values are not what the others are"
    return replace(finding, kind="VARCHAR", order="", doubt=f"{finding.name} stays text: {why}.")


def _widest(typed: str) -> str:
    """Return the snapshot type for a column that the file types."""
    if typed.endswith(("INT", "INTEGER")):
        return "BIGINT"
    return "DOUBLE" if typed == "FLOAT" else typed
