"""Values that break careless expressions, by DuckDB type, and a way of running a treatment over them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import duckdb
from sqlglot import exp

from commonweal.deidentification.treatment import Treatment

VALUES: dict[str, list[str]] = {
    "TINYINT": ["NULL", "-128", "-1", "0", "1", "127"],
    "INTEGER": ["NULL", "-2147483648", "-7", "0", "7", "15", "2147483647"],
    "BIGINT": ["NULL", "-9223372036854775808", "-7", "0", "42", "9223372036854775807"],
    "UBIGINT": ["NULL", "0", "7", "18446744073709551615"],
    "HUGEINT": ["NULL", "-170141183460469231731687303715884105728", "5", "170141183460469231731687303715884105727"],
    "DECIMAL(10,2)": ["NULL", "-99999999.99", "-0.01", "0", "12.34", "99999999.99"],
    "DECIMAL(38,0)": ["NULL", "-99999999999999999999999999999999999999", "0", "99999999999999999999999999999999999999"],
    "FLOAT": ["NULL", "'nan'", "'inf'", "'-inf'", "-3.4e38", "0", "12.5"],
    "DOUBLE": ["NULL", "'nan'", "'inf'", "'-inf'", "-1.7e308", "-0.0", "5e-324", "12.5", "1.7e308"],
    "DATE": [
        "NULL", "'infinity'", "'-infinity'", "'9999-12-31'", "'0001-01-01'", "'0044-03-15 (BC)'", "'2024-02-29'",
        "'5881580-07-10'", "'5877642-06-25 (BC)'", "'1931-02-27'",
    ],
    "TIMESTAMP": [
        "NULL", "'infinity'", "'-infinity'", "'9999-12-31 23:59:59'", "'0044-03-15 (BC) 12:00:00'",
        "'2024-02-29 12:00:00'",
        "'294247-01-10 04:00:54.775806'", "'290309-12-22 (BC) 00:00:00'",
    ],
    "VARCHAR": [
        "NULL", "''", "' '", "'zz9  9zz'", "'ZZ99ZZ'", "'ab1 2'", "'AB12'", "'GIR 0AA'", "'☃ ℤℤ9 9ZZ'", "'ß1 1AA'",
        "'not a postcode'",
        "'O''Neill; DROP TABLE t'", "chr(0)", "repeat('A1', 10000)", "'A'", "'other'", "'%'", "'\\1'",
    ],
    "BOOLEAN": ["NULL", "true", "false"],
}  # fmt: skip


@lru_cache(maxsize=1)
def _connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


X = exp.column("x", quoted=True)


def treated(treatment: Treatment, physical_type: str, values: list[str]) -> list[Any]:
    """Return the treated values in order, computed by DuckDB, after checking the promised type."""
    expression = treatment.expression(X, physical_type)
    assert expression is not None
    return evaluated(expression, physical_type, values, treatment.result_type(physical_type))


def evaluated(
    expression: exp.Expression, physical_type: str, values: list[str], expected_type: str | None = None
) -> list[Any]:
    """Return the expression's values over `values` in order; it must not raise and must have the expected type."""
    rows = ", ".join(f"({number}, CAST({value} AS {physical_type}))" for number, value in enumerate(values))
    connection = _connection()
    try:
        connection.execute(f'CREATE TEMP TABLE t AS SELECT * FROM (VALUES {rows}) v(i, "x")')
        sql = expression.sql(dialect="duckdb")
        found = connection.execute(f"SELECT {sql}, typeof({sql}) FROM t ORDER BY i").fetchall()
    finally:
        connection.execute("DROP TABLE IF EXISTS t")
    if expected_type is not None:
        assert {kind for _, kind in found} <= {expected_type}, sql
    return [value for value, _ in found]


def twice(treatment: Treatment, physical_type: str, values: list[str]) -> list[Any]:
    """Return the values treated two times over."""
    once = treatment.expression(X, physical_type)
    assert once is not None
    again = treatment.expression(exp.paren(once), treatment.result_type(physical_type))
    assert again is not None
    return evaluated(again, physical_type, values)
