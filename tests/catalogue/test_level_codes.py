"""The SQL of a level against a plain Python oracle, in a real DuckDB, with whatever a column may hold."""

import math
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from commonweal.catalogue.level_codes import code_expression, leaf_values
from commonweal.catalogue.levels import Levels, Scale

from .levels_drawn import laddered

TODAY = date(2026, 2, 28)
VALUES_OF = {
    "VARCHAR": st.one_of(
        st.text(max_size=5),
        st.sampled_from(
            ["a", "b", "A", "1", "1.0", "-3", "nan", "inf", "1e999", "2023-01-31", "1990-02-29", "true", "'", ""]
        ),
        st.integers(-5, 3000).map(str),
        st.dates(date(1880, 1, 1), date(2030, 1, 1)).map(str),
    ),
    "BIGINT": st.one_of(st.integers(-10, 300), st.integers(-(2**63), 2**63 - 1)),
    "HUGEINT": st.one_of(st.integers(-10, 300), st.integers(-(2**126), 2**126)),
    "INTEGER": st.integers(-(2**31), 2**31 - 1) | st.integers(-3, 150),
    "DOUBLE": st.one_of(
        st.floats(),
        st.floats(-10, 3000),
        st.integers(-10, 3000).map(float),
        st.sampled_from([-0.0, math.nan, math.inf]),
    ),
    "DECIMAL(12,2)": st.integers(-(10**6), 10**6).map(lambda pence: Decimal(pence) / 100),
    "DATE": st.one_of(st.dates(), st.dates(date(1880, 1, 1), date(2030, 1, 1))),
    "TIMESTAMP": st.datetimes(datetime(1880, 1, 1), datetime(2030, 1, 1)),
    "BOOLEAN": st.booleans(),
}


def leaf(value: object, levels: Levels) -> int | None:
    """Return the leaf as the definition says it, one value at a time."""
    missing = levels.known if levels.missing else None
    if value is None:
        return missing
    if levels.scale is Scale.VALUES:
        if isinstance(value, bool):
            value = str(value).lower()
        if isinstance(value, int | float | Decimal):
            same = [
                i for i, listed in enumerate(levels.values) if _float(listed) == float(value) and math.isfinite(value)
            ]
            return same[0] if same else missing
        if isinstance(value, datetime):
            value = str(value) if not value.microsecond else None
        return levels.values.index(str(value)) if str(value) in levels.values else missing
    if levels.scale is Scale.MONTHS:
        day = _day(value)
        found = [i for i in range(levels.known) if day and levels.lows[i] <= day <= levels.highs[i]]  # type: ignore[operator]
        return found[0] if found else missing
    number: Any = _number(value)
    if levels.scale is Scale.AGES and not isinstance(value, int | float | Decimal):
        day = _day(value)
        number = None if day is None or day > TODAY else _age(day)
    if levels.scale is Scale.AGES and number is not None and number > 130:
        return missing
    if number is None or not math.isfinite(number):
        return missing
    if levels.scale is Scale.AMOUNTS:
        return sum(number > edge for edge in levels.edges)
    if number != int(number) or number < levels.edges[0]:
        return missing
    return sum(number >= edge for edge in levels.edges) - 1


def _age(born: date) -> int:
    age = TODAY.year - born.year
    return age - ((TODAY.month, TODAY.day) < (born.month, born.day))


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _number(value: object) -> object:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        row = duckdb.execute(
            "SELECT TRY_CAST(? AS DOUBLE)", [value]
        ).fetchone()  # what a number is in text, DuckDB says
        return row[0] if row else None
    return value if isinstance(value, int | float | Decimal) else None


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, str):
        row = duckdb.execute("SELECT CAST(TRY_CAST(? AS TIMESTAMP) AS DATE)", [value]).fetchone()
        return row[0] if row and isinstance(row[0], date) else None
    return value if isinstance(value, date) else None


def codes(values: list[Any], kind: str, levels: Levels) -> list[int | None]:
    sql = code_expression(exp.column("x", quoted=True), levels, kind, TODAY).sql(dialect="duckdb")
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t (n INTEGER, x {kind})")
        connection.executemany("INSERT INTO t VALUES (?, ?)", list(enumerate(values)))
        rows = connection.execute(f"SELECT {sql} AS code, typeof({sql}) FROM t ORDER BY n").fetchall()
    assert {row[1] for row in rows} <= {"INTEGER"}
    return [row[0] for row in rows]


@settings(max_examples=250, deadline=None)
@given(laddered(), st.sampled_from(sorted(VALUES_OF)), st.data())
def test_the_sql_gives_the_leaf_of_the_definition_for_any_value_of_any_type(
    levels: Levels, kind: str, data: st.DataObject
) -> None:
    values = [None, *data.draw(st.lists(VALUES_OF[kind], max_size=30))]
    found = codes(values, kind, levels)
    assert found == [leaf(value, levels) for value in values]
    assert all(code is None or 0 <= code < levels.size for code in found)


