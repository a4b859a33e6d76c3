from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run

ANN = "ann@northbank.example"


@pytest.fixture(autouse=True)
def northbank(run: Run, town: Path) -> None:
    run("organisation", "add", "northbank", "--title", "Northbank Council")
    run("organisation", "add", "riverside_nhs", "--title", "Riverside NHS Trust")


def add(run: Run, *words: str) -> int:
    return run("person", "add", *words).code


def test_a_person_is_added_listed_and_shown(run: Run) -> None:
    words = ("--organisation", "northbank", "--role", "checker", "--role", "analyst", "--name", "Ann Example")
    added = run("person", "add", "Ann@Northbank.example", *words, "--json")
    assert added.code == 0
    described = {"email": ANN, "name": "Ann Example", "organisation": "northbank", "roles": ["analyst", "checker"]}
    assert added.json == {"person": described}
    assert run("person", "show", ANN.upper(), "--json").json == {"person": described}
    assert add(run, "ben@riverside.example", "--organisation", "riverside_nhs", "--role", "officer") == 0
    everyone = run("person", "list", "--json").json["people"]
    assert [person["email"] for person in everyone] == [ANN, "ben@riverside.example"]
    assert run("person", "list", "--organisation", "northbank", "--json").json == {"people": [described]}


def test_people_read_text(run: Run) -> None:
    assert run("person", "list").out.startswith("Nobody yet.")
    added = run("person", "add", ANN, "--organisation", "northbank", "--role", "analyst")
    assert added.out.splitlines()[0] == f"Added {ANN}."
    listed = run("person", "list").out
    assert ANN in listed
    assert "analyst" in listed
    assert f"email         {ANN}\n" in run("person", "show", ANN).out


def test_errors_have_their_exit_codes(run: Run) -> None:
    assert add(run, ANN, "--organisation", "northbank", "--role", "analyst") == 0
    assert add(run, ANN, "--organisation", "northbank", "--role", "analyst") == 1
    assert add(run, "nonsense", "--organisation", "northbank", "--role", "analyst") == 1
    assert add(run, "b@northbank.example", "--organisation", "northbnk", "--role", "analyst") == 4
    assert add(run, "b@northbank.example", "--organisation", "northbank") == 2
    wrong = run("person", "add", "b@northbank.example", "--organisation", "northbank", "--role", "analist")
    assert wrong.code == 1
    assert "Did you mean analyst?" in wrong.err
    assert run("person", "show", "ben@northbank.example").code == 4
    assert run("person", "list", "--organisation", "northbnk").code == 4
    assert len(run("person", "list", "--json").json["people"]) == 1


def test_a_person_is_invited_given_other_roles_and_removed(run: Run) -> None:
    words = ("--organisation", "northbank", "--role", "analyst")
    added = run("person", "add", ANN, *words, "--invite", "--json").json
    assert added["invitation"]["link"].startswith("http://127.0.0.1:8765/invitation/")
    again = run("person", "invite", ANN, "--forget-second-factor", "--json").json
    assert again["invitation"]["link"] != added["invitation"]["link"]
    changed = run("person", "roles", ANN, "--role", "officer", "--json").json
    assert changed["person"]["roles"] == ["officer"]
    removed = run("person", "remove", ANN, "--json").json
    assert removed == {"removed": ANN, "sessions_ended": 0, "tokens_revoked": 0}
    assert run("person", "show", ANN).code == 4
    assert run("person", "invite", ANN).code == 4
