"""Requests for access tell people by mail what waits for them: the right ones, with nothing of what was written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from commonweal.agreement.requests.request import Wanted
from commonweal.identity.person import Role
from commonweal.installation import Installation, acts, open_installation, requesting_access
from commonweal.installation.jobs.tables import job
from tests import small_town
from tests.small_town import ANALYST

OFFICER, STEWARD = "officer@northbank.example", "steward@northbank.example"
OTHER = "officer@riverside.example"
WANTED = Wanted("Quietly said.", "Everybody.", ("northbank/housing",), ("northbank/housing.arrears",))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    with small_town.made(tmp_path) as installation:
        acts.add_person(installation, OFFICER, "northbank", [Role.OFFICER])
        acts.add_person(installation, STEWARD, "northbank", [Role.STEWARD])
        acts.add_person(installation, OTHER, "riverside", [Role.OFFICER])
        folder = installation.folder
    monkeypatch.setenv("COMMONWEAL_MAIL_HOST", "127.0.0.1")
    with open_installation(folder) as opened:
        yield opened


def mails(here: Installation) -> list[dict[str, str]]:
    with here.reading() as connection:
        rows = connection.execute(sa.select(job.c.arguments).where(job.c.kind == "mail").order_by(job.c.added))
        return [json.loads(row.arguments) for row in rows]


def test_each_side_is_told_when_something_waits_for_it(here: Installation) -> None:
    number = requesting_access.make(here, WANTED, by=ANALYST).number
    assert sorted(mail["to"] for mail in mails(here)) == [OFFICER, STEWARD]
    requesting_access.say(here, number, "Why so much?", by=STEWARD)
    assert mails(here)[-1]["to"] == ANALYST
    requesting_access.decline(here, number, "Too much.", by=OFFICER)
    assert [mail["to"] for mail in mails(here)].count(ANALYST) == 2
    for mail in mails(here):
        assert f"/requests/{number}" in mail["text"]
        assert not any(words in str(mail) for words in ("Quietly", "Everybody", "Why so much", "Too much"))


def test_a_steward_who_asks_for_their_own_data_is_not_among_those_who_decide(here: Installation) -> None:
    requesting_access.make(here, WANTED, by=STEWARD)
    assert [mail["to"] for mail in mails(here)] == [OFFICER]
