"""Real processes on one ledger: writing at once, and killed with no warning in the middle of it."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

from sqlalchemy import Engine

from commonweal.ledger import Ledger, entries, verify

APPENDING = str(Path(__file__).with_name("appending.py"))
KILLS = 12


def start(path: Path, name: str, count: int, threads: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, APPENDING, str(path), name, str(count), str(threads)],
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )


def test_two_processes_make_one_chain(path: Path, engine: Engine) -> None:
    processes = [start(path, "first", 120, 0), start(path, "second", 30, 4)]
    said = [process.communicate(timeout=60)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert sorted(int(index) for lines in said for index in lines) == list(range(240))
    assert verify(path).entries == 240
    with engine.connect() as connection:
        made = {each.index: each.body["by"] for each in entries(connection)}
    for name, lines in zip(("first", "second"), said, strict=True):
        assert {made[int(index)] for index in lines} == {name}


def test_killed_twelve_times_it_loses_nothing_that_was_acknowledged(path: Path, engine: Engine, ledger: Ledger) -> None:
    """kill -9 after a random number of acknowledgements, half the time in the middle of a group of eight threads."""
    rng = random.Random(20261124)
    acknowledged: list[tuple[int, str]] = []
    for number in range(KILLS):
        process = start(path, f"child {number}", 1_000_000, threads=8 if number % 2 else 0)
        assert process.stdout is not None
        heard = [process.stdout.readline() for _ in range(rng.randint(1, 60))]
        process.kill()
        rest, _ = process.communicate(timeout=60)
        assert process.returncode == -9
        # A last line without its newline was cut off while it was being said.
        lines = "".join([*heard, rest]).split("\n")[:-1]
        assert lines
        acknowledged += [(int(line), f"child {number}") for line in lines]
        assert verify(path).entries > max(index for index, _ in acknowledged)
    with engine.connect() as connection:
        made = {each.index: each.body["by"] for each in entries(connection)}
    assert len({index for index, _ in acknowledged}) == len(acknowledged) > 100
    assert all(made[index] == name for index, name in acknowledged)
    with engine.begin() as connection:
        assert ledger.append(connection, "test.after", {}).index == len(made)
    assert verify(path).entries == len(made) + 1
