from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Run


def test_an_organisation_is_added_listed_and_shown(run: Run, town: Path) -> None:
    added = run("organisation", "add", "northbank", "--title", "Northbank Council", "--json")
    assert added.code == 0
    described = added.json["organisation"]
    assert described | {"public_key": ""} == {
        "name": "northbank",
        "title": "Northbank Council",
        "public_key": "",
        "people": [],
        "datasets": [],
    }
    run("person", "add", "ann@northbank.example", "--organisation", "northbank", "--role", "analyst")
    shown = run("organisation", "show", "northbank", "--json").json["organisation"]
    assert shown == described | {"people": ["ann@northbank.example"]}
    assert run("organisation", "list", "--json").json == {"organisations": [shown]}


def test_people_read_text(run: Run, town: Path) -> None:
    empty = run("organisation", "list")
    assert empty.out.startswith("No organisation yet.")
    added = run("organisation", "add", "northbank", "--title", "Northbank [bold]Council")
    assert added.out.startswith("Added the organisation northbank.\n")
    assert "Next: commonweal person add EMAIL --organisation northbank" in added.err
    assert "Northbank [bold]Council" in run("organisation", "list").out
    assert "people      \n" in run("organisation", "show", "northbank").out


def test_errors_have_their_exit_codes(run: Run, town: Path) -> None:
    run("organisation", "add", "northbank", "--title", "Northbank Council")
    assert run("organisation", "add", "northbank", "--title", "Again").code == 1
    assert run("organisation", "add", "North Bank", "--title", "Again").code == 1
    missing = run("organisation", "show", "northbnk")
    assert missing.code == 4
    assert "northbank" in missing.err
    assert run("organisation", "add", "riverside").code == 2
