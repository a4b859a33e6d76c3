from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.deidentification.reading import EXAMPLES, WORDS, read_treatment
from commonweal.deidentification.treatment import Treatment

from .hostile import VALUES, X, treated, twice

SPECIMENS: list[Any] = [
    *WORDS,
    {"band": 5},
    {"band": 1000},
    {"band": "5 years"},
    {"band": "1 year"},
    {"top": 100},
    {"top": 12.5},
    {"bottom": -3},
    {"round": 5},
    {"round": 10**6},
    {"codes": {"A": "x", "O'Neill; DROP TABLE t": "y", "other": "z"}},
    {"codes": {"1": "one", "true": "yes"}},
]
PAIRS = [
    pytest.param(read_treatment(value), kind, id=f"{value}-{kind}")
    for value in SPECIMENS
    for kind in VALUES
    if not read_treatment(value).applies_to(kind) and read_treatment(value).expression(X, kind) is not None
]


def same(one: Any, other: Any) -> bool:
    return one == other or (one != one and other != other)


def test_every_treatment_meets_hostile_values_of_some_type() -> None:
    tried = {pair.values[0].name for pair in PAIRS}  # type: ignore[attr-defined]
    assert tried == {*WORDS, *EXAMPLES} - {"withhold", "link"}


@pytest.mark.parametrize(("treatment", "kind"), PAIRS)
def test_no_value_makes_it_raise_and_the_type_is_as_promised(treatment: Treatment, kind: str) -> None:
    found = treated(treatment, kind, VALUES[kind])
    assert len(found) == len(VALUES[kind])
    assert found[0] is None  # null stays null
    assert isinstance(treatment, Treatment)
    assert treatment.describe()
    assert treatment.promise.endswith(".")


@pytest.mark.parametrize(("treatment", "kind"), [pair for pair in PAIRS if pair.values[0].name != "codes"])  # type: ignore[attr-defined]
def test_twice_is_once(treatment: Treatment, kind: str) -> None:
    once, again = treated(treatment, kind, VALUES[kind]), twice(treatment, kind, VALUES[kind])
    assert all(same(a, b) for a, b in zip(once, again, strict=True)), (once, again)


def numbers(values: list[int]) -> list[str]:
    return [str(value) for value in values]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=20), st.integers(1, 10**6))
