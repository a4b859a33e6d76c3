"""Private folders: where one engine process spills, and which nobody inherits when it or the gateway dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path


class PrivateFolder:
    """A new empty folder (0700) under `parent`, held by a file lock for as long as this process lives.

    Making one first removes what dead processes have left, for spilled rows are data. The lock, not a process id, says
    who is alive, so that several gateways (also in containers) may share `parent`.
    """

    def __init__(self, parent: Path) -> None:
        """Make the folder; OSError when `parent` cannot be written."""
        parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _held(parent / ".lock"):
            for left in parent.glob("engine-*"):
                _remove_if_free(left)
            self.path = Path(tempfile.mkdtemp(prefix="engine-", dir=parent)).resolve()
            self._lock = os.open(self.path / ".held", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)

    def remove(self) -> None:
        """Delete the folder with everything in it; doing so twice is harmless."""
        if self._lock >= 0:
            shutil.rmtree(self.path, ignore_errors=True)
            os.close(self._lock)
            self._lock = -1


@contextlib.contextmanager
def _held(path: Path) -> Iterator[None]:
    """Hold the lock of `path` while the block runs."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _remove_if_free(folder: Path) -> None:
    """Delete a folder whose holder is gone."""
    try:
        descriptor = os.open(folder / ".held", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return  # somebody is alive in there
    finally:
        os.close(descriptor)
