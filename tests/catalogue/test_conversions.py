"""Reading text as values: exactly, or not at all."""

import datetime as dt
import math

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.catalogue.contract import Column
from commonweal.catalogue.reading.conversions import is_missing, snapshot_type, trimmed, value_sql

CONNECTION = duckdb.connect()


def values(texts: list[str], kind: str, **how: object) -> list[object]:
    sql = value_sql("t", kind, **how)  # type: ignore[arg-type]
    rows = CONNECTION.execute(f"SELECT {sql} FROM (SELECT unnest(?) AS t)", [texts]).fetchall()
    return [value for (value,) in rows]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=20))
def test_every_whole_number_is_read_as_itself(numbers: list[int]) -> None:
    assert values([str(n) for n in numbers], "BIGINT") == numbers
    assert values([f"{n}.00" for n in numbers], "BIGINT") == numbers
    assert values([f"{n:,}" for n in numbers], "BIGINT") == numbers
    small = [n for n in numbers if abs(n) < 2**53 and n != 0]
    assert values([f"{n:.17E}" for n in small if f"{n:.17E}".find("E+") > 0], "BIGINT") == small


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e90, max_value=1e90), min_size=1, max_size=20)
)
def test_every_number_is_read_as_itself(numbers: list[float]) -> None:
    assert values([repr(n) for n in numbers], "DOUBLE") == numbers


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dates(dt.date(1000, 1, 1)), min_size=1, max_size=20))
def test_every_date_is_read_as_itself_in_any_stated_spelling(days: list[dt.date]) -> None:
    assert values([d.isoformat() for d in days], "DATE") == days
    assert values([f"{d.day:02}/{d.month:02}/{d.year:04}" for d in days], "DATE", order="day") == days
    assert values([f"{d.month}.{d.day}.{d.year:04}" for d in days], "DATE", order="month") == days
    assert values([f"{d.day} {d:%B} {d.year:04}" for d in days], "DATE") == days
    assert values([f"{d.day}/{d.month}/{d.year:04}" for d in days], "DATE") == [None] * len(days)


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=12),
    st.sampled_from(["BIGINT", "INTEGER", "DOUBLE", "DECIMAL(9,2)", "DATE", "TIMESTAMP", "BOOLEAN", "TIME"]),
)
def test_no_text_at_all_makes_reading_fail(text: str, kind: str) -> None:
    for order in ("", "day", "month"):
        (value,) = values([text.replace("\0", "")], kind, order=order, spaced=True)
        assert not isinstance(value, float) or math.isfinite(value)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1.5", "BIGINT"),
        ("1e5", "BIGINT"),
        ("1.2E+11", "BIGINT"),
        ("0x1A", "BIGINT"),
        ("1_000", "BIGINT"),
        ("1,00", "BIGINT"),
        ("12 34", "BIGINT"),
        ("9223372036854775808", "BIGINT"),
        ("2147483648", "INTEGER"),
        ("nan", "DOUBLE"),
        ("inf", "DOUBLE"),
        ("1e999", "DOUBLE"),
        ("1,5", "DOUBLE"),
        ("12%", "DOUBLE"),
        ("1.2.3", "DOUBLE"),
        ("infinity", "DATE"),
        ("epoch", "DATE"),
        ("2020-02-30", "DATE"),
        ("01/02/20", "DATE"),
        ("43831", "DATE"),
        ("2020-01-01 12:30", "DATE"),
        ("2", "BOOLEAN"),
    ],
)
def test_what_could_mean_something_else_is_not_read(text: str, kind: str) -> None:
    assert values([text], kind, order="day") == [None]


def test_times_with_a_zone_become_utc() -> None:
    read = values(["2020-06-01T12:00:00+01:00", "2020-06-01 11:00", "01/06/2020 11:00:00"], "TIMESTAMP", order="day")
    assert read == [dt.datetime(2020, 6, 1, 11)] * 3


def test_blanks_of_every_sort_are_trimmed_and_words_for_nothing_known() -> None:
    texts = [" a ", "\u00a0a\u00a0", "\ta\n", "a", "   ", "\ufeffa", "é ", "a b"]
    rows = CONNECTION.execute(f"SELECT {trimmed('t')} FROM (SELECT unnest(?) AS t)", [texts]).fetchall()
    assert [value for (value,) in rows] == ["a", "a", "a", "a", None, "a", "é", "a b"]
    words = ["N/A", "null", "-", "0", "nil", "none", "nothing"]
    rows = CONNECTION.execute(f"SELECT {is_missing('t')} FROM (SELECT unnest(?) AS t)", [words]).fetchall()
    assert [value for (value,) in rows] == [True, True, True, False, True, True, False]


@pytest.mark.parametrize(
    ("logical", "physical", "becomes"),
    [
        ("integer", "", "BIGINT"),
        ("integer", "int4", "INTEGER"),
        ("string", "varchar(18)", "VARCHAR"),
        ("number", "DECIMAL(10, 2)", "DECIMAL(10,2)"),
        ("number", "numeric(99,2)", "DOUBLE"),
        ("timestamp", "timestamp with time zone", "TIMESTAMP"),
        ("date", "Name", "DATE"),
        ("array", "list", ""),
    ],
)
def test_types_of_contracts_are_types_of_snapshots(logical: str, physical: str, becomes: str) -> None:
    assert snapshot_type(Column("x", logical, physical, None)) == becomes
