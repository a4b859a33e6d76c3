"""Conditions on rows: only the allow-list, only the dataset's own columns, never a conversion that can fail."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.agreement.rows import read_rows, row_mistakes, rows_expression

from .agreed import CONTRACTS, read

HOUSING = CONTRACTS["northbank/housing"]
CARE = CONTRACTS["riverside_nhs/social_care"]


@pytest.mark.parametrize(
    "text",
    [
        "tenancy <> 'leasehold'",
        "arrears > 5 and not (ward in ('W01', 'W02') or tenancy is null)",
        "arrears between -5 and 6.5",
        "uprn is not null",
        "tenancy = ward",
        "tenancy not in ('a', 'b')",
        "\"tenancy\" = 'it''s'",
        "tenancy = 'a' -- why",
    ],
)
def test_plain_conditions_are_read_and_run(text: str) -> None:
    condition = read_rows(text)
    assert list(row_mistakes(condition, HOUSING)) == []
    table = "(select 1::bigint as uprn, 'a' as tenancy, 'W01' as ward, 7.0::double as arrears)"
    with duckdb.connect() as engine:
        assert engine.execute(f"select count(*) from {table} where {condition.sql('duckdb')}").fetchone() is not None
    assert "--" not in condition.sql("duckdb")


@pytest.mark.parametrize(
    "text",
    [
        "tenancy in (select tenancy from person)",
        "exists (select 1)",
        "(select true)",
        "other.tenancy = 'a'",
        "tenancy like 'a%'",
        "upper(tenancy) = 'A'",
        "arrears / 0 > 1",
        "arrears + 1 > 1",
        "tenancy::int = 1",
        "try_cast(tenancy as int) = 1",
        "case when arrears > 1 then true end",
        "tenancy = 'a'; drop table person",
        "tenancy = 'a') or (1 = 1",
        "tenancy = ?",
        "tenancy = $name",
        "tenancy",
        "true",
        "not tenancy",
        "tenancy = 'a' or tenancy",
        "count(*) > 1",
        "arrears[1] = 1",
        "arrears = any([1])",
        "tenancy = (ward = 'a')::varchar",
        "read_csv('/etc/passwd') is null",
        "tenancy collate nocase = 'a'",
        "tenancy in ward",
        "",
        "   ",
        "(" * 200 + "arrears > 1" + ")" * 200,
        "arrears > 1 and " * 300 + "arrears > 1",
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        read_rows(text)
    assert "passwd" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "contract"),
    [
        ("tenancy = 5", HOUSING),
        ("arrears = 'a'", HOUSING),
        ("arrears in (1, 'a')", HOUSING),
        ("arrears is true", HOUSING),
        ("arrears = null", HOUSING),
        ("tenancy = uprn", HOUSING),
        ("uprn = 0.5", HOUSING),
        ("arrears > 1e400", HOUSING),
        ("1 = 1", HOUSING),
        ("colour = 'red'", HOUSING),
        ("start_date > '2020-13-01'", CARE),
        ("start_date > 5", CARE),
        ("name = 'Zelda Quince'", CONTRACTS["northbank/person"]),
        ("notes is null", CONTRACTS["northbank/person"]),
        ("mystery is null", CONTRACTS["northbank/person"]),
    ],
)
def test_conditions_that_do_not_fit_the_dataset_are_mistakes_without_values(text: str, contract: object) -> None:
    found = list(row_mistakes(read_rows(text), contract))  # type: ignore[arg-type]
    assert found
    assert "Zelda" not in str(found)


@given(st.text(alphabet="abt()=<>'\"-;,.* \n1", max_size=40))
def test_no_text_raises_anything_but_one_sentence(text: str) -> None:
    try:
        condition = read_rows(text)
    except ValueError as error:
        assert str(error)
    else:
        assert read_rows(condition.sql("duckdb")).sql("duckdb") == condition.sql("duckdb")


def test_terms_give_their_condition_or_none() -> None:
    agreement = read()
    housing, person = agreement.terms("northbank/housing"), agreement.terms("northbank/person")
    assert housing is not None
    assert person is not None
    condition = rows_expression(housing)
    assert condition is not None
    assert condition.sql("duckdb") == "tenancy <> 'leasehold'"
    assert rows_expression(person) is None
