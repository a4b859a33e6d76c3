from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from commonweal.errors import Conflict, Unavailable
from commonweal.installation.folder import Layout
from commonweal.installation.making import make


def fill(layout: Layout) -> None:
    (layout.keys / "master.key").write_text("k")
    layout.database.write_text("d")
    layout.settings.write_text("s")


def tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


WHOLE = {
    "checkpoints",
    "commonweal.toml",
    "data",
    "keys",
    "keys/master.key",
    "logs",
    "metadata.sqlite3",
    "treated",
}


def test_a_new_folder_and_the_ones_above_it_are_made(tmp_path: Path) -> None:
    make(tmp_path / "a" / "town", fill)
    assert tree(tmp_path) == {"a", "a/town"} | {f"a/town/{name}" for name in WHOLE}


def test_an_empty_folder_stays_the_folder_it_is(tmp_path: Path) -> None:
    (tmp_path / "lost+found").mkdir()
    before = tmp_path.stat().st_ino
    make(tmp_path, fill)
    assert tmp_path.stat().st_ino == before
    assert tree(tmp_path) == WHOLE | {"lost+found"}


@pytest.mark.skipif(os.name == "nt", reason="Windows has access lists instead of permissions")
def test_folders_are_for_their_owner_only(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    for name in ("new", "there"):
        make(tmp_path / name, fill)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / name).iterdir() if path.is_dir()}
        assert modes == {"keys": 0o700, "data": 0o700, "treated": 0o700, "logs": 0o700, "checkpoints": 0o755}
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_a_folder_with_something_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    for name in ("e", "d", "c", "b", "a"):
        (tmp_path / name).touch()
    with pytest.raises(Conflict) as caught:
        make(tmp_path, fill)
    assert caught.value.why == "It holds a, b, c and 2 more, which an installation could overwrite or be taken for."
    assert tree(tmp_path) == {"a", "b", "c", "d", "e"}


def test_an_installation_and_a_file_are_refused(tmp_path: Path) -> None:
    make(tmp_path / "town", fill)
    with pytest.raises(Conflict, match="installation in this folder already"):
        make(tmp_path / "town", fill)
    with pytest.raises(Conflict, match="file of this name"):
        make(tmp_path / "town" / "metadata.sqlite3", fill)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt(), ValueError("x")])
@pytest.mark.parametrize("there", [True, False])
def test_a_failure_leaves_nothing(tmp_path: Path, there: bool, error: BaseException) -> None:
    folder = tmp_path / "town"
    if there:
        folder.mkdir()

    def fail(layout: Layout) -> None:
        fill(layout)
        raise error

    with pytest.raises(Unavailable if isinstance(error, OSError) else type(error)):
        make(folder, fail)
    assert tree(tmp_path) == ({"town"} if there else set())
    make(folder, fill)
    assert tree(folder) == WHOLE


@pytest.mark.parametrize("moved", range(7))
@pytest.mark.parametrize("by", ["failure", "kill"])
def test_stopped_between_any_two_moves_it_is_whole_or_can_be_begun_again(
    tmp_path: Path, moved: int, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename, unlink, moves = Path.rename, Path.unlink, []

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    def counted(self: Path, target: Path) -> Path:
        if len(moves) == moved:
            if by == "kill":  # a killed process does not tidy up either
                monkeypatch.setattr("shutil.rmtree", stop)
                monkeypatch.setattr(Path, "unlink", stop)
            raise KeyboardInterrupt
        moves.append(self.name)
        return rename(self, target)

    with monkeypatch.context() as patched:
        monkeypatch = patched
        patched.setattr(Path, "rename", counted)
        with pytest.raises(KeyboardInterrupt):
            make(tmp_path, fill)
    assert Path.unlink is unlink
    assert not (tmp_path / "commonweal.toml").exists()  # never taken for a whole one
    assert tree(tmp_path) == set() or by == "kill"
    make(tmp_path, fill)
    assert tree(tmp_path) == WHOLE


def test_what_people_put_beside_a_half_made_one_is_not_removed(tmp_path: Path) -> None:
    (tmp_path / ".commonweal-making").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "letter.txt").touch()
    with pytest.raises(Conflict):
        make(tmp_path, fill)
    assert tree(tmp_path) == {".commonweal-making", "data", "letter.txt"}


def test_a_place_below_a_file_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable):
        make(tmp_path / "file" / "town", fill)
