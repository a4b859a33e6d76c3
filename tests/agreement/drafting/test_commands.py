"""Drafting in the terminal: from the library, part by part, proposed; what is wrong is kept and told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from commonweal.cli.agreement import app
from commonweal.installation import acts, create

BY = ["--by", "officer@council.example"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with create(tmp_path / "here") as installation:
        acts.add_organisation(installation, "council", "The Council")
    monkeypatch.setenv("COMMONWEAL_INSTALLATION", str(tmp_path / "here"))
    yield tmp_path


def run(*words: str) -> dict[str, object]:
    result = CliRunner().invoke(app, ["draft", *words, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_a_draft_is_begun_put_and_deleted(folder: Path) -> None:
    names = [each["name"] for each in run("library")["library"]]  # type: ignore[index,attr-defined]
    assert names[0] == "housing-and-care"
    begun = run("new", "--as", "council", *BY, "--from", "housing-and-care", "--place", "council=council")["draft"]
    identifier = str(begun["id"])  # type: ignore[index]
    (folder / "term.yaml").write_text("term: {from: soon, until: 2027-11-30, review: 2027-05-31}\n")
    put = run("put", identifier, "dates", str(folder / "term.yaml"))["draft"]
    assert put["progress"]["dates"] == "in part"  # type: ignore[index]
    assert "from: soon" in put["text"]  # type: ignore[index]
    assert any(each["path"] == "term.from" for each in put["problems"])  # type: ignore[index]
    assert [each["id"] for each in run("list", "--as", "council")["drafts"]] == [identifier]  # type: ignore[index,attr-defined]
    assert run("delete", identifier, *BY) == {"deleted": identifier}
    assert run("list", "--as", "council") == {"drafts": []}
