"""Promise 8: kill -9 at any moment loses no acknowledged record and corrupts nothing."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from commonweal.installation import Installation, open_installation
from commonweal.ledger.verification import verify
from tests.acceptance import town
from tests.acceptance.terminal import ROOT

pytestmark = pytest.mark.slow

KILLS = 12
QUESTION = "select sex, count(*) as people from person group by sex"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    installation = town.build(tmp_path_factory.mktemp("killed"), "--people", "1500")
    installation.close()
    return installation.folder


def killed_while_asking(folder: Path, chance: random.Random) -> list[int]:
    """Have a process ask in a loop, kill it at a random moment, and return the receipts that it told of."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.properties.asking_in_a_loop", str(folder)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(chance.uniform(0, 0.7))
    process.send_signal(signal.SIGKILL)
    rest = process.stdout.read()
    assert process.wait() == -signal.SIGKILL, "it had ended by itself"
    process.stdout.close()
    # The last line may be cut: what was not written to its end was not told to anybody.
    return [int(line) for line in (first + rest).split("\n")[:-1]]


def kinds(folder: Path) -> dict[int, str]:
    """Return the kind of every entry by its number."""
    connection = sqlite3.connect(folder / "metadata.sqlite3")
    try:
        return dict(connection.execute("SELECT idx, kind FROM ledger_entry"))
    finally:
        connection.close()


def test_killed_at_any_moment(folder: Path) -> None:
    chance = random.Random(12)
    told: list[int] = []
    for _ in range(KILLS):
        told += killed_while_asking(folder, chance)
        verify(folder / "metadata.sqlite3")
        there = kinds(folder)
        assert all(there.get(index) in {"question.answered", "question.refused"} for index in told)
        with opened(folder) as installation:
            answer = installation.gateway(town.ANALYST).ask(QUESTION, agreement=town.AGREEMENT)
            assert answer.table.num_rows == 2
            told.append(answer.receipt.index)
    assert len(told) == len(set(told))
    assert len(told) > 3 * KILLS, "they were killed before they had done anything"
    there = kinds(folder)
    assert sorted(there) == list(range(len(there)))
    answered = sum(kind == "question.answered" for kind in there.values())
    assert answered <= sum(kind == "question.asked" for kind in there.values())


def opened(folder: Path) -> Installation:
    return open_installation(folder)


def test_treated_tables_that_were_half_made_are_made_again(folder: Path) -> None:
    """The first question makes the treated tables; killed then, it leaves nothing that a later one would read."""
    treated = folder / "treated" / f"{town.AGREEMENT}@1"
    with opened(folder) as installation:
        true = installation.gateway(town.ANALYST).ask(QUESTION, agreement=town.AGREEMENT).table
    unfinished = 0
    for attempt in range(6):
        shutil.rmtree(treated)
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.properties.asking_in_a_loop", str(folder)],
            cwd=ROOT, env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + 30
        while not any(treated.glob("*/*")) and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(0.004 * attempt)
        process.kill()
        process.wait()
        unfinished += not any(treated.glob("northbank.housing.*.parquet"))
        with opened(folder) as installation:
            again = installation.gateway(town.ANALYST).ask(QUESTION, agreement=town.AGREEMENT)
        assert again.table.equals(true)
    verify(folder / "metadata.sqlite3")
    assert unfinished, "they were all made before the process was killed"
    left = [path.name for path in treated.iterdir() if path.suffix != ".parquet" and path.name != ".lock"]
    assert not left, "what was left half made is still there"