def test_bands_and_multiples_of_whole_numbers(values: list[int], width: int) -> None:
    assert treated(read_treatment({"band": width}), "BIGINT", numbers(values)) == [v // width * width for v in values]
    nearest = treated(read_treatment({"round": width}), "BIGINT", numbers(values))
    assert nearest == [(2 * v + width) // (2 * width) * width for v in values]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=20), st.integers(1, 1000))
def test_bands_and_limits_of_decimals_and_doubles(values: list[int], width: int) -> None:
    texts = [f"{Decimal(v) / 100:f}" for v in values]
    expected = [Decimal(v // (width * 100) * width) for v in values]
    assert treated(read_treatment({"band": width}), "DECIMAL(12,2)", texts) == expected
    assert treated(read_treatment({"band": width}), "DOUBLE", texts) == [float(v) for v in expected]
    limited = treated(read_treatment({"top": width}), "DECIMAL(12,2)", texts)
    assert limited == [min(Decimal(t), Decimal(width)) for t in texts]
    assert treated(read_treatment({"bottom": width}), "DOUBLE", texts) == [max(float(t), float(width)) for t in texts]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.dates(), min_size=1, max_size=20), st.integers(1, 120))
def test_dates_are_cut_to_the_first_day(days: list[date], width: int) -> None:
    texts = [f"'{day.isoformat()}'" for day in days]
    assert treated(read_treatment("year"), "DATE", texts) == [day.replace(month=1, day=1) for day in days]
    assert treated(read_treatment("month"), "TIMESTAMP", texts) == [day.replace(day=1) for day in days]
    assert treated(read_treatment("quarter"), "DATE", texts) == [
        day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1) for day in days
    ]
    bands = treated(read_treatment({"band": f"{width} years"}), "DATE", texts)
    for day, band in zip(days, bands, strict=True):
        if day.year >= width:
            assert band == date(day.year // width * width, 1, 1)


def test_what_cannot_be_a_date_of_our_era_becomes_nothing() -> None:
    values = ["'infinity'", "'-infinity'", "'0044-03-15 (BC)'", "'5881580-07-10'"]
    for word in ("year", "quarter", "month", {"band": "10 years"}):
        assert treated(read_treatment(word), "DATE", values) == [None] * 4


def test_what_is_no_number_does_not_pass_a_limit() -> None:
    assert treated(read_treatment({"top": 5}), "DOUBLE", ["'nan'", "'inf'", "'-inf'", "NULL"]) == [
        None,
        5.0,
        float("-inf"),
        None,
    ]
    assert treated(read_treatment({"band": 5}), "DOUBLE", ["'nan'", "'inf'"]) == [None, None]


@pytest.mark.parametrize(
    ("written", "district", "sector"),
    [
        ("ZZ9 9ZZ", "ZZ9", "ZZ9 9"),
        (" zz9  9zz ", "ZZ9", "ZZ9 9"),
        ("zz99zz", "ZZ9", "ZZ9 9"),
        ("EC1A 1BB", "EC1A", "EC1A 1"),
        ("W1A0AX", "W1A", "W1A 0"),
        ("m1 1ae", "M1", "M1 1"),
        ("B33-8TH", "B33", "B33 8"),
        ("GIR 0AA", "GIR", "GIR 0"),
        ("AB12", "AB12", None),
        ("AB1 2", "AB12", "AB1 2"),
        ("", None, None),
        ("the flat above the shop", None, None),
        ("ZZ9 9ZZ, back door", None, None),
        ("☃", None, None),
    ],
)
def test_postcodes_however_they_are_written(written: str, district: str | None, sector: str | None) -> None:
    assert treated(read_treatment("district"), "VARCHAR", [f"'{written}'"]) == [district]
    assert treated(read_treatment("sector"), "VARCHAR", [f"'{written}'"]) == [sector]


def test_codes_leave_nothing_off_the_list() -> None:
    values = ["'A'", "'B'", "'secret'", "NULL", "'other'"]
    with_other = read_treatment({"codes": {"A": "owned", "B": "rented", "other": "else"}})
    assert treated(with_other, "VARCHAR", values) == ["owned", "rented", "else", None, "else"]
    without = read_treatment({"codes": {"A": "owned"}})
    assert treated(without, "VARCHAR", values) == ["owned", None, None, None, None]
    assert treated(read_treatment({"codes": {1: "one", 2: 20}}), "INTEGER", ["1", "2", "3"]) == ["one", "20", None]


def test_keep_withhold_and_link() -> None:
    keep, withhold, link = (read_treatment(word) for word in ("keep", "withhold", "link"))
    assert keep.expression(X, "DATE") is X
    assert withhold.expression(X, "DATE") is None
    assert link.expression(X, "BIGINT") is None
    assert link.result_type("BIGINT") == "UUID"


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        ({"band": 10}, "DATE", "write {band: 10 years}"),
        ({"band": "5 years"}, "INTEGER", "write {band: 5}"),
        ({"band": 10}, "VARCHAR", "holds text"),
        ("year", "VARCHAR", "needs dates"),
        ("month", "TIMESTAMP WITH TIME ZONE", "needs dates"),
        ("district", "INTEGER", "needs postcodes"),
        ({"top": 5}, "DATE", "needs numbers"),
        ({"top": 5.5}, "INTEGER", "whole number"),
        ({"round": 5}, "DATE", "needs numbers"),
        ({"codes": {"A": "x"}}, "DOUBLE", "needs text"),
    ],
)
def test_a_treatment_says_where_it_cannot_be_used(value: Any, kind: str, words: str) -> None:
    assert words in read_treatment(value).applies_to(kind)


@pytest.mark.parametrize("kind", ["int", "NUMERIC(10, 2)", "decimal(10,2)", "real", "Int8"])
def test_types_are_known_under_their_other_names(kind: str) -> None:
    assert read_treatment({"band": 5}).applies_to(kind) == ""
