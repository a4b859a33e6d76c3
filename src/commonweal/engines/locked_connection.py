"""DuckDB connections that can read the files named when they were opened, spill into one folder, and do nothing else.

Sources: DuckDB's pages "Securing DuckDB" and "Configuration". That ``allowed_paths`` restricts once external access is
off, and that nothing of this can be undone while the database is open, is held by tests/engines/test_lock_down.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def open_locked(
    tables: Mapping[str, str | Path],
    *,
    spill_folder: Path,
    memory_bytes: int,
    spill_bytes: int,
    threads: int,
    in_order: bool = False,
) -> duckdb.DuckDBPyConnection:
    """Return a connection in which every name of `tables` is a view of its Parquet file (an absolute path).

    No other file, no network, no extension, no setting can be reached from SQL afterwards; what DuckDB still allows
    there is listed in docs/explanation/the-engine.md. `in_order` keeps the order of the files' rows, at the price of
    some memory. DuckDB's errors pass through: a missing file, a file that is not Parquet, a setting out of range.
    """
    import duckdb  # lazy: the gateway imports this module before it needs an engine

    spill_folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # DuckDB makes one level at most, when it first spills
    files = sorted({str(path) for path in tables.values()})
    connection = duckdb.connect(":memory:", config={"threads": threads, "memory_limit": f"{memory_bytes}B"})
    try:
        for statement in (
            "SET autoinstall_known_extensions = false",
            "SET autoload_known_extensions = false",
            "SET allow_community_extensions = false",
            "SET allow_persistent_secrets = false",
            "SET python_enable_replacements = false",
            "SET TimeZone = 'UTC'",
            f"SET preserve_insertion_order = {str(in_order).lower()}",
            "SET parquet_metadata_cache = true",
            f"SET temp_directory = {literal(str(spill_folder))}",
            f"SET max_temp_directory_size = '{spill_bytes}B'",
            f"SET allowed_paths = [{', '.join(literal(file) for file in files)}]",
            "SET enable_external_access = false",
            *(
                f"CREATE VIEW {identifier(name)} AS SELECT * FROM read_parquet({literal(str(path))})"
                for name, path in tables.items()
            ),
            "SET lock_configuration = true",
        ):
            connection.execute(statement)
    except BaseException:
        connection.close()
        raise
    return connection


def literal(text: str) -> str:
    """Return `text` as a SQL string; ValueError for NUL, which SQL text cannot carry."""
    if "\0" in text:
        raise ValueError("A path may not contain NUL.")
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return `name` as a quoted SQL identifier; ValueError when it is empty, longer than 200 characters or has NUL."""
    if not 0 < len(name) <= 200 or "\0" in name:
        raise ValueError("A table's name must have 1 to 200 characters and no NUL.")
    return '"' + name.replace('"', '""') + '"'
