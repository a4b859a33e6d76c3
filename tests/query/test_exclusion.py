"""Conditions that exclude each other, by their form alone."""

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from commonweal.query.dialect import DIALECT
from commonweal.query.exclusion import exclusive


def condition(text: str) -> exp.Expr:
    parsed = DIALECT.parse(f"select 1 where {text}")[0]
    assert parsed is not None
    return parsed.args["where"].this


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a = 'p'", "a = 'q'"),
        ("a in ('p', 'q')", "a = 'z' and b > 2"),
        ("a < 5", "a >= 5"),
        ("a between 1 and 4", "5 <= a"),
        ("year(d) = 2024", "year(d) = 2025"),
        ("d < date '2024-01-01'", "d >= '2024-01-01'"),
        ("a > 3 and b = 1", "not (a > 3) and c = 1"),
        ("a > 3", "not ((a > 3) is true)"),
        ("sex = 'F'", "sex = 'M'"),
    ],
)
def test_seen_to_exclude_each_other(one: str, other: str) -> None:
    assert exclusive(condition(one), condition(other)) and exclusive(condition(other), condition(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a = 'x'", "b = 'y'"),
        ("a <= 5", "a >= 5"),
        ("a = 1", "a = 1.0"),
        ("a in ('x', 'y')", "a = 'y'"),
        ("a = 'x'", "a <> 'y'"),
        ("d = '2024-01-05'", "d = '2024-1-5'"),
        ("n in ('1', '2')", "n = '01'"),
        ("b = 'true'", "b = 'yes'"),
        ("a = 'x' or b = 1", "a = 'y'"),
        ("a < 'm'", "a > 'n'"),  # the order of text is the engine's business
        ("a > 3", "a > 4"),
    ],
)
def test_not_seen_to(one: str, other: str) -> None:
    assert not exclusive(condition(one), condition(other))


TEST = st.one_of(
    st.tuples(st.sampled_from(["=", "<", "<=", ">", ">="]), st.integers(-3, 3)).map(lambda t: f"x {t[0]} {t[1]}"),
    st.lists(st.integers(-3, 3), min_size=1, max_size=3).map(lambda v: f"x in ({', '.join(map(str, v))})"),
    st.tuples(st.integers(-3, 3), st.integers(-3, 3)).map(lambda t: f"x between {t[0]} and {t[1]}"),
)
CONDITION = st.lists(st.one_of(TEST, TEST.map(lambda t: f"not ({t})")), min_size=1, max_size=3).map(" and ".join)


@given(CONDITION, CONDITION)
def test_nothing_meets_both_of_two_that_exclude_each_other(one: str, other: str) -> None:
    if exclusive(condition(one), condition(other)):
        met = duckdb.sql(f"select count(*) from range(-5, 6) t(x) where ({one}) and ({other})").fetchall()
        assert met == [(0,)]
