"""``commonweal meter`` and what ``ask`` says under a metered profile, as they are typed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from commonweal.cli.main import app
from tests.residents import sharing
from tests.residents.people import draw

QUESTION = "SELECT tenancy, avg(arrears) AS mean, count(*) AS people FROM town.resident GROUP BY tenancy"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("metered") / "town"
    with sharing.founded(place) as installation:
        sharing.stock(installation, draw(3_000))
        sharing.agree(installation, sharing.document("standard"))
    yield place


def typed(folder: Path, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["--installation", str(folder), *words])
    return result.exit_code, result.stdout


def ask(folder: Path, *more: str) -> tuple[int, str]:
    return typed(folder, "ask", QUESTION, "--agreement", "standard", "--as", sharing.ANALYST, *more)


def test_nothing_is_open_at_first(folder: Path) -> None:
    code, said = typed(folder, "meter", "show")
    assert (code, "Nothing has been opened" in said) == (0, True)


def test_explaining_opens_nothing_and_says_what_would_be(folder: Path) -> None:
    code, said = ask(folder, "--explain", "--json")
    steps = {step["step"]: step for step in json.loads(said)["explanation"]}
    assert code == 0
    assert steps["cost"]["metered"] is True
    assert steps["cost"]["accounts"][0]["adds"] > 0
    assert json.loads(typed(folder, "meter", "show", "--json")[1])["accounts"] == []


def test_an_answer_has_margins_and_charges_what_was_foretold(folder: Path) -> None:
    foretold = json.loads(ask(folder, "--explain", "--json")[1])["explanation"][-1]["accounts"]
    answer = json.loads(ask(folder, "--json")[1])
    assert len(answer["margins"]) == 8
    assert all(margin["low"] < margin["high"] for margin in answer["margins"])
    spent = {a["secret"]: a["rho"] for a in json.loads(typed(folder, "meter", "show", "--json")[1])["accounts"]}
    assert spent == {cost["account"].rpartition("@")[0]: pytest.approx(cost["adds"], abs=1e-6) for cost in foretold}


def test_asked_again_it_costs_nothing_and_is_the_same(folder: Path) -> None:
    first = json.loads(ask(folder, "--json")[1])
    before = typed(folder, "meter", "show", "--json")[1]
    again = json.loads(ask(folder, "--json")[1])
    assert again["answer"] == first["answer"]
    assert again["margins"] == first["margins"]
    assert typed(folder, "meter", "show", "--json")[1] == before


def test_plain_reads_the_same_tables(folder: Path) -> None:
    before = typed(folder, "meter", "show", "--json")[1]
    plain = json.loads(ask(folder, "--plain", "--json")[1])
    assert all(margin["drawn"] == 0 for margin in plain["margins"])
    assert typed(folder, "meter", "show", "--json")[1] == before


def test_people_see_margins_bars_and_open_tables(folder: Path) -> None:
    assert "±" in ask(folder)[1]
    assert "mean low" in ask(folder, "--format", "csv")[1]
    assert "█" in typed(folder, "meter", "show")[1]
    assert "arrears" in typed(folder, "meter", "tables")[1]


def test_explaining_and_the_meter_state_one_figure(folder: Path) -> None:
    fresh = QUESTION.replace("tenancy", "ethnicity")
    asking = ("ask", fresh, "--agreement", "standard", "--as", sharing.ANALYST)
    explained = " ".join(typed(folder, *asking, "--explain")[1].split())
    (foretold,) = set(re.findall(r"right more than ([0-9.]+) times in 100", explained))
    assert typed(folder, *asking, "--json")[0] == 0
    (account,) = json.loads(typed(folder, "meter", "show", "--json")[1])["accounts"]
    assert account["best_guess"] == pytest.approx(float(foretold) / 100)
    assert f" {foretold} % " in " ".join(typed(folder, "meter", "show")[1].split())


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437", "utf-8"])
def test_a_terminal_that_lacks_signs_gets_others(folder: Path, encoding: str) -> None:
    def run(*words: str) -> str:
        command = [sys.executable, "-m", "commonweal.cli.main", "--installation", str(folder), *words]
        around = os.environ | {"PYTHONIOENCODING": encoding, "COLUMNS": "160"}
        return subprocess.run(command, capture_output=True, check=True, env=around).stdout.decode(encoding)

    shown = run("ask", QUESTION, "--agreement", "standard", "--as", sharing.ANALYST)
    meter = run("meter", "show")
    assert ("+-" if encoding == "ascii" else "±") in shown
    assert ("#" if encoding in {"ascii", "latin-1"} else "█") in meter
    assert "\\x" not in shown + meter and "\\u" not in shown + meter
