from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.deidentification.ages import age_expression
from commonweal.deidentification.reading import read_treatment

from .hostile import VALUES, X, evaluated

KEEP = read_treatment("keep")


def ages(days: list[date], as_of: date, treatment: object = "keep") -> list[int | None]:
    expression = age_expression(X, as_of, read_treatment(treatment))
    return evaluated(expression, "DATE", [f"'{day.isoformat()}'" for day in days], "INTEGER")


def plainly(born: date, as_of: date) -> int | None:
    """Count birthdays one by one; that of 29 February is 1 March where there is no 29th."""
    if born > as_of:
        return None
    age = 0
    while True:
        year = born.year + age + 1
        if year > 9999:
            return age
        leapling = (born.month, born.day) == (2, 29) and not (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))
        birthday = date(year, 3, 1) if leapling else born.replace(year=year)
        if birthday > as_of:
            return age if age <= 130 else None
        age += 1


def test_birthdays_and_leap_years() -> None:
    assert ages([date(2000, 2, 29)] * 1, date(2023, 2, 28)) == [22]
    assert ages([date(2000, 2, 29)], date(2023, 3, 1)) == [23]
    assert ages([date(2000, 2, 29)], date(2024, 2, 29)) == [24]
    assert ages([date(2000, 2, 28)], date(2023, 2, 28)) == [23]
    assert ages([date(2000, 6, 15)], date(2023, 6, 14)) == [22]
    assert ages([date(2000, 6, 15)], date(2023, 6, 15)) == [23]
    assert ages([date(2023, 6, 16), date(2023, 6, 15)], date(2023, 6, 15)) == [None, 0]
    assert ages([date(1892, 6, 15), date(1892, 6, 16)], date(2023, 6, 15)) == [None, 130]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.dates(date(1880, 1, 1), date(2040, 1, 1)), min_size=1, max_size=20),
    st.dates(date(1990, 1, 1), date(2035, 1, 1)),
)
def test_ages_are_completed_years(days: list[date], as_of: date) -> None:
    near = [as_of.replace(year=as_of.year - 40, day=min(as_of.day, 28)) + timedelta(days=d) for d in (-1, 0, 1)]
    assert ages([*days, *near], as_of) == [plainly(day, as_of) for day in [*days, *near]]


@settings(max_examples=40, deadline=None)
@given(st.dates(date(1910, 1, 1), date(2020, 1, 1)), st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.integers(1, 30))
def test_ages_are_as_coarse_as_the_date(born: date, as_of: date, width: int) -> None:
    exact = plainly(born, as_of)
    assert exact is not None
    assert ages([born], as_of, {"band": f"{width} years"}) == [exact // width * width]
    assert ages([born], as_of, "year") == [as_of.year - born.year]
    assert ages([born], as_of, "month") == [plainly(born.replace(day=1), as_of)]
    quarter = born.replace(month=(born.month - 1) // 3 * 3 + 1, day=1)
    assert ages([born], as_of, "quarter") == [plainly(quarter, as_of)]


@pytest.mark.parametrize("treatment", ["keep", "year", "quarter", "month", {"band": "7 years"}])
def test_hostile_dates_have_no_age_and_raise_nothing(treatment: object) -> None:
    found = evaluated(
        age_expression(X, date(2026, 11, 1), read_treatment(treatment)), "DATE", VALUES["DATE"], "INTEGER"
    )
    by_value = dict(zip(VALUES["DATE"], found, strict=True))
    assert [by_value[v] for v in ("NULL", "'infinity'", "'-infinity'", "'9999-12-31'", "'5877642-06-25 (BC)'")] == [
        None
    ] * 5
    assert by_value["'1931-02-27'"] in (91, 95)


@pytest.mark.parametrize("treatment", ["withhold", "link", {"band": 5}, "district"])
def test_no_age_of_a_date_that_may_not_be_seen(treatment: object) -> None:
    with pytest.raises(ValueError, match="no age"):
        age_expression(X, date(2026, 1, 1), read_treatment(treatment))
