from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from commonweal.agreement import store as agreements
from commonweal.agreement.reading import read_agreement
from commonweal.identity.permission import Act, Thing
from commonweal.installation.agreeing import what_exists
from commonweal.web import waiting
from commonweal.web.asker import Asker
from commonweal.web.waiting import Waiting, waiting_for
from tests.acceptance.town import FIRST_PATH
from tests.web.people import ANALYST, CHECKER, HEAD, OFFICER, OTHER_OFFICER, OUTSIDER, PEOPLE, STEWARD
from tests.web.served import Served

ASKERS = {person.email: Asker(person) for person in PEOPLE}


def waits(town: Served, email: str) -> tuple[Waiting, ...]:
    with town.installation.reading() as connection:
        return waiting_for(connection, town.installation, ASKERS[email])


def add_agreement(town: Served, **changed: str) -> None:
    text = (FIRST_PATH / "arrears-and-care.yaml").read_text()
    for before, after in changed.items():
        text = text.replace(before, after)
    with town.installation.transaction() as connection:
        read = read_agreement(text, source="x.yaml", **what_exists(connection))
        agreements.add_agreement(connection, town.installation.ledger, read, at=datetime.now(UTC))


def test_a_visitor_is_told_what_this_is_and_where_the_register_is(town: Served) -> None:
    page = town.browser().get("/").text
    assert 'href="/register"' in page
    assert "access to data, not copies" in page
    assert "What waits for you" not in page


def test_everyone_is_told_what_is_theirs(town: Served) -> None:
    page = town.browser(ANALYST).get("/").text
    assert "Rent arrears among people who receive care" in page
    assert "Ask under it" in page
    assert "You have not asked anything yet." in page
    steward = town.browser(STEWARD).get("/").text
    assert "northbank/housing" in steward
    assert "riverside_nhs/social_care" not in steward
    assert 'href="/catalogue/add"' in steward
    assert 'href="/catalogue/add"' not in page
    assert "Nothing waits for you" in town.browser(HEAD).get("/").text


def test_a_question_is_among_the_recent_ones_of_its_asker_alone(town: Served) -> None:
    with town.installation.gateway(ANALYST) as gateway:
        gateway.ask("SELECT ward, count(*) AS homes FROM northbank.housing GROUP BY ward", agreement="arrears-and-care")
    assert "count(*) AS homes" in town.browser(ANALYST).get("/").text
    for other in (OFFICER, OUTSIDER, STEWARD):
        assert "AS homes" not in town.browser(other).get("/").text


def test_a_signature_waits_for_officers_of_the_parties_until_it_is_there(town: Served) -> None:
    assert waits(town, OFFICER) == ()
    add_agreement(town, **{"id: arrears-and-care": "id: second", "title: Rent": "title: More rent"})
    for email in (OFFICER, OTHER_OFFICER):
        (line,) = waits(town, email)
        assert line.address == "/agreements/second"
        assert "More rent" in line.words
    for email in (ANALYST, STEWARD, CHECKER, HEAD):
        assert waits(town, email) == ()
    assert "More rent" in town.browser(OFFICER).get("/").text
    from commonweal.installation.agreeing import sign

    sign(town.installation, "second", "northbank", by=OFFICER)
    assert waits(town, OFFICER) == ()
    assert len(waits(town, OTHER_OFFICER)) == 1


def test_a_review_waits_a_month_before_its_day(town: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    installation, officer = town.installation, ASKERS[OFFICER]
    with installation.reading() as connection:
        day = agreements.agreement(connection, "arrears-and-care").term.review
        for before, lines in ((31, 0), (30, 1), (0, 1), (-5, 1)):
            now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) - timedelta(days=before)
            monkeypatch.setattr(type(installation.ledger), "now", lambda *_, now=now: now)
            found = [
                each
                for each in waiting.reviews(connection, installation, officer, now)
                if "arrears-and" in each.address
            ]
            assert len(found) == lines, before
            assert list(waiting.reviews(connection, installation, ASKERS[ANALYST], now)) == []


def test_columns_without_a_kind_wait_for_the_stewards_of_their_organisation(town: Served) -> None:
    from commonweal.catalogue import store as catalogue
    from commonweal.installation import acts

    with town.installation.reading() as connection:
        housing = catalogue.dataset(connection, "northbank/housing")
    columns = tuple(replace(column, kind=None, levels=None) for column in housing.contract.columns)
    acts.add_dataset(
        town.installation,
        replace(housing, name="unsorted", contract=replace(housing.contract, name="unsorted", columns=columns)),
    )
    (line,) = waits(town, STEWARD)
    assert (line.count, line.address) == (4, "/catalogue/northbank/unsorted/contract")
    assert not any("unsorted" in each.words for each in waits(town, OTHER_OFFICER))
    assert ASKERS[STEWARD].may(Act.CHANGE_DATASET, Thing(organisation="northbank"))


def test_a_room_adds_what_waits_in_it(town: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "WAITING", [lambda *_: [Waiting("3 <b>requests</b> to decide", "/requests", 3)]])
    page = town.browser(OFFICER).get("/").text
    assert "3 &lt;b&gt;requests&lt;/b&gt; to decide" in page
    assert 'href="/requests"' in page
