from __future__ import annotations

import json
from pathlib import Path

import pytest

from commonweal.cli.main import execute
from commonweal.installation import create


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with create(tmp_path / "here") as installation:
        return installation.folder


def test_a_new_installation_is_in_good_health(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["--installation", str(folder), "check", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["good"] is True
    parts = {finding["part"] for finding in shown["findings"]}
    assert parts == {"folder", "database", "engine"}
    for finding in shown["findings"]:
        assert finding["good"] == (finding["why_not"] == "")
        assert finding["good"] or not finding["must"]
    layers = {each["what"].split(":")[0] for each in shown["findings"] if each["part"] == "engine"}
    assert {"files", "system calls", "network", "user"} < layers


def test_a_folder_that_others_may_read_is_a_fault(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "data").chmod(0o755)
    assert execute(["--installation", str(folder), "check"]) == 1
    shown = capsys.readouterr().out
    words = " ".join(shown.split())
    assert "data is its owner's alone" in words
    assert "mode 0755" in words
    assert "NO" in shown
