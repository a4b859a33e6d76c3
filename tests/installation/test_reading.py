"""Reading into datasets: what a killed process left is cleared, what a living one reads is not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from commonweal.errors import BadInput, Conflict
from commonweal.installation import Installation, acts, create
from commonweal.installation.reading import Reading, add_from, refresh

KILLED = """
import os, signal, sys
from pathlib import Path
from commonweal.installation import open_installation, reading

reading.add_dataset = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
with open_installation(sys.argv[1]) as town:
    reading.add_from(town, "northbank/homes", Path(sys.argv[2]), contract=None, how=reading.Reading())
"""


@pytest.fixture
def town(tmp_path: Path) -> Installation:
    installation = create(tmp_path / "town")
    acts.add_organisation(installation, "northbank", "Northbank Council")
    return installation


def add(town: Installation, source: Path, *, by_reference: bool = False) -> None:
    add_from(town, "northbank/homes", source, contract=None, how=Reading(by_reference=by_reference))


def homes(path: Path, rows: int) -> Path:
    path.write_text("uprn,rooms\n" + "".join(f"{900000000000 + i},{i % 7}\n" for i in range(rows)))
    return path


def files(town: Installation) -> list[Path]:
    return sorted(path for path in town.layout.data.rglob("*") if path.is_file())


def test_a_snapshot_without_a_dataset_is_cleared_when_its_reader_was_killed(town: Installation, tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, town.folder, homes(tmp_path / "first.csv", 20)], env=environment, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    (orphan,) = files(town)
    add(town, homes(tmp_path / "second.csv", 30))
    (kept,) = files(town)
    assert orphan != kept


def test_a_replaced_snapshot_is_deleted(town: Installation, tmp_path: Path) -> None:
    source = homes(tmp_path / "homes.csv", 20)
    add(town, source, by_reference=True)
    (first,) = files(town)
    homes(source, 30)
    assert refresh(town, "northbank/homes") is not None
    (second,) = files(town)
    assert first != second
    assert refresh(town, "northbank/homes") is None
    assert files(town) == [second]


def test_two_at_once_wait_for_each_other_and_one_has_the_name(town: Installation, tmp_path: Path) -> None:
    sources = [homes(tmp_path / f"{rows}.csv", rows) for rows in (20, 30)]

    def try_to(source: Path) -> bool:
        try:
            add(town, source)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(try_to, sources)) == [False, True]
    assert len(files(town)) == 1


def test_a_reading_that_fails_leaves_no_folder(town: Installation, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(BadInput):
        add(town, tmp_path / "empty.csv")
    assert not list(town.layout.data.iterdir())
