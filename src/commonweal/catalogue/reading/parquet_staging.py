"""Parquet files as a staged relation: their own types are kept, their claims about themselves checked first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from commonweal.catalogue.reading.conversions import trimmed
from commonweal.catalogue.reading.limits import ReadingLimits
from commonweal.catalogue.reading.staging import Choose, SourceColumn, Staged, check_headers, text_literal
from commonweal.errors import BadInput, Place

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FLAT = (
    "BIGINT",
    "INTEGER",
    "SMALLINT",
    "TINYINT",
    "UBIGINT",
    "UINTEGER",
    "USMALLINT",
    "UTINYINT",
    "HUGEINT",
    "UHUGEINT",
)
PLAIN = ("DOUBLE", "FLOAT", "DATE", "TIME", "BOOLEAN")


def stage_parquet(
    connection: DuckDBPyConnection, file: Path, label: str, choose: Choose, limits: ReadingLimits
) -> Staged:
    """Stage a Parquet file; BadInput for a broken footer, for more rows than the limit, and for chosen columns that nest."""
    import duckdb  # lazy: only the child process needs it

    reading = f"read_parquet({text_literal(str(file))}, file_row_number=true)"
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {reading}").fetchall()
        counted = connection.execute(
            f"SELECT num_rows FROM parquet_file_metadata({text_literal(str(file))})"
        ).fetchone()
    except duckdb.Error:
        raise BadInput(
            "The Parquet file is damaged.",
            why="Its footer cannot be read.",
            remedy="Write it again.",
            place=Place(label),
        ) from None
    rows = int(counted[0]) if counted else 0
    if not 0 <= rows <= limits.rows:
        raise BadInput(
            "The Parquet file claims too many rows.", why=f"The limit is {limits.rows:,}.", place=Place(label)
        )
    names = [(str(name), str(kind)) for name, kind, *_ in described if name != "file_row_number"]
    check_headers([name for name, _ in names], label, limits.columns)
    columns = tuple(SourceColumn(name, _plain_type(kind)) for name, kind in names)
    chosen = choose(columns, label)
    for index in chosen:
        if columns[index].typed == "?":
            raise BadInput(
                "A column holds lists or structures.",
                remedy="Give each of its parts a column of its own.",
                place=Place(label, column=str(index + 1)),
            )
    wanted = ", ".join(
        f"{quoted(name) if columns[i].typed else trimmed(quoted(name))} AS c{i}"
        for i, name in ((index, names[index][0]) for index in chosen)
    )
    relation = f"(SELECT file_row_number + 1 AS source_row, {wanted} FROM {reading})"
    return Staged(label, relation, columns)


def quoted(name: str) -> str:
    """Return a SQL identifier that names exactly `name`."""
    return '"' + name.replace('"', '""') + '"'


def _plain_type(kind: str) -> str:
    """Return the column's type, '' for text, '?' for what is no single value."""
    if kind in ("VARCHAR", "UUID") or kind.startswith("ENUM"):
        return ""
    if kind in FLAT or kind in PLAIN or kind.startswith("DECIMAL"):
        return kind
    if kind.startswith("TIMESTAMP"):
        return "TIMESTAMP"
    return "?"
