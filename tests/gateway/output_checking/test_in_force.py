"""Nothing is looked at, decided or released under an agreement that is not in force; time ends requests and deletes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from commonweal.agreement import store as agreements
from commonweal.agreement.standing import Event
from commonweal.agreement.state import Act as AgreementAct
from commonweal.errors import CommonwealError, Conflict, NotAllowed
from commonweal.gateway.output_checking.request import Verdict
from commonweal.gateway.output_checking.state import State
from commonweal.installation import Installation
from commonweal.ledger import Ledger
from tests import output_town as town
from tests import towns


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Installation]:
    """An installation of its own for each test; a file is checked in it, which needs no engine."""
    installation = town.made(tmp_path)
    (installation.folder.parent / "model.txt").write_text("intercept 1.5\n")
    yield installation
    installation.close()


def asked(place: Installation) -> int:
    model = place.folder.parent / "model.txt"
    return town.at(place, town.ANALYST).request(town.REASON, agreement="arrears", file=model).number


def released(place: Installation) -> int:
    number = asked(place)
    for person in (town.OWN, town.OTHER):
        town.at(place, person).show(number)
        town.at(place, person).decide(number, Verdict.APPROVE, "fine")
    return number


def happen(place: Installation, act: AgreementAct) -> None:
    with place.transaction() as c:
        version = agreements.agreement(c, "arrears").version
        event = Event("arrears", version, act, "riverside", "a test asks for it", datetime.now(UTC))
        agreements.record_event(c, place.ledger, event)


def later(place: Installation, days: int) -> None:
    """Set the record's clock forward."""
    ledger = Ledger(
        place.settings.name,
        place.keys.installation,
        place.keys.secret("ledger-hash"),
        clock=lambda: datetime.now(UTC) + timedelta(days=days),
    )
    place.__dict__["ledger"] = ledger
    place.__dict__["_surroundings"] = None


def sealed(place: Installation) -> int:
    return len(list(place.layout.outputs.glob("*.sealed")))


def test_suspended_stops_everything_and_ends_nothing(place: Installation) -> None:
    number, other = asked(place), released(place)
    happen(place, AgreementAct.SUSPEND)
    attempts = [
        lambda: asked(place),
        lambda: town.at(place, town.OTHER).show(number),
        lambda: town.at(place, town.COLLEAGUE).fetch(other),
        lambda: town.at(place, town.ANALYST).fetch(other),
    ]
    for attempt in attempts:
        with pytest.raises(CommonwealError):
            attempt()
    assert town.at(place, town.ANALYST).standing(number).state is State.REQUESTED
    happen(place, AgreementAct.RESUME)
    assert town.at(place, town.OTHER).show(number).content is not None
    town.at(place, town.ANALYST).fetch(other)


def test_a_suspension_between_two_decisions_stops_the_second(place: Installation) -> None:
    number = asked(place)
    for person in (town.OWN, town.OTHER):
        town.at(place, person).show(number)
    town.at(place, town.OWN).decide(number, Verdict.APPROVE, "fine")
    happen(place, AgreementAct.SUSPEND)
    with pytest.raises(NotAllowed, match="not in force"):
        town.at(place, town.OTHER).decide(number, Verdict.APPROVE, "fine")
    assert town.at(place, town.ANALYST).standing(number).state is State.PARTLY_CHECKED


@pytest.mark.parametrize("how", ["ended", "new version"])
def test_an_agreement_that_is_over_releases_nothing_and_keeps_nothing(place: Installation, how: str) -> None:
    number, other = released(place), asked(place)
    assert sealed(place) == 2
    if how == "ended":
        happen(place, AgreementAct.END)
    else:
        towns.agree(place, town.document() | {"version": 2}, signed_by=["northbank", "riverside"])
    for person in (town.ANALYST, town.COLLEAGUE):
        with pytest.raises(CommonwealError):
            town.at(place, person).fetch(number)
    assert {town.at(place, town.ANALYST).standing(n).state for n in (number, other)} == {State.EXPIRED}
    assert sealed(place) == 0
    assert town.kinds(place).count("output.expired") == 2


def test_deleting_what_is_not_needed_ends_them_too(place: Installation) -> None:
    released(place)
    happen(place, AgreementAct.END)
    assert sealed(place) == 1
    place.delete_unneeded()
    assert sealed(place) == 0 and "output.expired" in town.kinds(place)


def test_results_are_deleted_when_their_time_is_over(place: Installation) -> None:
    number = released(place)
    later(place, 364)
    town.at(place, town.ANALYST).fetch(number)
    later(place, 367)  # the agreement keeps results for a year
    with pytest.raises(Conflict):
        town.at(place, town.ANALYST).fetch(number)
    assert sealed(place) == 0
    assert town.at(place, town.ANALYST).standing(number).state is State.EXPIRED


def test_a_request_nobody_decides_expires(place: Installation) -> None:
    number = asked(place)
    later(place, 89)
    assert town.at(place, town.ANALYST).standing(number).state is State.REQUESTED
    later(place, 91)
    assert town.at(place, town.ANALYST).standing(number).state is State.EXPIRED
