"""Kept answers: the same again, for those whom the agreement names, for as long as it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
import sqlalchemy as sa

from commonweal.agreement.retention import end_of
from commonweal.errors import BadInput, Conflict, NotAllowed, NotFound
from commonweal.gateway.ask import Presented
from commonweal.gateway.kept import content, once, store, tables
from commonweal.identity.person import Role
from commonweal.installation import Installation, acts, open_installation
from commonweal.ledger.reading import entries as recorded
from tests import small_town, towns
from tests.small_town import ANALYST, SQL, ask, entries

OFFICER = "officer@riverside.example"
COLLEAGUE = "colleague@northbank.example"
STRANGER = "stranger@elsewhere.example"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("kept")
    with towns.found(folder, [towns.Source("northbank/housing", small_town.homes(), small_town.CONTRACT)]) as made:
        acts.add_person(made, OFFICER, "riverside", [Role.OFFICER])
        acts.add_person(made, COLLEAGUE, "northbank", [Role.ANALYST])
        acts.add_organisation(made, "elsewhere", "Elsewhere")
        acts.add_person(made, STRANGER, "elsewhere", list(Role))
        people = [{"email": ANALYST, "role": "analyst"}, {"email": COLLEAGUE, "role": "analyst"}]
        towns.agree(made, small_town.AGREEMENT | {"people": people}, signed_by=["northbank", "riverside"])
        yield made


def test_an_answer_opens_as_it_was_handed_over(town: Installation) -> None:
    answer = ask(town)
    opened = town.gateway(ANALYST).answers.open(answer.receipt.index)
    assert opened.answer.table.equals(answer.table)
    assert opened.answer == replace(answer, seconds=0.0)
    assert opened.answer.to_json() == answer.to_json()
    assert opened.answer.to_csv() == answer.to_csv()
    assert opened.mine
    with town.reading() as connection:
        entry = next(recorded(connection, kind="question.answered"))
    assert (entry.index, entry.body["asked"]) == (opened.short.number, opened.short.asked)


def test_it_is_there_after_opening_the_installation_again(town: Installation) -> None:
    number = ask(town).receipt.index
    with open_installation(town.folder) as again:
        assert again.gateway(ANALYST).answers.open(number).answer.sql == SQL


def test_who_may_open_it(town: Installation) -> None:
    number = ask(town).receipt.index
    assert not town.gateway(COLLEAGUE).answers.open(number).mine
    assert not town.gateway(OFFICER).answers.open(number).mine
    town.gateway(OFFICER).answers.open(number)
    opened = [body for body in entries(town, "answer.opened") if body["answer"] == number]
    assert len(opened) == 2, "the first look of each of the others is recorded, once"
    with pytest.raises(NotFound) as refused:
        town.gateway(STRANGER).answers.open(number)
    with pytest.raises(NotFound) as nothing:
        town.gateway(STRANGER).answers.open(999_999)
    assert str(refused.value).replace(str(number), "N") == str(nothing.value).replace("999999", "N")


def test_history_is_ones_own_and_an_officer_sees_all(town: Installation) -> None:
    ask(town)
    sql = "select count(*) as all_of_100_percent from housing"
    town.gateway(COLLEAGUE).ask(sql, agreement="arrears")
    mine = town.gateway(COLLEAGUE).answers.list()
    assert [each.sql for each in mine] == [sql]
    assert not town.gateway(COLLEAGUE).answers.list(all_of_agreements=True)
    everyone = town.gateway(OFFICER).answers.list(all_of_agreements=True)
    assert {each.person for each in everyone} == {ANALYST, COLLEAGUE}
    assert town.gateway(OFFICER).answers.list() == ()
    assert town.gateway(STRANGER).answers.list(all_of_agreements=True) == ()
    assert town.gateway(COLLEAGUE).answers.list(only={"another"}) == ()
    assert town.gateway(COLLEAGUE).answers.list(text="ALL_OF_100") == mine
    assert town.gateway(COLLEAGUE).answers.list(text="all%of") == ()
    pages = town.gateway(OFFICER).answers.list(all_of_agreements=True, limit=1)
    rest = town.gateway(OFFICER).answers.list(all_of_agreements=True, before=pages[0].number)
    assert (*pages, *rest) == everyone


def test_it_goes_when_its_retention_is_over(town: Installation) -> None:
    number = ask(town).receipt.index
    short = town.gateway(ANALYST).answers.open(number).short
    assert short.until == end_of("1 year", short.at)
    age(town, number)
    with pytest.raises(NotFound):
        town.gateway(ANALYST).answers.open(number)
    town.delete_unneeded()
    with town.reading() as connection:
        assert not store.is_kept(connection, number)
    deleted = entries(town, "answer.deleted")[0]
    assert deleted == {"agreement": "arrears@1", "answers": [number], "because": "retention-over"}
    assert number not in {each.number for each in town.gateway(ANALYST).answers.list(limit=100)}


def age(installation: Installation, number: int) -> None:
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    with installation.transaction() as connection:
        connection.execute(sa.update(tables.answers).where(tables.answers.c.number == number).values(until=past))


def test_it_is_erased_by_who_asked_or_an_officer(town: Installation) -> None:
    first, second = ask(town).receipt.index, ask(town).receipt.index
    with pytest.raises(NotAllowed):
        town.gateway(COLLEAGUE).answers.erase(first)
    with pytest.raises(NotFound):
        town.gateway(STRANGER).answers.erase(first)
    town.gateway(ANALYST).answers.erase(first)
    town.gateway(OFFICER).answers.erase(second)
    assert [body["answers"] for body in entries(town, "answer.deleted")[:2]] == [[second], [first]]
    with pytest.raises(NotFound):
        town.gateway(ANALYST).answers.open(second)


def test_erased_words_are_gone_from_it(town: Installation) -> None:
    sql = "select count(*) as words_to_be_erased from housing"
    number = ask(town, sql).receipt.index
    with town.transaction() as connection:
        digest = connection.scalar(sa.select(tables.answers.c.question).where(tables.answers.c.number == number))
        assert town.ledger.forget_text(connection, digest)
    opened = town.gateway(ANALYST).answers.open(number)
    assert opened.answer.sql == ""
    assert "erased" in opened.answer.notes[-1]


def test_what_is_too_large_is_answered_and_not_kept(town: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "LARGEST", 10)
    number = ask(town, "select count(*) as too_large from housing").receipt.index
    with pytest.raises(NotFound):
        town.gateway(ANALYST).answers.open(number)
    table = pa.table({"x": list(range(1000))})
    assert content.as_bytes(Presented(table, (), ())) is None


def test_nothing_is_kept_of_what_was_not_handed_over(town: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    with town.reading() as connection:
        before = connection.scalar(sa.select(sa.func.count()).select_from(tables.answers))
    town.gateway(ANALYST).explain(SQL, agreement="arrears")
    with town.reading() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(tables.answers)) == before


def test_a_suspended_agreement_shows_no_analyst_its_answers(tmp_path: Path) -> None:
    with small_town.made(tmp_path) as installation:
        acts.add_person(installation, OFFICER, "riverside", [Role.OFFICER])
        number = ask(installation).receipt.index
        towns.suspend(installation, "arrears", "riverside")
        with pytest.raises(NotAllowed):
            installation.gateway(ANALYST).answers.open(number)
        assert installation.gateway(OFFICER).answers.open(number).answer.sql == SQL


def test_a_request_with_a_key_is_done_once(town: Installation) -> None:
    now = datetime.now(UTC)
    with town.transaction() as c:
        assert once.begin(c, "k" * 64, "a" * 64, now) is None
        with pytest.raises(Conflict):
            once.begin(c, "k" * 64, "a" * 64, now)
        with pytest.raises(BadInput):
            once.begin(c, "k" * 64, "b" * 64, now)
        once.finish(c, "k" * 64, once.Outcome(7, None))
        assert once.begin(c, "k" * 64, "a" * 64, now) == once.Outcome(7, None)
        assert once.begin(c, "k" * 64, "b" * 64, now + once.REMEMBERED) is None
        assert once.begin(c, "k" * 64, "b" * 64, now + once.REMEMBERED + once.ABANDONED) is None
        once.give_up(c, "k" * 64)
        assert once.begin(c, "k" * 64, "c" * 64, now) is None
        assert not once.are_old(c, now)
        assert once.are_old(c, now + once.REMEMBERED)
        once.delete_old(c, now + once.REMEMBERED)
        assert once.begin(c, "k" * 64, "d" * 64, now) is None
        once.give_up(c, "k" * 64)
