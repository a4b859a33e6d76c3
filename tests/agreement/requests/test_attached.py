"""What a question names: datasets and columns, never what stands in strings and comments."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from commonweal.agreement.requests.attached import named_in, words_of


def dataset(reference: str, *columns: str) -> Any:
    organisation, name = reference.split("/")
    contract = SimpleNamespace(columns=tuple(SimpleNamespace(name=column) for column in columns))
    return SimpleNamespace(organisation=organisation, name=name, reference=reference, contract=contract)


HOMES = dataset("south/homes", "rent", "ward")
OTHER_HOMES = dataset("north/homes", "rent")
PEOPLE = dataset("south/people", "age", "ward")


def test_tables_and_columns_are_found_whatever_their_case_and_quotes() -> None:
    found = named_in('select "Ward", avg(RENT) from Homes group by 1', [HOMES, PEOPLE])
    assert found == {"south/homes": ("rent", "ward")}


def test_strings_and_comments_name_nothing() -> None:
    sql = "select count(*) from homes -- rent\n/* people */ where ward = 'age rent ''people'"
    assert named_in(sql, [HOMES, PEOPLE]) == {"south/homes": ("ward",)}
    assert "people" not in words_of(sql)


def test_of_one_name_the_agreements_own_comes_first() -> None:
    assert set(named_in("select rent from homes", [HOMES, OTHER_HOMES])) == {"south/homes", "north/homes"}
    assert set(named_in("select rent from homes", [HOMES, OTHER_HOMES], ["north/homes"])) == {"north/homes"}


def test_what_is_no_sql_names_nothing() -> None:
    assert named_in("", [HOMES]) == {}
    assert named_in("';--'''", [HOMES]) == {}
