"""A checker learns nothing of the other's decision before giving their own: not by screen, list, error or ledger."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.gateway.output_checking.entries import commitment
from commonweal.gateway.output_checking.request import Decision, Verdict
from commonweal.installation import Installation
from commonweal.ledger.keyed import full_texts
from commonweal.ledger.reading import entries
from tests import output_town as town


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = town.made(tmp_path_factory.mktemp("blind"))
    yield installation
    installation.close()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("files") / "model.txt"
    file.write_text("intercept 1.5\n")
    return file


def asked(place: Installation, model: Path) -> int:
    return town.at(place, town.ANALYST).request(town.REASON, agreement="arrears", file=model).number


def seen(place: Installation, number: int, person: str) -> str:
    """Return what a checker can read of a request through the program, times, numbers and hashes aside."""
    desk = town.at(place, person)
    about = dict(desk.standing(number).about)
    listed = [dict(each.about) for each in desk.list() if each.number == number]
    with place.reading() as c:
        bodies = [
            dict(entry.body) | {"kind": entry.kind}
            for entry in entries(c, kind="output")
            if entry.body["output"] == number
        ]
    for each in (about, *listed):
        del each["requested_at"], each["number"]
    for body in bodies:
        del body["output"]
    return re.sub(r"[0-9a-f]{64}", "H", json.dumps([about, listed, bodies], sort_keys=True))


def test_all_verdicts_look_alike_until_both_are_in(place: Installation, model: Path) -> None:
    views = set()
    for verdict in Verdict:
        number = asked(place, model)
        town.at(place, town.OWN).show(number)
        town.at(place, town.OWN).decide(number, verdict, f"my very own words: {verdict}")
        town.at(place, town.OTHER).show(number)
        view = seen(place, number, town.OTHER)
        assert "my very own words" not in view and '"decisions"' not in view
        own = json.dumps(town.at(place, town.OWN).standing(number).as_dict())
        assert "my very own words" in own, "one's own one sees, so there is something to hide"
        views.add(view)
    assert len(views) == 1


def test_words_are_not_in_the_side_table_before_all_are_in(place: Installation, model: Path) -> None:
    number = asked(place, model)
    digest = place.ledger.hashed("plainly harmless", "text")
    for person, known in ((town.OWN, {}), (town.OTHER, {digest: "plainly harmless"})):
        town.at(place, person).show(number)
        town.at(place, person).decide(number, Verdict.APPROVE, "plainly harmless")
        with place.reading() as c:
            assert full_texts(c, [digest]) == known


def test_the_settling_entry_opens_every_commitment(place: Installation, model: Path) -> None:
    number = asked(place, model)
    for person in (town.OWN, town.OTHER):
        town.at(place, person).show(number)
        town.at(place, person).decide(number, Verdict.REJECT, "it is too fine")
    with place.reading() as c:
        found: dict[str, list[Any]] = {}
        for entry in entries(c, kind="output"):
            if entry.body["output"] == number:
                found.setdefault(entry.kind, []).append(entry.body)
    committed = {body["person"]: body["decision"] for body in found["output.decided"]}
    (settled,) = found["output.rejected"]
    assert len(settled["decisions"]) == 2
    for each in settled["decisions"]:
        said = Decision(number, 1, "", "", Verdict(each["verdict"]), each["salt"], each["reason"], "")
        assert commitment(said) == committed[each["person"]]
        lied = Decision(number, 1, "", "", Verdict.APPROVE, each["salt"], each["reason"], "")
        assert commitment(lied) != committed[each["person"]]
    assert town.at(place, town.ANALYST).show(number).about["remarks"] == ["it is too fine", "it is too fine"]
