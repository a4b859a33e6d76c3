"""Asking from the terminal: quick to start, and nothing is kept once the agreement stops."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import small_town
from tests.cli.conftest import Run
from tests.small_town import ANALYST, SQL, entries, treated

NEVER = ("altair", "rdflib", "pandas", "polars", "alembic", "vl_convert", "openpyxl", "yaml")

PROGRAM = """
import json, sys
from commonweal.cli.main import run
try:
    run()
finally:
    print(json.dumps([name for name, module in sys.modules.items() if module]), file=sys.stderr)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with small_town.made(tmp_path) as town:
        monkeypatch.chdir(town.folder)
        yield town.folder


def test_ask_loads_nothing_that_it_does_not_need(folder: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, "ask", SQL, "--agreement", "arrears", "--as", ANALYST, "--json"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["answer"]["columns"] == ["tenancy", "homes", "mean"]
    loaded = json.loads(done.stderr.splitlines()[-1])
    assert "duckdb" in loaded and "sqlglot" in loaded
    assert not [name for name in NEVER if name in loaded]


def test_suspending_deletes_the_treated_tables_and_resuming_answers_again(run: Run, folder: Path) -> None:
    from commonweal.installation import open_installation

    ask = ("ask", SQL, "--agreement", "arrears", "--as", ANALYST, "--json")
    act = ("arrears", "--as", "northbank", "--reason", "a test asks for it")
    first = run(*ask)
    assert first.code == 0
    with open_installation(folder) as town:
        assert treated(town) == ["arrears@1"]
        assert run("agreement", "suspend", *act).code == 0
        assert treated(town) == []
        assert [entry["because"] for entry in entries(town, "treated.deleted")] == ["suspended"]
        assert run(*ask).code == 3
        assert run("agreement", "resume", *act).code == 0
        again = run(*ask)
        assert again.json["answer"] == first.json["answer"]
        assert treated(town) == ["arrears@1"]


def test_a_table_that_cannot_be_deleted_does_not_stop_a_suspension(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("ask", SQL, "--agreement", "arrears", "--as", ANALYST).code == 0
    monkeypatch.setattr("shutil.rmtree", lambda *_, **__: None)
    stopped = run("agreement", "suspend", "arrears", "--as", "northbank", "--reason", "a test")
    assert stopped.code == 0 and "suspended" in stopped.out
    assert "could not be deleted yet (arrears@1)" in stopped.err
