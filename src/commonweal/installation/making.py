"""Making the folder of an installation: whole, or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from commonweal.errors import Conflict, Unavailable
from commonweal.installation.folder import SETTINGS, Layout
from commonweal.installation.new_file import sync_folder

_MAKING = ".commonweal-making"
_OF_THE_DISK = frozenset(["lost+found", ".DS_Store"])  # put there by file systems and desktops, not by people


def make(folder: Path, fill: Callable[[Layout], None]) -> None:
    """Make `folder` an installation with what `fill` puts into it: whole, or not at all.

    A new folder is filled beside its place and renamed into it. An existing empty one keeps its place (it may be a
    mounted disk or somebody's current folder): it is filled inside and the parts are moved up, the settings last, so
    that a folder with settings is always whole. `Conflict` when something is in the folder already.
    """
    folder = folder.absolute()
    try:
        _refuse_if_used(folder)
        if folder.is_dir():
            _make_inside(folder, fill)
        else:
            _make_beside(folder, fill)
    except OSError as error:
        raise Unavailable(
            "The folder could not be made.",
            why=f"The operating system says: {error.strerror or type(error).__name__}.",
            remedy="Choose a place where you may write and that has room. Nothing was left behind.",
        ) from error


def _refuse_if_used(folder: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise Conflict(
            "There is a file of this name.",
            why="An installation is a folder.",
            remedy="Choose another name for the folder.",
        )
    if (folder / SETTINGS).exists():
        raise Conflict(
            "There is a commonweal installation in this folder already.",
            why=f"It has a {SETTINGS}.",
            remedy="Use it as it is, or choose another folder.",
        )
    if (folder / _MAKING).is_dir():
        _clear_half_made(folder)
    found = sorted(entry.name for entry in folder.iterdir() if entry.name not in _OF_THE_DISK)
    if found:
        some = ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")
        raise Conflict(
            "The folder is not empty.",
            why=f"It holds {some}, which an installation could overwrite or be taken for.",
            remedy="Choose a new folder, or move what is there elsewhere first.",
        )


def _clear_half_made(folder: Path) -> None:
    """Remove what an interrupted `make` left: only names that it makes itself, and only while its mark is there."""
    layout = Layout(folder)
    ours = {path.name for path in (*layout.folders, layout.database)}
    if {entry.name for entry in folder.iterdir()} <= ours | {_MAKING} | _OF_THE_DISK:
        for name in (*ours, _MAKING):  # the mark last: interrupted again, we can still tell
            path = folder / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def _make_beside(folder: Path, fill: Callable[[Layout], None]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=f".{folder.name}.making-", dir=folder.parent))  # mkdtemp makes it 0700
    try:
        _fill(making, fill)
        making.rename(folder)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
    sync_folder(folder.parent)


def _make_inside(folder: Path, fill: Callable[[Layout], None]) -> None:
    making = folder / _MAKING
    making.mkdir(mode=0o700)
    try:
        _fill(making, fill)
        for path in sorted(making.iterdir(), key=lambda path: path.name == SETTINGS):
            if path.name == SETTINGS:
                sync_folder(folder)
            path.rename(folder / path.name)
        making.rmdir()
    except BaseException:
        (folder / SETTINGS).unlink(missing_ok=True)
        _clear_half_made(folder)
        raise
    sync_folder(folder)


def _fill(folder: Path, fill: Callable[[Layout], None]) -> None:
    layout = Layout(folder)
    for path in layout.folders:
        path.mkdir(mode=0o755 if path == layout.checkpoints else 0o700)
    fill(layout)
    sync_folder(folder)
