"""``commonweal request``: made, talked about, declined, granted and taken back at a terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from commonweal.identity.person import Role
from commonweal.installation import acts, agreeing
from tests import small_town, towns
from tests.cli.conftest import Outcome, Run
from tests.small_town import ANALYST

Do = Callable[..., Outcome]
OWNER, OTHER = "officer@northbank.example", "officer@riverside.example"
WHY = ("--purpose", "See where arrears grow.", "--benefit", "Help comes sooner.")
REFUSED = "select uprn, arrears from housing"


@pytest.fixture
def do(run: Run, tmp_path: Path) -> Do:
    with small_town.made(tmp_path) as installation:
        for email, organisation in ((OWNER, "northbank"), (OTHER, "riverside")):
            acts.add_person(installation, email, organisation, [Role.OFFICER])
        folder = installation.folder
    return lambda person, *words: run("--installation", folder, "request", *words, "--as", person)


def test_a_request_is_talked_about_and_declined(do: Do) -> None:
    made = do(ANALYST, "make", *WHY, "--agreement", "arrears", "--sql", REFUSED, "--json")
    assert made.code == 0, made
    request = made.json["request"]
    assert request["datasets"] == ["northbank/housing"]
    assert request["columns"] == ["northbank/housing.arrears", "northbank/housing.uprn"]
    assert do(OWNER, "list", "--json").json["requests"][0]["number"] == 1
    assert do(OTHER, "list", "--json").json["requests"] == []
    assert do(OTHER, "show", "1").code != 0
    assert do(OWNER, "say", "1", "Would counts do?", "--json").json["request"]["state"] == "answered"
    assert "Would counts do?" in do(ANALYST, "show", "1").out
    refused = do(ANALYST, "decline", "1", "--reason", "no")
    assert refused.code != 0
    assert "own request" in refused.err
    assert do(OWNER, "decline", "1", "--reason", "Ask for counts.").out.strip() == "Request 1: declined."
    assert do(ANALYST, "withdraw", "1").code != 0, "it is final"


def test_a_request_is_granted_by_a_new_version(do: Do, tmp_path: Path) -> None:
    from commonweal.installation import open_installation

    assert do(ANALYST, "make", *WHY, "--agreement", "arrears", "--dataset", "northbank/housing").code == 0
    early = do(OWNER, "grant", "1", "--agreement", "arrears@1")
    assert early.code != 0
    assert "only a version after 1" in early.err
    folder = next(tmp_path.rglob("commonweal.toml")).parent
    with open_installation(folder) as installation:
        changes = [{"version": 2, "on": "2026-10-01", "what": "More is shared."}]
        towns.agree(installation, small_town.AGREEMENT | {"version": 2, "changes": changes}, signed_by=["northbank"])
        half = do(OWNER, "grant", "1", "--agreement", "arrears@2")
        assert "not all of its parties" in half.err
        agreeing.sign(installation, "arrears", "riverside")
    granted = do(OWNER, "grant", "1", "--agreement", "arrears@2", "--words", "Mind the small groups.", "--json")
    assert granted.json["request"]["granted"] == "arrears@2"
    assert "Mind the small groups." in do(ANALYST, "show", "1").out


def test_a_request_is_taken_back(do: Do) -> None:
    assert do(ANALYST, "make", *WHY, "--dataset", "northbank/housing").code == 0
    assert do(OWNER, "withdraw", "1").code != 0
    assert do(ANALYST, "withdraw", "1").code == 0
    assert do(ANALYST, "make", *WHY, "--dataset", "northbank/nothing").code != 0
    assert do(ANALYST, "make", *WHY).code != 0, "it names no data"
