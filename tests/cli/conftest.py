"""A terminal in this process: the real program, its real files, its exit code and both streams."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from commonweal.cli.main import execute


@dataclass(frozen=True)
class Outcome:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)


Run = Callable[..., Outcome]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command of the program, given as its words."""
    monkeypatch.delenv("COMMONWEAL_INSTALLATION", raising=False)

    def command(*words: str | Path) -> Outcome:
        capsys.readouterr()
        code = execute([str(word) for word in words])
        out, err = capsys.readouterr()
        return Outcome(code, out, err)

    return command


@pytest.fixture
def town(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new installation, which is the current folder."""
    assert run("init", tmp_path / "town").code == 0
    monkeypatch.chdir(tmp_path / "town")
    return tmp_path / "town"
