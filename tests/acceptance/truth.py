"""The plain truth of the town: the same SQL over its CSV files in a DuckDB that knows no agreement.

Columns are treated as the agreement says (ages in bands of five years, districts, months), since that is the data a
question is about; nothing else is done to them.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from tests.acceptance.town import DATASETS

if TYPE_CHECKING:
    import duckdb

TREATED = {
    "person": "* REPLACE (split_part(postcode, ' ', 1) AS postcode)",
    "social_care": "* REPLACE (date_trunc('month', start_date) AS start_date)",
    "police_incident": "* REPLACE (date_trunc('month', occurred_on) AS occurred_on)",
}


def truth(files: Path, as_of: date) -> duckdb.DuckDBPyConnection:
    """Return a connection in which every table of the town is a view of its file, under its short and its full name."""
    import duckdb

    connection = duckdb.connect()
    for organisation, names in DATASETS.items():
        connection.execute(f"CREATE SCHEMA {organisation}")
        for name in names:
            columns = TREATED.get(name, "*")
            connection.execute(f"CREATE TABLE {organisation}.{name} AS SELECT {columns} FROM '{files / name}.csv'")
            connection.execute(f"CREATE VIEW {name} AS SELECT * FROM {organisation}.{name}")
    years = f"date_diff('year', d, DATE '{as_of}') - (strftime(d, '%m%d') > strftime(DATE '{as_of}', '%m%d'))::INT"
    connection.execute(f"CREATE MACRO age_in_years(d) AS (({years}) // 5) * 5")
    return connection


def questions(path: Path) -> dict[str, str]:
    """Return the questions of a file by their titles, the comment lines above them."""
    found = {}
    for part in path.read_text(encoding="utf-8").split(";\n"):
        if part.strip():
            title, sql = part.strip().split("\n", 1)
            found[title.removeprefix("-- ")] = sql.rstrip(";\n")
    return found
