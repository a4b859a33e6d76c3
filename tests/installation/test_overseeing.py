"""Who looks after the record for an organisation reads what concerns it, and nothing between others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from commonweal.installation import Installation
from commonweal.installation.overseeing import overseen_by
from commonweal.installation.who import About, Scope, make_report
from commonweal.ledger.entry import Entry
from commonweal.ledger.reading import entries
from tests.web import served
from tests.web.lived_in import TWO, live
from tests.web.people import ANALYST, OFFICER, OTHER_OFFICER
from tests.web.served import Served

POLICE = "officer@police.example"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("overseen")
    with served.copied(served.build(folder / "built"), folder / "town") as installation:
        live(Served(installation), agreement=TWO)  # between northbank and riverside_nhs
        yield installation


def read(town: Installation, organisation: str) -> list[Entry]:
    with town.reading() as connection:
        overseen = overseen_by(connection, organisation)
        return [entry for entry in entries(connection) if overseen.holds(connection, entry)]


def test_questions_and_answers_are_read_by_the_parties_and_by_nobody_else(town: Installation) -> None:
    asked = [e for e in read(town, "northbank") if e.kind == "question.asked" and e.body["agreement"] == f"{TWO}@1"]
    assert asked
    outcome = [e for e in read(town, "riverside_nhs") if e.body.get("asked") == asked[0].index]
    assert [each.kind for each in outcome] == ["question.answered"]
    others = {each.index for each in read(town, "county_police")}
    assert not {each.index for each in (*asked, *outcome)} & others


def test_data_and_people_are_their_organisations(town: Installation) -> None:
    police = read(town, "county_police")
    assert [e.body["dataset"] for e in police if e.kind == "dataset.added"] == ["county_police/police_incident"]
    assert {e.body["organisation"] for e in police if e.kind == "person.added"} == {"county_police"}
    assert not [e for e in police if e.kind in {"job.added", "report.made", "incident.recorded", "draft.made"}]
    assert len([e for e in police if e.kind == "organisation.added"]) == 3


def test_a_report_holds_what_its_makers_organisation_oversees(town: Installation) -> None:
    def found(by: str) -> list[str]:
        made = make_report(town, Scope(About.ASKER, ANALYST), "A test of who sees what", by=by)
        return [use.agreement for use in made.uses]

    assert f"{TWO}@1" in found(OFFICER)
    assert f"{TWO}@1" in found(OTHER_OFFICER)
    from commonweal.identity.person import Role
    from commonweal.installation import acts

    acts.add_person(town, POLICE, "county_police", [Role.OFFICER])
    assert f"{TWO}@1" not in found(POLICE)
