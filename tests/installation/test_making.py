from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
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
    "outputs",
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
        own = dict.fromkeys(("keys", "data", "treated", "outputs", "logs"), 0o700)
        assert modes == own | {"checkpoints": 0o755}
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
def test_stopped_between_any_two_moves_it_is_as_before(
    tmp_path: Path, moved: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename, moves = Path.rename, []

    def counted(self: Path, target: Path) -> Path:
        if target.parent == tmp_path:
            if len(moves) == moved:
                raise KeyboardInterrupt
            moves.append(self.name)
        return rename(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", counted)
        with pytest.raises(KeyboardInterrupt):
            make(tmp_path, fill)
    assert tree(tmp_path) == set()
    make(tmp_path, fill)
    assert tree(tmp_path) == WHOLE


MAKER = """
import os, signal, sys, time
from pathlib import Path
from commonweal.installation.making import make

folder, stop = Path(sys.argv[1]), sys.argv[2]
rename, moves = Path.rename, []

def fill(layout):
    (layout.keys / "master.key").write_text("k")
    layout.database.write_text("d")
    layout.settings.write_text("s")
    if stop == "filling":
        print("there", flush=True)
        time.sleep(60)

def counted(self, target):
    if target.parent in (folder, folder.parent):
        if len(moves) == int(stop):
            os.kill(os.getpid(), signal.SIGKILL)
        moves.append(self.name)
    return rename(self, target)

if stop != "filling":
    Path.rename = counted
make(folder, fill)
"""


def maker(folder: Path, stop: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen([sys.executable, "-c", MAKER, folder, stop], stdout=subprocess.PIPE, env=environment)


@pytest.mark.parametrize("stop", ["0", "3", "6"])
def test_killed_between_two_moves_it_is_never_taken_for_whole_and_can_be_begun_again(tmp_path: Path, stop: str) -> None:
    with maker(tmp_path, stop) as killed:
        killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    assert (tmp_path / ".commonweal-making").is_dir() and not (tmp_path / "commonweal.toml").exists()
    make(tmp_path, fill)
    assert tree(tmp_path) == WHOLE


@pytest.mark.parametrize("there", [True, False])
def test_what_a_killed_maker_left_goes_and_what_a_living_one_has_stays(tmp_path: Path, there: bool) -> None:
    folder = tmp_path / "town"
    if there:
        folder.mkdir()
    with maker(folder, "filling") as other:
        assert other.stdout is not None and other.stdout.readline() == b"there\n"
        if there:
            with pytest.raises(Conflict, match="Another process"):
                make(folder, fill)
            assert (folder / ".commonweal-making" / "keys" / "master.key").exists()
        else:
            make(folder, fill)  # whoever is first has it; the other one's work is left alone
            assert len(list(tmp_path.glob(".town.making-*/keys/master.key"))) == 1
            shutil.rmtree(folder)
        other.kill()
    make(folder, fill)
    assert tree(tmp_path) == {"town", *(f"town/{name}" for name in WHOLE)}


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
