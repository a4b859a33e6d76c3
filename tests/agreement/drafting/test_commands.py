"""Drafting in the terminal: from the library, part by part, proposed; what is wrong is kept and told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from commonweal.cli.main import execute
from commonweal.installation import acts, create

BY = ["--by", "officer@council.example"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with create(tmp_path / "here") as installation:
        acts.add_organisation(installation, "council", "The Council")
    monkeypatch.setenv("COMMONWEAL_INSTALLATION", str(tmp_path / "here"))
    yield tmp_path


Run = Callable[..., Any]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(*words: str) -> Any:
        capsys.readouterr()
        assert execute(["agreement", "draft", *words, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return ran


def test_a_draft_is_begun_put_and_deleted(folder: Path, run: Run) -> None:
    names = [each["name"] for each in run("library")["library"]]
    assert names[0] == "housing-and-care"
    begun = run("new", "--as", "council", *BY, "--from", "housing-and-care", "--place", "council=council")["draft"]
    identifier = str(begun["id"])
    (folder / "term.yaml").write_text("term: {from: soon, until: 2027-11-30, review: 2027-05-31}\n")
    put = run("put", identifier, "dates", str(folder / "term.yaml"))["draft"]
    assert put["progress"]["dates"] == "in part"
    assert "from: soon" in put["text"]
    assert any(each["path"] == "term.from" for each in put["problems"])
    assert [each["id"] for each in run("list", "--as", "council")["drafts"]] == [identifier]
    assert run("delete", identifier, *BY) == {"deleted": identifier}
    assert run("list", "--as", "council") == {"drafts": []}
