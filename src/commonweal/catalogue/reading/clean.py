"""The clean snapshot file: typed columns in the contract's order, and the rows set aside because they cannot be read."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from commonweal.catalogue.contract import Column
from commonweal.catalogue.reading.conversions import (
    is_missing,
    snapshot_type,
    typed_value_sql,
    value_sql,
    what_it_is_not,
)
from commonweal.catalogue.reading.csv_staging import row_group
from commonweal.catalogue.reading.limits import ReadingLimits
from commonweal.catalogue.reading.matching import slug
from commonweal.catalogue.reading.parquet_staging import quoted
from commonweal.catalogue.reading.staging import text_literal
from commonweal.catalogue.reading.table import StagedTable
from commonweal.catalogue.standards import STANDARDS, standard_by_name, tidy_sql
from commonweal.errors import BadInput, Place

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOST_KEPT = 200_000
"""Most faulty rows that are looked at one by one."""


@dataclass(frozen=True)
class PlannedColumn:
    """A contract column, its place among the staged columns, the type it has there ('' text), and its dates' order.

    `missing` says why a row without a value is set aside; empty where it need not have one.
    """

    column: Column
    index: int
    staged_type: str
    order: str = ""
    missing: str = ""

    @property
    def kind(self) -> str:
        """Return the type it becomes."""
        return snapshot_type(self.column)

    @property
    def text(self) -> str:
        """Return the SQL of its trimmed text, in the usual spelling of its standard."""
        text = f"CAST(c{self.index} AS VARCHAR)" if self.staged_type else f"c{self.index}"
        standard = effective_standard(self.column)
        if self.staged_type or self.kind != "VARCHAR" or not standard:
            return text
        return tidy_sql(standard, text)

    @property
    def value(self) -> str:
        """Return the SQL of its value, from its text `t<index>` or its typed column."""
        if self.staged_type:
            return typed_value_sql(f"c{self.index}", self.staged_type, self.kind)
        spaced = effective_standard(self.column) != "" or self.column.kind == "link"
        return value_sql(f"t{self.index}", self.kind, order=self.order, spaced=spaced)

    @property
    def absent(self) -> str:
        """Return a SQL condition: there is no value to read."""
        if self.staged_type in ("DOUBLE", "FLOAT"):
            return f"(t{self.index} IS NULL OR NOT isfinite(c{self.index}))"
        if self.kind == "VARCHAR":
            return f"t{self.index} IS NULL"
        return f"(t{self.index} IS NULL OR {is_missing(f't{self.index}')})"

    @property
    def problem(self) -> str:
        """Return the SQL of what is wrong with the value `v<index>`, NULL if nothing is."""
        column, value = self.column, f"v{self.index}"
        absent = text_literal(self.missing) if self.missing else "NULL"
        required = f"WHEN {self.absent} THEN {absent} "
        bounds = ""
        if self.kind not in ("VARCHAR", "DATE", "TIMESTAMP", "TIME", "BOOLEAN"):
            bounds += (
                f"WHEN {value} < {column.minimum!r} THEN 'is below the minimum' " if column.minimum is not None else ""
            )
            bounds += (
                f"WHEN {value} > {column.maximum!r} THEN 'is above the maximum' " if column.maximum is not None else ""
            )
        codes = ""
        if column.codes:
            listed = ", ".join(text_literal(code) for code in column.codes)
            codes = f"WHEN CAST({value} AS VARCHAR) NOT IN ({listed}) THEN 'is not in the code list' "
        return f"CASE {required}WHEN {value} IS NULL THEN '{what_it_is_not(self.kind)}' {bounds}{codes}END"


@dataclass(frozen=True)
class Fault:
    """What is wrong with a column in how many rows, and the first of them; `column` is '' for the row as a whole."""

    column: str
    reason: str
    count: int
    first_row: int


def effective_standard(column: Column) -> str:
    """Return the standard a column follows: the one it declares, or the one its name promises if that is of its type."""
    if column.standard:
        return column.standard
    promised = standard_by_name(slug(column.name))
    return promised if promised and STANDARDS[promised].physical_type == snapshot_type(column) else ""


def why_missing(column: Column) -> str:
    """Return why a row without a value in this column is set aside, or an empty text.

    Where a key is unique, the rows are counted as its entities: a row without one would be counted and be nobody.
    """
    if column.unique:
        return "is missing: it is declared unique"
    return "is missing" if column.required else ""


def rows_sql(table: StagedTable, plan: Sequence[PlannedColumn]) -> str:
    """Return SQL of all rows with `t` (text), `v` (value) and `p` (problem) of every planned column."""
    texts = ", ".join(f"{p.text} AS t{p.index}" for p in plan)
    values = ", ".join(f"{p.value} AS v{p.index}" for p in plan)
    problems = ", ".join(f"{p.problem} AS p{p.index}" for p in plan)
    return f"(SELECT *, {problems} FROM (SELECT *, {values} FROM (SELECT *, {texts} FROM {table.relation})))"


def write_clean(connection: DuckDBPyConnection, table: StagedTable, plan: Sequence[PlannedColumn], target: Path) -> int:
    """Write every row without a problem to `target` (Parquet, zstd), in the order of the source; return how many.

    The same source and contract give the same bytes, so that a snapshot's id is a fact about its content.
    """
    columns = ", ".join(f"v{p.index} AS {quoted(p.column.name)}" for p in plan)
    good = " AND ".join(f"p{p.index} IS NULL" for p in plan)
    threads = connection.execute("SELECT current_setting('threads')").fetchone() or (1,)
    connection.execute("SET threads = 1")  # with more, row groups are written in changing order: another file each time
    written = connection.execute(
        f"COPY (SELECT {columns} FROM {rows_sql(table, plan)} WHERE {good}) TO {text_literal(str(target))} "
        f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {row_group(len(plan))})"
    ).fetchone()
    connection.execute(f"SET threads = {threads[0]}")
    return int(written[0]) if written else 0


def set_aside(
    connection: DuckDBPyConnection,
    table: StagedTable,
    plan: Sequence[PlannedColumn],
    target: Path,
    *,
    rows: int,
    kept: int,
    limits: ReadingLimits,
) -> list[Fault]:
    """Write the rows that were not kept to `target` (CSV, mode 0600) and return what is wrong with them.

    `rows` is how many there were. BadInput, with the first place and all reasons, if too many cannot be read.
    """
    ragged = [(file, fault) for file in table.files for fault in file.faults]
    if rows - kept == 0:
        return []
    if rows - kept > len(ragged):
        problems = " OR ".join(f"p{p.index} IS NOT NULL" for p in plan)
        wanted = ", ".join(f"t{p.index}, p{p.index}" for p in plan)
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE aside AS SELECT source_file, source_row, {wanted} FROM {rows_sql(table, plan)} "
            f"WHERE {problems} LIMIT {MOST_KEPT}"
        )
        found = _counted(connection, table, plan)
    else:
        connection.execute("DROP TABLE IF EXISTS aside")
        found = []
    for reason in dict.fromkeys(fault.reason for _, fault in ragged):
        same = [fault for _, fault in ragged if fault.reason == reason]
        found.append(Fault("", reason, len(same), same[0].row))
    found.sort(key=lambda fault: -fault.count)
    if rows - kept > limits.may_set_aside(rows) or kept == 0:
        raise _too_many(found, rows - kept, rows, kept, limits, table.label)
    _write_aside(connection, table, plan, target, [(file.label, fault.row, fault.reason) for file, fault in ragged])
    return found


def _counted(connection: DuckDBPyConnection, table: StagedTable, plan: Sequence[PlannedColumn]) -> list[Fault]:
    found = []
    for p in plan:
        query = (
            f"SELECT p{p.index}, count(*), min(source_file), min_by(source_row, (source_file, source_row)) FROM aside "
            f"WHERE p{p.index} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC"
        )
        for reason, count, file, row in connection.execute(query).fetchall():
            found.append(Fault(p.column.name, str(reason), int(count), table.files[file].row_number(row)))
    return found


def _too_many(found: Sequence[Fault], bad: int, rows: int, kept: int, limits: ReadingLimits, label: str) -> BadInput:
    worst = found[0]
    listed = "; ".join(f"{f.column} {f.reason} ({f.count:,} rows, first row {f.first_row})".strip() for f in found[:20])
    limit = f"at most {limits.may_set_aside(rows):,} of {rows:,} rows may be set aside"
    return BadInput(
        f"{bad:,} of {rows:,} rows cannot be read.",
        why=f"{listed}; {limit if kept else 'no row is left'}.",
        remedy="Mend the file or the contract, or allow more with --set-aside SHARE.",
        place=Place(label, row=worst.first_row, column=worst.column or None),
    )


def _write_aside(
    connection: DuckDBPyConnection,
    table: StagedTable,
    plan: Sequence[PlannedColumn],
    target: Path,
    ragged: Sequence[tuple[str, int, str]],
) -> None:
    """Write one line for each fault of each row: file, row, column, reason, and the row's values as JSON."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "row", "column", "reason", "values"])
        for label, row, reason in ragged:
            writer.writerow([label, row, "", reason, ""])
        if not connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'aside'").fetchone():
            return
        for number, ordinal, *cells in connection.execute(
            "SELECT * FROM aside ORDER BY source_file, source_row"
        ).fetchall():
            staged = table.files[number]
            values = {p.column.name: cells[2 * i] for i, p in enumerate(plan)}
            for i, p in enumerate(plan):
                if cells[2 * i + 1]:
                    reason = cells[2 * i + 1]
                    line = [staged.label, staged.row_number(ordinal), p.column.name, reason]
                    writer.writerow([*line, json.dumps(values, ensure_ascii=False)])
