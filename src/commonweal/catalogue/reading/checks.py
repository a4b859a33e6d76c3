"""What is checked of a clean snapshot before it is accepted, and what is noted about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from sqlglot import exp

from commonweal.catalogue.contract import ROW, Contract, Kind
from commonweal.catalogue.level_codes import code_expression
from commonweal.catalogue.reading.clean import effective_standard
from commonweal.catalogue.reading.parquet_staging import quoted
from commonweal.catalogue.standards import STANDARDS, SYNTHETIC_NHS, valid_sql
from commonweal.errors import BadInput, Place

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOST_KNOWN = 1_000
COMMON = 50
"""A value carried by so many distinct entities of every kind tells nothing about anyone by being named."""


def check_unique(connection: DuckDBPyConnection, contract: Contract, relation: str, label: str) -> None:
    """Raise BadInput with the column and the count of surplus rows if a column declared unique is not."""
    for column in contract.columns:
        if not column.unique:
            continue
        name = quoted(column.name)
        query = f"SELECT count({name}) - count(DISTINCT {name}) FROM {relation}"
        row = connection.execute(query).fetchone()
        if row and row[0]:
            raise BadInput(
                f"Column {column.name} is declared unique and is not.",
                why=f"{row[0]:,} rows repeat a value that an earlier row has.",
                remedy="Remove the repeated rows, or take unique out of the contract.",
                place=Place(label, column=column.name),
            )


def notes_on(connection: DuckDBPyConnection, contract: Contract, relation: str, as_of: date) -> list[str]:
    """Return notes for the steward: what keeps it from being shared, values that are no valid identifiers, and levels
    that do not hold every value; counts at most, and none of values outside the levels. `as_of` is for ages."""
    asked: list[tuple[str, str]] = []
    if not contract.entities:
        asked.append(("The contract does not say whom the rows are about (entities): it cannot be shared.", "true"))
    for entity in contract.entities:
        if entity.key != ROW:
            asked.append(
                (f"{entity.key}: {{n}} rows have no key of their {entity.kind}.", f"{quoted(entity.key)} IS NULL")
            )
    for column in contract.columns:
        standard = effective_standard(column)
        if not standard or STANDARDS[standard].valid == "true":
            continue
        text = f"CAST({quoted(column.name)} AS VARCHAR)"
        title = STANDARDS[standard].title
        invalid = f"{text} IS NOT NULL AND NOT {valid_sql(standard, text)}"
        asked.append((f"{column.name}: {{n}} values are not a valid {title}.", invalid))
        if standard == "nhs-number":
            made_up = SYNTHETIC_NHS.format(t=text)
            asked.append((f"{column.name}: {{n}} values are of the range kept for tests (999...).", made_up))
    asked += _outside_levels(contract, as_of)
    if not asked:
        return []
    counts = ", ".join(f"count_if({condition})" for _, condition in asked)
    row = connection.execute(f"SELECT {counts} FROM {relation}").fetchone() or ()
    return [text.replace("{n}", f"{count:,}") for (text, _), count in zip(asked, row, strict=True) if count]


def _outside_levels(contract: Contract, as_of: date) -> list[tuple[str, str]]:
    """Return a note for each column whose levels have no leaf for what is in none of them, and SQL of where that is."""
    asked = []
    for column in contract.columns:
        if column.levels is None or column.levels.missing:
            continue
        code = code_expression(exp.column(column.name, quoted=True), column.levels, column.physical_type, as_of)
        note = (
            f"{column.name}: its levels do not hold every value, and have no level for what is missing or other. Under the "
            "profiles standard and formal such rows are counted nowhere: add the values, or take `missing: false` out of "
            "the levels."
        )
        asked.append((note, f"({code.sql(dialect='duckdb')}) IS NULL"))
    return asked


def known_values(connection: DuckDBPyConnection, contract: Contract, relation: str) -> dict[str, tuple[str, ...]]:
    """Return for each column of few values those carried by at least fifty distinct entities of every kind.

    Never for identifiers, link columns, free text, or columns without a kind; nothing at all if no entity is declared.
    """
    if not contract.entities:
        return {}
    kinds = (Kind.QUASI, Kind.SENSITIVE, Kind.SPECIAL, Kind.PLAIN)
    columns = [column.name for column in contract.columns if column.kind in kinds]
    few = _columns_of_few_values(connection, columns, relation)
    found = {}
    for name in few:
        sets = [_common(connection, name, entity.key, relation) for entity in contract.entities]
        common = set.intersection(*sets)
        if common:
            found[name] = tuple(sorted(common))
    return found


def _columns_of_few_values(connection: DuckDBPyConnection, columns: Sequence[str], relation: str) -> list[str]:
    """Return the columns with at most a thousand distinct values: an estimate first, the exact count where it is near."""
    if not columns:
        return []
    estimates = ", ".join(f"approx_count_distinct({quoted(name)})" for name in columns)
    row = connection.execute(f"SELECT {estimates} FROM {relation}").fetchone() or ()
    near = [name for name, estimate in zip(columns, row, strict=True) if estimate <= 1.3 * MOST_KNOWN]
    if not near:
        return []
    exact = ", ".join(f"count(DISTINCT {quoted(name)})" for name in near)
    counted = connection.execute(f"SELECT {exact} FROM {relation}").fetchone() or ()
    return [name for name, count in zip(near, counted, strict=True) if count <= MOST_KNOWN]


def _common(connection: DuckDBPyConnection, name: str, key: str, relation: str) -> set[str]:
    """Return the values of `name` that at least fifty distinct entities carry, as text."""
    column = quoted(name)
    if key == ROW:
        query = f"SELECT {column} FROM {relation} WHERE {column} IS NOT NULL GROUP BY 1 HAVING count(*) >= {COMMON}"
    else:
        # Grouping twice spills to disk where a count(DISTINCT) of ten million keys would not.
        there = f"{column} IS NOT NULL AND {quoted(key)} IS NOT NULL"
        pairs = f"SELECT {column} AS v, {quoted(key)} AS k FROM {relation} WHERE {there} GROUP BY 1, 2"
        query = f"SELECT v FROM ({pairs}) GROUP BY v HAVING count(*) >= {COMMON}"
    return {
        str(value) for (value,) in connection.execute(f"SELECT CAST(v AS VARCHAR) FROM ({query}) AS q(v)").fetchall()
    }
