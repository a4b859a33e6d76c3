"""CSV text as a staged relation: all columns as text, ragged rows set apart with their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from commonweal.catalogue.reading.conversions import trimmed
from commonweal.catalogue.reading.dialect import Dialect, find_dialect, has_header
from commonweal.catalogue.reading.limits import ReadingLimits
from commonweal.catalogue.reading.matching import slug
from commonweal.catalogue.reading.staging import Choose, RowFault, SourceColumn, Staged, check_headers, text_literal
from commonweal.errors import BadInput, Place

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SAMPLE_BYTES = 2**18
MOST_FAULTS = 100_000


def stage_csv(
    connection: DuckDBPyConnection,
    text: Path,
    label: str,
    choose: Choose,
    limits: ReadingLimits,
    *,
    before: int = 0,
    dialect: Dialect | None = None,
    expected: frozenset[str] = frozenset(),
) -> Staged:
    """Stage clean UTF-8 text; `before` counts lines that stood above it in its source, a known `dialect` is not sought.

    `expected` are words whose presence in the first row makes it a header.

    BadInput for a file without rows or columns, for headers that do not name columns, and for a quote never closed.
    """
    with text.open("rb") as file:
        head = file.read(SAMPLE_BYTES)
    skipped, dialect, rows = _begin(head, dialect)
    if not rows:
        raise BadInput("The file is empty.", why="It has neither header nor rows.", place=Place(label))
    check_headers([""] * len(rows[0]), label, limits.columns)
    named = has_header(rows) or any(slug(cell) in expected for cell in rows[0])
    headers = [cell.strip().strip("\ufeff") for cell in rows[0]] if named else [""] * len(rows[0])
    check_headers(headers, label, limits.columns)
    columns = tuple(SourceColumn(header) for header in headers)
    chosen = choose(columns, label)
    before += skipped + (1 if named else 0)
    target = text.with_name(f"{text.name}.staged")
    faults = _copy(connection, text, target, dialect, len(headers), chosen, skipped + (1 if named else 0), label)
    faults = [RowFault(fault.row + before - skipped - (1 if named else 0), fault.reason) for fault in faults]
    notes = () if named else (f"{label} has no header: its columns were taken by their order.",)
    return Staged(label, f"read_parquet({text_literal(str(target))})", columns, before, tuple(faults), notes)


def _begin(head: bytes, dialect: Dialect | None) -> tuple[int, Dialect, list[list[str]]]:
    """Return how many lines stand above the header (blank ones, Excel's `sep=`), the dialect and the first rows."""
    text = head.decode("utf-8", errors="ignore")
    complete = text if len(head) < SAMPLE_BYTES else text[: text.rfind("\n") + 1] or text
    skipped = 0
    while complete:
        line, _, rest = complete.partition("\n")
        told = line.startswith("sep=") and len(line) == 5
        if line.strip() and not told:
            break
        if told:
            dialect = Dialect(line[4])
        complete, skipped = rest, skipped + 1
    dialect = dialect or find_dialect(complete)
    return skipped, dialect, dialect.rows(complete)


def _copy(
    connection: DuckDBPyConnection,
    text: Path,
    target: Path,
    dialect: Dialect,
    width: int,
    chosen: Sequence[int],
    skip: int,
    label: str,
) -> list[RowFault]:
    """Write the chosen columns to `target`; return the rows left out, numbered within the text."""
    import duckdb  # lazy: only the child process needs it

    names = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(width))
    wanted = ", ".join(f"{trimmed(f'c{i}')} AS c{i}" for i in chosen)
    options = (
        f"delim={text_literal(dialect.delimiter)}, quote={text_literal(dialect.quote)}, escape={text_literal(dialect.escape)}, "
        f"header=false, skip={skip}, new_line='\\n', auto_detect=false, strict_mode=true, null_padding=false, "
        f"ignore_errors=true, store_rejects=true, rejects_limit={MOST_FAULTS}, nullstr='', max_line_size={4 * 2**20}, "
        f"columns={{{names}}}"
    )
    group = row_group(width)
    try:
        connection.execute(
            f"COPY (SELECT row_number() OVER () AS source_row, {wanted} FROM read_csv({text_literal(str(text))}, {options})) "
            f"TO {text_literal(str(target))} (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE {group})"
        )
    except duckdb.InvalidInputException:
        raise BadInput(
            "The file cannot be read as CSV.", remedy="Export it again, as UTF-8 CSV with a header.", place=Place(label)
        ) from None
    return _faults(connection, label)


def row_group(columns: int) -> int:
    """Return how many rows to hold in memory at once while writing so many columns: about four million cells."""
    return max(2_048, min(122_880, 4_000_000 // max(columns, 1)))


def _faults(connection: DuckDBPyConnection, label: str) -> list[RowFault]:
    """Return the rows DuckDB rejected; BadInput if a quote was never closed, since nothing after it can be trusted."""
    query = (
        "SELECT line, any_value(error_type), max(contains(csv_line, chr(10))) AS swallowed, "
        "any_value(regexp_extract(error_message, 'Columns: ([0-9]+) Found: ([0-9]+)', 1)), "
        "any_value(regexp_extract(error_message, 'Columns: ([0-9]+) Found: ([0-9]+)', 2)) "
        "FROM reject_errors GROUP BY line ORDER BY line"
    )
    found = []
    for row, kind, swallowed, expected, fields in connection.execute(query).fetchall():
        kind = str(kind)
        if kind == "LINE SIZE OVER MAXIMUM" or (kind == "UNQUOTED VALUE" and swallowed):
            raise BadInput(
                "A quote is opened and not closed before the next rows.",
                why="Nothing after it can be told apart.",
                remedy="Close or double the quote in this row.",
                place=Place(label, row=row),
            )
        found.append(RowFault(int(row), _reason(kind, expected, fields)))
    connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
    return found


def _reason(kind: str, expected: str, fields: str) -> str:
    if kind in ("MISSING COLUMNS", "TOO MANY COLUMNS"):
        few = "too few" if kind == "MISSING COLUMNS" else "too many"
        return f"has {few} fields ({fields} for {expected} columns)" if expected else f"has {few} fields"
    if kind == "UNQUOTED VALUE":
        return "has a quote in the wrong place"
    return "cannot be divided into columns"
