"""What may be asked for at all: only the rules on answers can be set aside, never what the agreement says of the data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.errors import BadInput, Conflict, NotAllowed, Refused, UsageMistake
from commonweal.gateway.output_checking.request import Verdict
from commonweal.gateway.output_checking.requesting import MOST_OPEN
from commonweal.installation import Installation
from tests import output_town as town
from tests import small_town, towns


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = town.made(tmp_path_factory.mktemp("asking"))
    towns.agree(installation, town.document(record_level=True) | {"id": "rows"}, signed_by=["northbank", "riverside"])
    without = small_town.AGREEMENT | {"id": "without"}
    towns.agree(installation, without, signed_by=["northbank", "riverside"])
    never = town.document(allowed=False) | {"id": "never"}
    towns.agree(installation, never, signed_by=["northbank", "riverside"])
    listed = town.document(checkers=[town.OTHER, town.ELSEWHERE]) | {"id": "listed"}
    towns.agree(installation, listed, signed_by=["northbank", "riverside"])
    yield installation
    installation.close()


def asked(place: Installation, agreement: str = "arrears", person: str = town.ANALYST, **what: Any) -> int:
    return town.at(place, person).request(town.REASON, agreement=agreement, **({"sql": town.SQL} | what)).number


@pytest.mark.parametrize("agreement", ["without", "never"])
def test_an_agreement_without_the_clause_refuses_and_names_it(place: Installation, agreement: str) -> None:
    with pytest.raises(Refused) as caught:
        asked(place, agreement)
    assert caught.value.clause == "safeguards: output_checking"
    assert "output_checking: {allowed: true}" in caught.value.remedy
    assert caught.value.reference.startswith("entry ")
    assert town.kinds(place)[-1] == "output.refused"


@pytest.mark.parametrize(
    ("sql", "clause"),
    [
        ("select count(*) as homes from housing where uprn = 900000000001", "link columns"),
        ("select arrears from housing where uprn = 900000000001", "link columns"),
        ("select secret, count(*) from housing group by 1", "what a question may be"),
        ("drop table housing", "what a question may be"),
    ],
)
def test_what_the_agreement_says_of_the_data_cannot_be_set_aside(place: Installation, sql: str, clause: str) -> None:
    with pytest.raises(Refused) as caught:
        asked(place, "rows", sql=sql)
    assert caught.value.clause == clause


@pytest.mark.parametrize("sql", [town.ROWS, "select uprn, count(*) as n from housing group by uprn"])
def test_rows_need_the_agreement_to_have_them(place: Installation, sql: str) -> None:
    with pytest.raises(Refused, match="rows about single people") as caught:
        asked(place, sql=sql)
    assert caught.value.clause == "safeguards: output_checking"


@pytest.mark.parametrize("person", [town.STRANGER, town.OWN, "nobody@nowhere.example"])
def test_only_people_of_the_agreement_may_ask(place: Installation, person: str) -> None:
    with pytest.raises(Refused, match="not one of the people"):
        asked(place, person=person)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 4_001, "red \x1b[31m", "turn \u202e"])
def test_a_reason_is_words(place: Installation, reason: str) -> None:
    with pytest.raises(BadInput):
        town.at(place, town.ANALYST).request(reason, agreement="arrears", sql=town.SQL)


def test_it_is_one_thing(place: Installation, tmp_path: Path) -> None:
    for what in ({}, {"sql": town.SQL, "entry": 1}, {"entry": 1, "file": tmp_path / "a.txt"}):
        with pytest.raises(UsageMistake):
            town.at(place, town.ANALYST).request(town.REASON, agreement="arrears", **what)  # type: ignore[arg-type]


def test_by_the_entry_of_an_own_question(place: Installation) -> None:
    answer = place.gateway(town.ANALYST).ask(town.SQL, agreement="arrears")
    number = asked(place, sql=None, entry=answer.receipt.index)
    assert town.at(place, town.ANALYST).show(number).about["question"] == town.SQL
    with pytest.raises(Refused) as caught:
        place.gateway(town.ANALYST).ask("select (select sum(arrears) from housing where tenancy = 'owner') - "
                                        "(select sum(arrears) from housing) as d", agreement="arrears")  # fmt: skip
    assert asked(place, sql=None, entry=int(caught.value.reference.split()[1]))
    for person, agreement, entry in (
        (town.COLLEAGUE, "arrears", answer.receipt.index),
        (town.ANALYST, "rows", answer.receipt.index),
        (town.ANALYST, "arrears", 0),
        (town.ANALYST, "arrears", 10_000),
    ):
        with pytest.raises(NotAllowed, match="no question of yours"):
            asked(place, agreement, person, sql=None, entry=entry)


def test_only_the_named_checkers_check(place: Installation) -> None:
    number = asked(place, "listed")
    for person in (town.OTHER, town.ELSEWHERE):
        town.at(place, person).show(number)
        town.at(place, person).decide(number, Verdict.APPROVE, "fine")
    assert town.at(place, town.ANALYST).fetch(number)
    assert number not in [each.number for each in town.at(place, town.OWN).list()]


def test_rows_with_tokens_where_the_agreement_has_them(place: Installation) -> None:
    number = asked(place, "rows", sql=town.ROWS)
    seen = town.at(place, town.OTHER).show(number).as_dict()["for_checkers"]
    assert seen["rows"] == 4 and seen["entities"] == {"household": 4} and seen["smallest_class"] == 4
    tokens = [row[0] for row in seen["table"]["rows"]]
    assert len(set(tokens)) == 4 and not any("80000000000" in token for token in tokens)
    assert {row[2] for row in seen["table"]["rows"]} == set(town.HOSTELS)
    town.at(place, town.OTHER).decide(number, Verdict.APPROVE, "tokens only")
    town.at(place, town.OWN).show(number)
    town.at(place, town.OWN).decide(number, Verdict.APPROVE, "tokens only")
    answer = town.at(place, town.ANALYST).fetch(number)
    assert answer.as_dict()["answer"]["rows"] == seen["table"]["rows"]  # type: ignore[union-attr, index]
    assert answer.sql == town.ROWS  # type: ignore[union-attr]


def test_joined_and_filtered_rows(place: Installation) -> None:
    sql = (
        "with h as (select uprn, tenancy, arrears / 2 as half from housing) "
        "select tenancy as t, half from h where half > 5000 limit 2"
    )
    seen = town.at(place, town.OTHER).show(asked(place, "rows", sql=sql)).as_dict()["for_checkers"]
    assert [row[0] for row in seen["table"]["rows"]] == ["hostel", "hostel"]


def test_not_too_many_at_once(place: Installation, tmp_path: Path) -> None:
    file = tmp_path / "model.txt"
    file.write_text("intercept\n")
    made = [asked(place, person=town.COLLEAGUE, sql=None, file=file) for _ in range(MOST_OPEN)]
    before = len(list(place.layout.outputs.glob("*")))
    with pytest.raises(Conflict, match="wait already"):
        asked(place, person=town.COLLEAGUE, sql=None, file=file)
    assert len(list(place.layout.outputs.glob("*"))) == before, "the file that was not asked for is not kept"
    town.at(place, town.COLLEAGUE).withdraw(made[0])
    asked(place, person=town.COLLEAGUE, sql=None, file=file)
