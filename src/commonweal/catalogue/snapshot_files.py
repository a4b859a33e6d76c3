"""The files of snapshots in a dataset's folder: each named by its content, and gone when nothing refers to it."""

from __future__ import annotations

import re
from pathlib import Path

SNAPSHOT = re.compile(r"([0-9a-f]{64})\.(parquet|rejected\.csv)")


def rejected_path(snapshot: Path) -> Path:
    """Return where the rows lie that were set aside when a snapshot was read."""
    return snapshot.with_name(f"{snapshot.stem}.rejected.csv")


def delete_snapshot(snapshot: Path) -> bool:
    """Delete a snapshot and the rows set aside from it; return whether both are gone and there was something to delete."""
    files = [file for file in (snapshot, rejected_path(snapshot)) if file.exists()]
    try:
        for file in files:
            file.unlink(missing_ok=True)
    except OSError:
        return False
    return bool(files)


def delete_all_but(folder: Path, needed: str) -> None:
    """Delete from a dataset's folder the files of all snapshots but the one with the id `needed` (empty: of all).

    For whoever holds the folder alone: a reading that is under way has files there that nothing refers to yet.
    """
    for file in folder.iterdir():
        named = SNAPSHOT.fullmatch(file.name)
        if named and named[1] != needed:
            file.unlink(missing_ok=True)
