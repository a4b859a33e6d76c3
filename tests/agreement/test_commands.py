"""The terminal's noun, against a real installation: from a file to an agreement in force, and every way to stop it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from .agreed import CONTRACTS, TEXT

main = pytest.importorskip("commonweal.cli.main", reason="the root of the terminal is not here")
installation_room = pytest.importorskip("commonweal.installation.installation")

# The first day is past and the last is far away, whatever the day of the test.
LONG = TEXT.replace("from: 2026-12-01", "from: 2026-10-01").replace("2027-", "2127-")


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    from commonweal.agreement import tables
    from commonweal.catalogue import tables as catalogue_tables
    from commonweal.catalogue.dataset import Dataset, Snapshot
    from commonweal.identity.person import Role
    from commonweal.installation import acts, create

    folder = tmp_path / "town"
    with create(folder) as installation:
        with installation.transaction() as connection:
            tables.metadata.create_all(connection)
            catalogue_tables.metadata.create_all(connection)
        for name in ("northbank", "riverside_nhs", "county_police"):
            acts.add_organisation(installation, name, name.title())
        acts.add_person(installation, "analyst@northbank.example", "northbank", [Role.ANALYST])
        for reference, contract in CONTRACTS.items():
            organisation, name = reference.split("/")
            snapshot = Snapshot("0" * 64, tmp_path / "none.parquet", 1, date(2026, 1, 1))
            acts.add_dataset(installation, Dataset(organisation, name, contract, snapshot))
    monkeypatch.setenv("COMMONWEAL_INSTALLATION", str(folder))
    (tmp_path / "a.yaml").write_text(LONG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    yield folder


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    """Run a command with --json; return its exit code and its one JSON document."""
    capsys.readouterr()
    code = main.execute(["agreement", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_from_a_file_to_in_force_and_every_way_to_stop(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, checked = run(capsys, "check", "a.yaml")
    assert (code, checked["usable"]) == (0, True)
    # The profile is one for a controlled environment, which this agreement does not speak of.
    assert [(each["severity"], each["path"]) for each in checked["problems"]] == [("warning", "safeguards.profile")]
    assert run(capsys, "add", "a.yaml", "--by", "analyst@northbank.example")[0] == 0
    assert run(capsys, "sign", "arrears-and-care", "--as", "northbank")[1]["state"] == "proposed"
    assert run(capsys, "sign", "arrears-and-care", "--as", "riverside_nhs")[1]["in_force"]
    assert run(capsys, "list")[1]["agreements"][0]["state"] == "in-force"
    why = ("--reason", "a complaint")
    assert run(capsys, "suspend", "arrears-and-care", "--as", "northbank", *why)[1]["state"] == "suspended"
    assert run(capsys, "resume", "arrears-and-care", "--as", "riverside_nhs", *why)[0] == 1
    assert run(capsys, "resume", "arrears-and-care", "--as", "northbank", *why)[1]["in_force"]
    assert run(capsys, "withdraw", "arrears-and-care", "--as", "northbank", *why)[1]["state"] == "suspended"
    assert run(capsys, "end", "arrears-and-care", "--as", "northbank", *why)[1]["state"] == "ended"
    code, shown = run(capsys, "show", "arrears-and-care")
    assert (code, shown["state"], len(shown["events"])) == (0, "ended", 4)
    assert run(capsys, "show", "arrears-and-care", "--version", "1")[1]["content_hash"] == shown["content_hash"]


def test_the_exit_codes(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("bad.yaml").write_text(LONG.replace("sex: keep", "name: keep"), encoding="utf-8")
    code, found = run(capsys, "check", "bad.yaml")
    assert (code, found["usable"], found["problems"][0]["path"]) == (1, False, "data[0].columns.name")
    assert run(capsys, "add", "bad.yaml")[0] == 1
    assert run(capsys, "list")[1] == {"agreements": []}
    assert run(capsys, "check", "nothing.yaml")[0] == 4
    assert run(capsys, "show", "nothing")[0] == 4
    assert run(capsys, "add", "a.yaml")[0] == 0
    assert run(capsys, "add", "a.yaml")[0] == 1
    assert run(capsys, "sign", "arrears-and-care", "--as", "county_police")[0] == 5


def test_what_is_exported_can_be_read_again(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from .agreed import read

    assert run(capsys, "add", "a.yaml")[0] == 0
    for form in ("yaml", "json", "odrl"):
        text = run(capsys, "export", "arrears-and-care", "--format", form)[1]["text"]
        if form == "odrl":
            assert json.loads(text)["@type"] == "odrl:Agreement"
        else:
            assert read(text).content_hash == read(LONG).content_hash
    capsys.readouterr()
    assert main.execute(["agreement", "export", "arrears-and-care"]) == 0
    assert read(capsys.readouterr().out).content_hash == read(LONG).content_hash


def test_people_get_words(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, words in (
        (["check", "a.yaml"], "No problems that stop it"),
        (["list"], "No agreement yet."),
        (["add", "a.yaml"], "Added arrears-and-care@1"),
        (["sign", "arrears-and-care", "--as", "northbank"], "Not signed yet by riverside_nhs."),
        (["list"], "proposed"),
        (["show", "arrears-and-care"], "has not signed"),
        (["template", "--dataset", "northbank/housing"], "tenancy: keep"),
    ):
        capsys.readouterr()
        assert main.execute(["agreement", *arguments]) == 0
        assert words in capsys.readouterr().out


def test_versions_are_compared_and_days_are_listed(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "add", "a.yaml")[0] == 0
    Path("b.yaml").write_text(
        LONG.replace("version: 1", "version: 2").replace("minimum_count: 10", "minimum_count: 20"), encoding="utf-8"
    )
    assert run(capsys, "add", "b.yaml")[0] == 0
    code, found = run(capsys, "compare", "arrears-and-care", "--from", "1", "--to", "2")
    assert (code, [each["effect"] for each in found["differences"]]) == (0, ["tightened"])
    assert run(capsys, "compare", "arrears-and-care", "--from", "1", "--to", "3")[0] == 4
    code, days = run(capsys, "calendar", "--ics", "days.ics")
    assert code == 0
    assert [due["matter"] for due in days["due"]][:2] == ["begins", "review"]
    assert Path("days.ics").read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")
    assert run(capsys, "calendar", "--days", "1")[1]["due"] == []
    capsys.readouterr()
    assert main.execute(["agreement", "compare", "arrears-and-care", "--from", "1", "--to", "2"]) == 0
    assert "1 difference: 0 let more be seen, 1 lets less be seen." in capsys.readouterr().out
    assert main.execute(["agreement", "calendar"]) == 0
    assert "Review it and sign" in capsys.readouterr().out
