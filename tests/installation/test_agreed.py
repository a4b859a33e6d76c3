"""What is read of agreements across rooms: the meter of their secrets, questions by outcome, what waits for whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from commonweal.agreement import store
from commonweal.errors import Refused
from commonweal.installation import Installation
from commonweal.installation.agreed import about, asked_under, in_tray, listed, meter_of, seen
from tests.residents import sharing
from tests.residents.people import draw
from tests.web.served import Served

QUESTION = "SELECT tenancy, avg(arrears) AS mean, count(*) AS people FROM town.resident GROUP BY tenancy"


@pytest.fixture(scope="module")
def residents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with sharing.founded(tmp_path_factory.mktemp("agreed") / "town") as installation:
        sharing.stock(installation, draw(3_000))
        sharing.agree(installation, sharing.document("standard"))
        yield installation


def everything(_agreement: object) -> bool:
    return True


def nothing(_agreement: object) -> bool:
    return False


def test_the_meter_is_that_of_the_secrets_that_are_shared(residents: Installation) -> None:
    with residents.reading() as connection:
        agreement = store.agreement(connection, "standard")
        assert meter_of(connection, agreement) == ()
    residents.gateway(sharing.ANALYST).ask(QUESTION, agreement="standard")
    with residents.reading() as connection:
        agreement = store.agreement(connection, "standard")
        found = meter_of(connection, agreement)
        assert found is not None
        assert "town/resident.arrears" in [account.secret for account in found]
        raw = agreement.as_document()
        raw["data"] = [terms for terms in raw["data"] if terms["dataset"] != "town/resident"]
        raw["links"] = []
        others = type(agreement).model_validate(raw)
        assert meter_of(connection, others) == (), "secrets of data that is not shared are not named"


def test_the_page_shows_the_meter_as_a_bar_with_its_figure(residents: Installation) -> None:
    residents.gateway(sharing.ANALYST).ask(QUESTION, agreement="standard")
    page = Served(residents).browser(sharing.ANALYST).get("/agreements/standard").text
    assert re.search(
        r'<meter class="cw-meter" min="0" max="0.128" value="0\.0\d+" aria-label="town/resident.arrears', page
    )
    assert re.search(r"\d % spent \(0\.0\d+ of 0\.128\); best guess 5\d\.\d %", page)


def test_questions_are_counted_by_what_became_of_them(residents: Installation) -> None:
    gateway = residents.gateway(sharing.ANALYST)
    with residents.reading() as connection:
        now = residents.ledger.now(connection)
        before = sum(day.asked for day in asked_under(connection, "standard", now, 30))
    gateway.ask(QUESTION, agreement="standard")
    with pytest.raises(Refused):
        gateway.ask("SELECT * FROM town.resident", agreement="standard")
    with residents.reading() as connection:
        now = residents.ledger.now(connection)
        (day,) = asked_under(connection, "standard", now, 30)
        assert day.asked == before + 2
        assert day.refused == 1
        assert (day.failed, day.open) == (0, 0)
        assert asked_under(connection, "another", now, 30) == ()
        assert asked_under(connection, "standard", now + timedelta(days=31), 30) == ()


def test_only_what_may_be_seen_is_listed(residents: Installation) -> None:
    with residents.reading() as connection:
        assert [line.agreement.id for line in listed(residents, connection, everything)] == ["standard"]
        assert listed(residents, connection, nothing) == ()
        assert seen(residents, connection, "standard", None, nothing) is None
        found = seen(residents, connection, "standard", None, everything)
        assert found is not None
        assert (found.counting, found.latest, found.tag.words) == (1, 1, "in force")
        thing = about(found.agreement)
        assert sharing.ANALYST in thing.named


def test_nothing_waits_when_all_have_signed(residents: Installation) -> None:
    with residents.reading() as connection:
        tray = in_tray(residents, connection, "town", everything)
    assert (tray.to_sign, tray.suspended) == ((), ())
