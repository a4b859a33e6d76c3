"""Temporary files and folders that a lock holds for as long as their owner lives.

A process that is killed cannot clear up after itself, so whoever begins the same work next does it. The lock of the
operating system, not a process id, says who is alive: ids are used again, and mean nothing in another container.
What is visible under its name is held already: the lock is taken under another name first, so that nothing that
somebody has just made can look abandoned. Linux and macOS.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

HELD = ".held"
"""The file in a held folder that carries the lock."""

_TAKING = ".taking"
_LONG_AGO = 3_600.0  # seconds; what has no lock after so long was made by a process that died in that very moment


class HeldFolder:
    """A new empty folder (0700) in `parent`, named from `prefix`, held as long as this process lives.

    Making one first removes the folders of that prefix whose owners are gone.
    """

    def __init__(self, parent: Path, prefix: str) -> None:
        """Make the folder, and `parent` if need be; OSError when it cannot be written."""
        parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        clear_folders(parent, prefix)
        self.path = Path(tempfile.mkdtemp(prefix=prefix, dir=parent)).resolve()
        self._hold = Hold(self.path)

    def remove(self) -> None:
        """Delete the folder with everything in it; doing so twice is harmless."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._hold.release()

    def release(self) -> None:
        """Let go of the folder and keep what is in it: from now on it is no temporary one."""
        self._hold.release()


class Hold:
    """The lock on one folder that exists; it ends with `release`, or with this process."""

    def __init__(self, folder: Path) -> None:
        """Take the lock; OSError when the folder cannot be written."""
        self._file = folder / HELD
        self._lock = os.open(folder / _TAKING, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        (folder / _TAKING).rename(self._file)

    def release(self) -> None:
        """Let go, and take the lock's file away; doing so twice is harmless."""
        if self._lock >= 0:
            self._file.unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = -1


def is_held(folder: Path) -> bool:
    """Return whether somebody who lives holds this folder."""
    with _free(folder / HELD) as free:
        return not free and (folder / HELD).exists()


def clear_folders(parent: Path, prefix: str) -> None:
    """Delete the folders in `parent` whose names begin with `prefix` and whose owners are gone."""
    for left in _named(parent, prefix):
        if not left.is_symlink() and left.is_dir():
            with _free(left / HELD) as free:
                if free or (_is_old(left) and not (left / HELD).exists()):
                    shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def held_file(parent: Path, prefix: str) -> Iterator[tuple[int, Path]]:
    """Give a new file (0600) in `parent`, named from `prefix`: its descriptor and path. It is deleted at the end.

    Files of that prefix whose owners are gone are removed first. Move it or link it before the end to keep it.
    """
    clear_files(parent, prefix)
    descriptor, taking = tempfile.mkstemp(prefix=_TAKING + prefix, dir=parent)
    path = Path(taking)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        path = path.rename(parent / path.name.removeprefix(_TAKING))
        yield descriptor, path
    finally:
        path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            os.close(descriptor)


@contextlib.contextmanager
def held_alone(folder: Path) -> Iterator[Path]:
    """Give a folder, made if it is not there, that nobody else is given meanwhile; whoever comes later waits.

    It is taken away again, and the folder above it, if nothing is in it at the end.
    """
    descriptor = _waited_for(folder)
    try:
        yield folder
    finally:
        for each in (folder, folder.parent):
            with contextlib.suppress(OSError):
                each.rmdir()
        os.close(descriptor)


def _waited_for(folder: Path) -> int:
    """Return the descriptor that carries the lock of a folder which is there: its last holder may have removed it."""
    while True:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with contextlib.suppress(FileNotFoundError):
            if folder.stat().st_ino == os.fstat(descriptor).st_ino:
                return descriptor
        os.close(descriptor)


def clear_files(parent: Path, prefix: str) -> None:
    """Delete the files in `parent` whose names begin with `prefix` and whose owners are gone."""
    for left in _named(parent, prefix):
        with _free(left) as free:
            if free:
                left.unlink(missing_ok=True)
    for left in _named(parent, _TAKING + prefix):
        if _is_old(left):
            left.unlink(missing_ok=True)


def _named(parent: Path, prefix: str) -> list[Path]:
    try:
        return [Path(entry.path) for entry in os.scandir(parent) if entry.name.startswith(prefix)]
    except OSError:
        return []


@contextlib.contextmanager
def _free(file: Path) -> Iterator[bool]:
    """Tell whether the file is there and nobody holds it, and keep it so for the block."""
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:  # not there (yet), or not ours to open, so not ours to remove
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True
    finally:
        os.close(descriptor)


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime > _LONG_AGO
    except OSError:
        return False
