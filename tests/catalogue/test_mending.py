from __future__ import annotations

import pytest

from commonweal.catalogue.contract import Column, Contract, EntityKey, Kind
from commonweal.catalogue.mending import FormProblems, Written, levels_text, mended, written

COLUMNS = (
    Column("uprn", "integer", "BIGINT", Kind.LINK),
    Column("age", "integer", "BIGINT", None),
    Column("band", "string", "VARCHAR", Kind.QUASI, codes=("A", "B")),
)
CONTRACT = Contract("x", "x", "1.0.0", COLUMNS, (EntityKey("household", "uprn"),), status="draft")


def test_what_was_not_touched_stays_what_it_was() -> None:
    assert mended(CONTRACT, {}, {}) == CONTRACT
    assert mended(CONTRACT, {}, {column.name: written(column) for column in COLUMNS}) == CONTRACT


def test_a_column_gets_kind_meaning_and_levels() -> None:
    new = mended(CONTRACT, {}, {"age": Written("quasi", " Age\nin years ", "{ages: {until: 90, steps: [5, 10]}}")})
    column = new.by_name["age"]
    assert (column.kind, column.description) == (Kind.QUASI, "Age in years")
    assert column.levels is not None
    assert levels_text(column) == "{ages: {until: 90, steps: [5, 10]}}"


def test_the_head_says_whom_it_is_about() -> None:
    head = {
        "description": "Homes",
        "membership": "known",
        "status": "active",
        "entity-kind-1": "person",
        "entity-key-1": "row",
        "entity-kind-2": "",
        "entity-key-2": "",
    }
    new = mended(CONTRACT, head, {})
    assert (new.description, new.membership, new.status) == ("Homes", "known", "active")
    assert new.entities == (EntityKey("person", "row"),)


def test_levels_go_with_a_kind_that_has_none() -> None:
    new = mended(CONTRACT, {}, {"age": Written("link", "", "{ages: {until: 90, steps: [5, 10]}}")})
    assert new.by_name["age"].levels is None


def test_codes_are_levels_where_none_are_written() -> None:
    new = mended(CONTRACT, {}, {"band": Written("quasi", "Band", "")})
    assert new.by_name["band"].levels == COLUMNS[2].levels


@pytest.mark.parametrize(
    ("head", "columns", "field"),
    [
        ({}, {"age": Written("secret", "", "")}, "kind-1"),
        ({}, {"age": Written("quasi", "", "{ages: x}")}, "levels-1"),
        ({}, {"age": Written("quasi", "", "{age: 3")}, "levels-1"),
        ({}, {"age": Written("quasi", "", "[1, 2]")}, "levels-1"),
        ({}, {"age": Written("quasi", "", "{ages: {until: 90, steps: [5]}, colour: red}")}, "levels-1"),
        ({"entity-kind-1": "A Home", "entity-key-1": "uprn"}, {}, "entity-kind-1"),
        ({"entity-kind-1": "home", "entity-key-1": "../etc"}, {}, "entity-key-1"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(head: dict[str, str], columns: dict[str, Written], field: str) -> None:
    with pytest.raises(FormProblems) as raised:
        mended(CONTRACT, head, columns)
    assert list(raised.value.problems) == [field]


def test_aliases_do_not_make_a_small_text_huge() -> None:
    bomb = "{values: &a [x, x, x, x, x, x, x, x], groups: {" + ", ".join(f"g{i}: [*a, *a]" for i in range(200)) + "}}"
    with pytest.raises(FormProblems):
        mended(CONTRACT, {}, {"band": Written("quasi", "", bomb)})
