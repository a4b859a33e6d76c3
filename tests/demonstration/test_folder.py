from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from commonweal.demonstration.folder import MARKER, OURS, open_folder, write_files
from commonweal.errors import Conflict, UsageMistake

PEOPLE = 5_000


def test_a_new_folder_is_marked_and_taken_up_again(tmp_path: Path) -> None:
    folder = open_folder(tmp_path / "new" / "demo", PEOPLE)
    assert (folder.path / MARKER).is_file()
    assert open_folder(folder.path, PEOPLE) == folder


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "thesis.txt"
    mine.write_text("mine")
    for fresh in (False, True):
        with pytest.raises(UsageMistake):
            open_folder(tmp_path, PEOPLE, fresh=fresh)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    with pytest.raises(UsageMistake):
        open_folder(mine, PEOPLE)


def test_fresh_deletes_what_a_demonstration_wrote_and_nothing_else(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "keep.txt").write_text("keep")
    folder = open_folder(tmp_path / "demo", PEOPLE)
    for name in (*OURS[:-1], ".installation.making-abc"):
        (folder.path / name).mkdir()
        (folder.path / name / "x").write_text("x")
    (folder.path / OURS[-1]).symlink_to(outside)
    (folder.path / "notes.txt").write_text("mine")
    open_folder(folder.path, PEOPLE, fresh=True)
    assert sorted(path.name for path in folder.path.iterdir()) == [MARKER, "notes.txt"]
    assert (outside / "keep.txt").read_text() == "keep"


def test_another_size_or_version_is_a_conflict(tmp_path: Path) -> None:
    folder = open_folder(tmp_path / "demo", PEOPLE)
    with pytest.raises(Conflict, match="another size"):
        open_folder(folder.path, PEOPLE + 1)
    assert open_folder(folder.path, PEOPLE + 1, fresh=True).people == PEOPLE + 1
    (folder.path / MARKER).write_text("{}")
    with pytest.raises(Conflict, match="another version"):
        open_folder(folder.path, PEOPLE)


@pytest.mark.parametrize("people", [0, -5, 4_999, 400_001])
def test_a_size_that_makes_no_sense_is_refused_before_anything_is_written(tmp_path: Path, people: int) -> None:
    with pytest.raises(UsageMistake):
        open_folder(tmp_path / "demo", people)
    assert list(tmp_path.iterdir()) == []


def test_files_are_written_once_and_mended_when_one_is_missing_or_cut(tmp_path: Path) -> None:
    folder = open_folder(tmp_path / "demo", PEOPLE)
    written = write_files(folder)
    assert len(written) == 7
    times = {item["file"]: (folder.files / item["file"]).stat().st_mtime_ns for item in written.values()}
    assert write_files(folder) == written
    assert times == {name: (folder.files / name).stat().st_mtime_ns for name in times}
    name = written["fenwick/housing"]["file"]
    (folder.files / name).write_bytes(b"cut")
    assert write_files(folder) == written
    assert hashlib.sha256((folder.files / name).read_bytes()).hexdigest() == written["fenwick/housing"]["sha256"]
