"""Writing a file that was not there: whole and durable, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from commonweal.held import held_file


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable. Windows has no such call, and needs none."""
    if os.name != "nt":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_new(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a new file whole or not at all, durably; nobody but its owner can read it before it has `mode`.

    FileExistsError, and nothing changed, if there is a file of that name.
    """
    with held_file(path.parent, f".{path.name}.new-") as (handle, temporary):
        with os.fdopen(handle, "wb", closefd=False) as file:
            file.write(content)
            file.flush()
            os.fsync(handle)
        if mode != 0o600:
            temporary.chmod(mode)
        _place(temporary, path)
    sync_folder(path.parent)


def _place(temporary: Path, path: Path) -> None:
    """Give a finished file its name without ever replacing another."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: claim the name, then rename over the claim
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        temporary.replace(path)