@pytest.mark.parametrize("kind", ["DATE", "TIMESTAMP"])
def test_infinite_and_absurd_dates_are_missing(kind: str) -> None:
    months = Levels(Scale.MONTHS, months=(date(2023, 1, 1), date(2024, 12, 1)))
    ages = Levels(Scale.AGES, edges=tuple(range(0, 91, 5)))
    values = ["infinity", "-infinity", "0044-03-15 (BC)", "9999-12-31", "1800-01-01", "2023-01-31", "2024-12-31"]
    assert codes(values, kind, months) == [24, 24, 24, 24, 24, 0, 23]
    assert codes(values, kind, ages) == [19, 19, 19, 19, 19, 0, 0]


def test_the_last_instant_of_the_last_month_is_in_it() -> None:
    months = Levels(Scale.MONTHS, months=(date(2023, 1, 1), date(2023, 3, 1)), step="quarter")
    assert codes([datetime(2023, 3, 31, 23, 59, 59), datetime(2023, 4, 1)], "TIMESTAMP", months) == [0, 1]


def test_an_age_is_completed_on_the_day() -> None:
    ages = Levels(Scale.AGES, edges=(0, 18, 65), missing=False)
    born = [TODAY.replace(year=2008), TODAY.replace(year=2008) + timedelta(days=1), TODAY, TODAY + timedelta(days=1)]
    assert codes(born, "DATE", ages) == [1, 0, 0, None]


def test_a_postcode_is_read_by_its_district_however_it_is_written() -> None:
    levels = Levels(Scale.VALUES, values=("ZZ9", "OX1"), of="district")
    written = ["ZZ9 9AA", "zz99aa", " ox1 1aa", "OX11 1AA", "OX1", "drop table", None]
    assert codes(written, "VARCHAR", levels) == [0, 0, 1, 2, 1, 2, 2]


def test_a_value_with_a_quote_is_a_value_and_no_sql() -> None:
    levels = Levels(Scale.VALUES, values=("St John's", "'); DROP TABLE t; --"))
    assert codes(["St John's", "'); DROP TABLE t; --", "x"], "VARCHAR", levels) == [0, 1, 2]


def test_types_without_numbers_or_dates_have_the_missing_level() -> None:
    for levels in (
        Levels(Scale.AMOUNTS, edges=(0, 1)),
        Levels(Scale.COUNTS, edges=(0, 1)),
        Levels(Scale.AGES, edges=(0, 18)),
    ):
        assert codes(["x", None], "BLOB", levels) == [levels.known] * 2
    months = Levels(Scale.MONTHS, months=(date(2023, 1, 1), date(2023, 3, 1)))
    assert codes(["12:00:00"], "TIME", months) == [3]


def test_listed_values_have_the_columns_type() -> None:
    levels = Levels(Scale.VALUES, values=("1", "2"))
    assert leaf_values(levels, "BIGINT") == (1, 2, None)
    assert leaf_values(levels, "DOUBLE") == (1.0, 2.0, None)
    assert leaf_values(levels, "varchar(3)") == ("1", "2", None)
    assert leaf_values(Levels(Scale.VALUES, values=("true", "false"), missing=False), "BOOLEAN") == (True, False)
    assert leaf_values(Levels(Scale.VALUES, values=("2024-01-01", "x")), "DATE") == (date(2024, 1, 1), None, None)
    with pytest.raises(ValueError, match="listed"):
        leaf_values(Levels(Scale.COUNTS, edges=(0, 1)), "BIGINT")


@settings(max_examples=100, deadline=None)
@given(laddered(), st.data())
def test_lows_and_highs_hold_for_every_value_that_has_the_leaf(levels: Levels, data: st.DataObject) -> None:
    kind = {Scale.AMOUNTS: "DOUBLE", Scale.MONTHS: "DATE"}.get(levels.scale, "BIGINT")
    if levels.scale is Scale.VALUES:
        return
    values = data.draw(st.lists(VALUES_OF[kind], min_size=1, max_size=30))
    for depth in range(1, levels.depth + 1):
        lows, highs, groups = levels.lows_at(depth), levels.highs_at(depth), levels.groups_at(depth)
        for value, code in zip(values, codes(values, kind, levels), strict=True):
            if code is None or code == levels.known:
                continue
            low, high = lows[groups[code]], highs[groups[code]]
            assert low is None or (low < value if levels.exclusive_lows else low <= value)  # type: ignore[operator]
            assert high is None or value <= high  # type: ignore[operator]
