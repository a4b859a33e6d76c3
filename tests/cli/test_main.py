"""The root of the program: light, helpful, and the one place where errors end."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import commonweal
from commonweal.cli import main, output
from commonweal.errors import Refused
from tests.cli.conftest import Run

HEAVY = (
    "alembic",
    "altair",
    "duckdb",
    "numpy",
    "pandas",
    "pyarrow",
    "pydantic",
    "rdflib",
    "rich",
    "sqlalchemy",
    "sqlglot",
)


def program(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "COMMONWEAL_INSTALLATION"} | settings
    command = [sys.executable, "-m", "commonweal.cli.main", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    code = (
        "import sys, time\n"
        "from commonweal.cli.main import execute\n"
        "code = execute(['--help'])\n"
        "print(code, time.process_time(), *sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    status, seconds, *modules = done.stderr.split()
    assert status == "0"
    assert not set(HEAVY) & set(modules)
    assert not {main.module_of(noun) for noun in main.NOUNS} & set(modules)
    assert float(seconds) < 0.3  # of the processor, with the start of Python: the clock tells how busy the machine is
    assert "organisation  " in done.stdout
    assert "--installation DIR" in done.stdout


def test_the_program_as_people_run_it(tmp_path: Path) -> None:
    assert program("--version").stdout == f"commonweal {commonweal.__version__}\n"
    town = str(tmp_path / "town")
    assert program("init", town).returncode == 0
    added = program("--installation", town, "organisation", "add", "northbank", "--title", "Łódź", "--json")
    assert json.loads(added.stdout)["organisation"]["title"] == "Łódź"
    narrow = program("organisation", "list", COMMONWEAL_INSTALLATION=town, PYTHONIOENCODING="ascii", COLUMNS="30")
    assert (narrow.returncode, narrow.stderr) == (0, "")
    assert "northbank" in narrow.stdout
    assert not narrow.stdout.count("\x1b")


def test_the_program_when_its_reader_goes_away(tmp_path: Path) -> None:
    town = str(tmp_path / "town")
    program("init", town)
    reading, writing = os.pipe()
    os.close(reading)
    for words in (["organisation", "list"], ["organisation", "list", "--json"]):
        command = [sys.executable, "-m", "commonweal.cli.main", "--installation", town, *words]
        done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
        assert (done.returncode, done.stderr) == (1, "")
    os.close(writing)


def test_every_noun_that_is_installed_says_what_it_does(run: Run) -> None:
    listed = run("--help").out
    for noun in main.typer.main.get_command(main.app).commands:  # type: ignore[attr-defined]
        assert noun in listed
        helped = run(noun, "--help")
        assert helped.code == 0
        assert f"Usage: commonweal {noun}" in helped.out
        assert "--help" in helped.out
        assert "completion" not in helped.out


def test_a_noun_that_is_not_installed_breaks_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(main.NOUNS, "nowhere", "A noun without its module.")
    helped = run("--help")
    assert helped.code == 0
    assert "nowhere" not in helped.out
    assert run("nowhere").code == 2


def test_wrong_usage_ends_with_2_and_a_suggestion(run: Run, town: Path) -> None:
    typo = run("organization", "list")
    assert (typo.code, typo.out) == (2, "")
    assert "Did you mean 'organisation'?" in typo.err
    assert "Did you mean 'list'?" in run("organisation", "lst").err
    assert run("organisation", "list", "--jsn").code == 2
    assert run("organisation").code == 2
    assert run().code == 2
    in_json = run("organisation", "add", "northbank", "--json")
    assert (in_json.code, in_json.err) == (2, "")
    assert in_json.json["error"]["code"] == "usage"
    assert "--title" in in_json.json["error"]["message"]


def test_the_installation_is_found_or_its_absence_explained(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lost = run("person", "list")
    assert lost.code == 4
    assert "commonweal init" in lost.err
    run("init", tmp_path / "town")
    assert run("--installation", tmp_path / "town", "person", "list").code == 0
    assert run("person", "list").code == 4  # one command's option is not the next one's
    monkeypatch.setenv("COMMONWEAL_INSTALLATION", str(tmp_path / "town"))
    assert run("person", "list").code == 0
    assert run("--installation", tmp_path, "person", "list").code == 4
    monkeypatch.delenv("COMMONWEAL_INSTALLATION")
    monkeypatch.chdir(tmp_path / "town" / "data")
    assert run("person", "list").code == 0


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail() -> Path:
        raise error

    monkeypatch.setattr("commonweal.cli.person.installation_here", fail)


def test_a_refusal_is_shown_whole(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = Refused(
        "columns of northbank/housing",
        ["the column name is not agreed", "the column dob is agreed in bands of 5 years"],
        remedy="Leave out name.",
        who="ig@northbank.example",
        nearest="select ward, count(*) from housing group by ward",
        reference="q-17",
    )
    raising(monkeypatch, refusal)
    text = run("person", "list")
    assert (text.code, text.out) == (3, "")
    for part in (*refusal.reasons, refusal.clause, refusal.remedy, refusal.who, refusal.nearest, refusal.reference):
        assert part in text.err
    in_json = run("person", "list", "--json")
    assert (in_json.code, in_json.err, in_json.json) == (3, "", refusal.as_dict())


def test_a_fault_of_ours_gives_a_reference_and_keeps_no_value(
    run: Run, town: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "Zelda Quince"

    def fail() -> Path:
        name = secret
        try:
            raise KeyError(name)
        except KeyError as error:
            raise RuntimeError(f"cannot use {name}") from error

    monkeypatch.setattr("commonweal.cli.person.installation_here", fail)
    text = run("person", "list")
    in_json = run("person", "list", "--json")
    assert (text.code, in_json.code, in_json.err) == (1, 1, "")
    assert "Traceback" not in text.err
    log = town / "logs" / "errors.log"
    first, second = (json.loads(line) for line in log.read_text().splitlines())
    assert first["reference"] in text.err
    assert in_json.json["error"]["reference"] == second["reference"] != first["reference"]
    assert [each["type"] for each in first["errors"]] == ["builtins.RuntimeError", "builtins.KeyError"]
    assert any("cli/person.py:" in frame for frame in first["errors"][0]["frames"])
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    for said in (text.err, in_json.out, log.read_text()):
        assert secret not in said


def test_a_fault_outside_any_installation(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    raising(monkeypatch, RuntimeError("a value"))
    done = run("person", "list")
    assert done.code == 1
    assert "no installation was found" in done.err
    assert "a value" not in done.err


def test_interrupted(run: Run, town: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, KeyboardInterrupt())
    assert run("person", "list").code == 130
    raising(monkeypatch, typer.Exit(5))
    assert run("person", "list").code == 5


@pytest.mark.skipif(os.name == "nt", reason="Windows interrupts otherwise")
def test_interrupted_by_the_keyboard(tmp_path: Path) -> None:
    code = (
        "import time, commonweal.cli.person as person\n"
        "def wait():\n    print('ready', flush=True); time.sleep(30)\n"
        "person.installation_here = wait\n"
        "import sys; sys.argv = ['commonweal', 'person', 'list']\n"
        "from commonweal.cli.main import run; run()"
    )
    running = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stdout is not None
    assert running.stdout.readline() == "ready\n"
    started = time.monotonic()
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=20)
    assert (running.returncode, "Traceback" in said) == (130, False)
    assert time.monotonic() - started < 10


def test_it_runs_under_typers_own_test_runner(tmp_path: Path) -> None:
    done = CliRunner().invoke(main.app, ["init", str(tmp_path / "town"), "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["installation"]["name"] == "town"
    output.begin(as_json=False)
