"""What a killed process leaves is cleared by the next; what a living one holds is not."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from commonweal.held import HELD, HeldFolder, clear_files, clear_folders, held_file, is_held

OWNER = """
import sys, time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from commonweal.held import HeldFolder, held_file
parent = Path(sys.argv[1])
folder = HeldFolder(parent, ".work-")
(folder.path / "part").write_text("half")
with held_file(parent, ".file-") as (descriptor, path):
    path.write_text("half")
    print("there", flush=True)
    time.sleep(60)
"""


def owner(parent: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen([sys.executable, "-c", OWNER, parent], stdout=subprocess.PIPE, env=environment)
    assert process.stdout is not None and process.stdout.readline() == b"there\n"
    return process


def names(folder: Path) -> list[str]:
    return sorted(path.name.partition("-")[0] for path in folder.iterdir())


def clear(parent: Path) -> None:
    clear_folders(parent, ".work-")
    clear_files(parent, ".file-")


def test_what_is_held_stays_while_its_owner_lives_and_goes_after_kill_9(tmp_path: Path) -> None:
    with owner(tmp_path) as living:
        clear(tmp_path)
        assert names(tmp_path) == [".file", ".work"]
        (left,) = tmp_path.glob(".work-*")
        assert is_held(left) and (left / "part").exists()
        living.kill()
    assert names(tmp_path) == [".file", ".work"], "there must be something to clear"
    assert not is_held(left)
    clear(tmp_path)
    assert names(tmp_path) == []


def test_only_the_same_work_is_cleared(tmp_path: Path) -> None:
    with owner(tmp_path) as killed:
        killed.kill()
    (tmp_path / ".work-of-somebody").mkdir()  # not one of ours: it has no lock
    (tmp_path / ".other-1").mkdir()
    clear_folders(tmp_path, ".other-")
    clear(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".other-1", ".work-of-somebody"]


def test_a_folder_that_died_before_its_lock_goes_after_an_hour(tmp_path: Path) -> None:
    (tmp_path / ".work-x").mkdir()
    os.utime(tmp_path / ".work-x", (0, 0))
    clear_folders(tmp_path, ".work-")
    assert not names(tmp_path)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / HELD).touch()
    (tmp_path / ".work-x").symlink_to(elsewhere)
    clear_folders(tmp_path, ".work-")
    assert (elsewhere / HELD).exists()


def test_released_it_is_kept_and_removed_twice_it_is_gone(tmp_path: Path) -> None:
    kept, gone = HeldFolder(tmp_path, ".work-"), HeldFolder(tmp_path, ".work-")
    kept.release()
    kept.release()
    gone.remove()
    gone.remove()
    assert list(tmp_path.iterdir()) == [kept.path] and not list(kept.path.iterdir())


def test_a_file_is_deleted_at_the_end_unless_it_was_moved(tmp_path: Path) -> None:
    with held_file(tmp_path, ".file-"):
        pass
    with held_file(tmp_path, ".file-") as (_, path):
        path.rename(tmp_path / "kept")
    with pytest.raises(KeyError), held_file(tmp_path, ".file-"):
        raise KeyError
    assert [each.name for each in tmp_path.iterdir()] == ["kept"]


def test_many_at_once_never_clear_each_other(tmp_path: Path) -> None:
    def work(_: int) -> bool:
        folder = HeldFolder(tmp_path, ".work-")
        with held_file(tmp_path, ".file-") as (_, path):
            there = path.exists() and is_held(folder.path)
        folder.remove()
        return there

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(500)))
    assert not names(tmp_path)
