"""Output checking as people have it: an analyst and two checkers at a terminal, from an empty folder to a released table."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from commonweal.ledger import verify_proof
from tests import output_town as town
from tests import small_town
from tests.acceptance.terminal import on_path, run

pytestmark = pytest.mark.slow

Terminal = Callable[..., subprocess.CompletedProcess[str]]
SECRET = ("143015", "143,015")


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A terminal in a folder with an installation in which everything was done by commands."""
    folder = tmp_path_factory.mktemp("outputs")
    environment = on_path(folder / "bin")
    files = {
        "housing.csv": town.csv(),
        "housing.odcs.yaml": small_town.CONTRACT,
        "arrears.yaml": yaml.safe_dump(town.document()),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    run(environment, "commonweal", "init", "town", cwd=folder)

    def command(*words: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = run(environment, "commonweal", *words, cwd=folder / "town")
        assert done.returncode == code, (words, done.stdout, done.stderr)
        return done

    for name in ("northbank", "riverside"):
        command("organisation", "add", name, "--title", f"{name.title()} Council")
    command("person", "add", town.ANALYST, "--organisation", "northbank", "--role", "analyst")
    for email in (town.OWN, town.OTHER, town.OTHER_TOO, town.COLLEAGUE):
        organisation, roles = town.PEOPLE[email]
        command("person", "add", email, "--organisation", organisation, "--role", roles[0].value)
    command(
        "dataset",
        "add",
        folder / "housing.csv",
        "--name",
        "northbank/housing",
        "--contract",
        folder / "housing.odcs.yaml",
    )
    command("agreement", "add", folder / "arrears.yaml")
    for name in ("northbank", "riverside"):
        command("agreement", "sign", "arrears", "--as", name)
    return command


def asked(terminal: Terminal, *more: str | Path) -> int:
    words = ("--agreement", "arrears", "--as", town.ANALYST, "--reason", town.REASON, "--json")
    return int(json.loads(terminal("output", "request", *more, *words).stdout)["output"]["number"])


def document(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_from_a_withheld_cell_to_a_released_table(terminal: Terminal, tmp_path: Path) -> None:
    answer = document(terminal("ask", town.SQL, "--agreement", "arrears", "--as", town.ANALYST, "--json"))
    assert "hostel" not in str(answer["answer"]), "the rules leave it out, so there is something to ask for"
    number = asked(terminal, "--entry", str(answer["receipt"]["index"]), "--exact")

    for person in (town.OWN, town.OTHER):
        page = terminal("output", "show", str(number), "--as", person).stdout
        assert "FOR CHECKERS ONLY" in page and "143015" in page
        assert "threshold: 4 households; at least 10 are needed" in page
        own = terminal("output", "show", str(number), "--as", town.ANALYST)
        assert not any(form in own.stdout + own.stderr for form in SECRET)
        terminal("output", "fetch", str(number), "--as", town.ANALYST, code=1)
        decided = terminal(
            "output", "decide", str(number), "--as", person, "--approve", "--reason", "Public knowledge.", "--json"
        )
    assert document(decided)["output"]["state"] == "released"

    out = tmp_path / "homes.csv"
    receipt = document(terminal("output", "fetch", str(number), "--as", town.COLLEAGUE, "--csv", out, "--json"))
    rows = {row["tenancy"]: row for row in csv.DictReader(io.StringIO(out.read_text(), newline=""))}
    assert (rows["hostel"]["homes"], rows["hostel"]["owed"]) == ("4", str(town.SUM))
    key = document(terminal("ledger", "key", "--json"))
    proof = receipt["receipt"]["proof"]
    verify_proof(proof, next(value for value in key.values() if isinstance(value, str) and "+" in value))
    shown = document(terminal("ledger", "show", "--kind", "output", "--json"))["entries"]
    assert [each["kind"].removeprefix("output.") for each in shown[::-1]] == [
        "requested", "viewed", "prepared", "decided", "viewed", "decided", "released", "fetched",
    ]  # fmt: skip
    assert not any(form in json.dumps(shown) for form in SECRET)


def test_a_file_that_comes_back_with_a_question(terminal: Terminal, tmp_path: Path) -> None:
    model = tmp_path / "model.txt"
    model.write_text("intercept 1.5\n")
    number = str(asked(terminal, "--file", model))
    listed = document(terminal("output", "list", "--as", town.OTHER, "--json"))["outputs"]
    assert [each["you_are"] for each in listed if each["number"] == int(number)] == [["checker"]]
    copy = tmp_path / "copy.txt"
    terminal("output", "show", number, "--as", town.OTHER, "--out", copy)
    assert copy.read_text() == model.read_text()
    terminal("output", "decide", number, "--as", town.OTHER, "--ask", "--reason", "On how many homes?")
    terminal("output", "decide", number, "--as", town.OTHER_TOO, "--approve", "--reason", "unseen", code=1)
    terminal("output", "show", number, "--as", town.OTHER_TOO)
    terminal("output", "decide", number, "--as", town.OTHER_TOO, "--approve", "--reason", "Fine.")
    back = terminal("output", "show", number, "--as", town.ANALYST).stdout
    assert "returned" in back and "remark: On how many homes?" in back and town.OTHER not in back
    again = terminal("output", "resubmit", number, "--as", town.ANALYST, "--reason", "On 400.", "--json")
    assert document(again)["output"]["state"] == "requested"
    for person in (town.OTHER, town.OTHER_TOO):
        terminal("output", "show", number, "--as", person)
        terminal("output", "decide", number, "--as", person, "--approve", "--reason", "Fine.")
    terminal("output", "fetch", number, "--as", town.ANALYST, code=2)
    released = tmp_path / "released.txt"
    terminal("output", "fetch", number, "--as", town.ANALYST, "--out", released)
    assert released.read_text() == model.read_text()


def test_exit_codes_tell_what_was_wrong(terminal: Terminal, tmp_path: Path) -> None:
    number = str(asked(terminal, "select count(*) as homes from housing"))
    words = ("--agreement", "arrears", "--reason", "why")
    terminal("output", "request", "select uprn from housing", *words, "--as", town.ANALYST, code=3)
    terminal("output", "request", *words, "--as", town.ANALYST, code=2)
    terminal("output", "request", town.SQL, *words, "--as", town.OWN, code=3)
    terminal("output", "decide", number, "--as", town.ANALYST, "--approve", "--reason", "mine", code=5)
    terminal("output", "decide", number, "--as", town.OTHER, "--approve", "--reject", "--reason", "both", code=2)
    terminal("output", "show", number, "--as", town.COLLEAGUE, code=4)
    terminal("output", "show", "999", "--as", town.ANALYST, code=4)
    error = document(terminal("output", "fetch", number, "--as", town.OTHER, "--json", code=5))
    assert error["error"]["code"] == "not-allowed"
    terminal("output", "withdraw", number, "--as", town.ANALYST)
    terminal("output", "show", number, "--as", town.OTHER)
    terminal("output", "decide", number, "--as", town.OTHER, "--approve", "--reason", "late", code=1)
