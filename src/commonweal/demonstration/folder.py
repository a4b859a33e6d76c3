"""The folder of a demonstration: what is where, what was finished, and what may be deleted (nothing that is not ours).

DIR/commonweal-demo.json   says that the folder is a demonstration, and of how many people
DIR/files/                 the files as exported, with files.json once all are there
DIR/documents/             contracts and agreements, to read
DIR/installation/          the commonweal installation
DIR/pictures/              the chart, as SVG and HTML
DIR/record/                the receipt's proof, the public key, and a copy of the ledger that was tampered with
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commonweal.demonstration.borough import SEED, exports, invent
from commonweal.demonstration.exports import write_export, write_whole
from commonweal.errors import Conflict, UsageMistake

MARKER = "commonweal-demo.json"
FORM = "demonstration/1"
OURS = ("files", "documents", "installation", "pictures", "record")
FEWEST, MOST = 5_000, 400_000


@dataclass(frozen=True)
class DemoFolder:
    """A folder that is a demonstration of a borough of about `people` people."""

    path: Path
    people: int

    @property
    def files(self) -> Path:
        """Return where the exported files are."""
        return self.path / "files"

    @property
    def documents(self) -> Path:
        """Return where the contracts and the agreement can be read."""
        return self.path / "documents"

    @property
    def installation(self) -> Path:
        """Return where the commonweal installation is."""
        return self.path / "installation"

    @property
    def pictures(self) -> Path:
        """Return where the pictures are."""
        return self.path / "pictures"

    @property
    def record(self) -> Path:
        """Return where the proof and the copy of the ledger are."""
        return self.path / "record"


def open_folder(path: Path, people: int, *, fresh: bool = False) -> DemoFolder:
    """Return the demonstration's folder, made if it is new, empty or `fresh`; a half-told story is taken up again.

    UsageMistake if `people` is out of range or the folder holds something else; Conflict if it is a demonstration of
    another size. `fresh` deletes what a demonstration wrote, and only in a folder that is one.
    """
    if not FEWEST <= people <= MOST:
        raise UsageMistake(
            f"A demonstration has {FEWEST:,} to {MOST:,} people.",
            why="Fewer would hide every cell, and more would not fit the time.",
            remedy="Choose --people between the two, or --quick for 20,000.",
        )
    path = path.absolute()
    marker = path / MARKER
    if path.exists() and not path.is_dir():
        raise UsageMistake("The demonstration needs a folder, and this is a file.", remedy="Name a folder that is new.")
    if path.is_dir() and any(path.iterdir()) and not marker.is_file():
        raise UsageMistake(
            "This folder is not a demonstration and is not empty.",
            why="A demonstration only writes into a folder of its own, so that nothing of yours is touched.",
            remedy="Name a folder that is new or empty.",
        )
    if fresh and marker.is_file():
        _clear(path)
    if marker.is_file():
        _check_marker(marker, people)
    else:
        path.mkdir(parents=True, exist_ok=True)
        _write_json(marker, {"commonweal": FORM, "people": people, "seed": SEED})
    return DemoFolder(path, people)


def write_files(folder: DemoFolder) -> dict[str, Any]:
    """Write the borough's files unless all are there and whole; return by dataset their file, day, rows and SHA-256."""
    listing = folder.files / "files.json"
    known = _read_json(listing)
    if known is not None and all(_is_whole(folder.files / item["file"], item) for item in known.values()):
        return known
    written: dict[str, Any] = {}
    for export in exports(invent(folder.people)):
        path = write_export(export, folder.files)
        written[export.dataset] = {
            "file": export.file,
            "as_of": export.as_of.isoformat(),
            "rows": export.rows,
            "bytes": path.stat().st_size,
            "sha256": _sha256(path),
            "encoding": export.encoding,
            "delimiter": export.delimiter,
        }
    _write_json(listing, written)
    return written


def _clear(path: Path) -> None:
    """Delete what a demonstration wrote into `path`, finished or not; links are removed, never followed."""
    for ours in (*(path / name for name in OURS), *path.glob(".installation.making-*")):
        if ours.is_symlink() or ours.is_file():
            ours.unlink()
        elif ours.is_dir():
            shutil.rmtree(ours)
    (path / MARKER).unlink()


def _check_marker(marker: Path, people: int) -> None:
    """Raise Conflict unless the marker is of this form and size."""
    found = _read_json(marker) or {}
    if found.get("commonweal") != FORM or found.get("seed") != SEED:
        raise Conflict(
            "The folder holds a demonstration of another version.",
            remedy="Add --fresh to build it again, or name a new folder.",
        )
    if found.get("people") != people:
        raise Conflict(
            "The folder holds a demonstration of another size.",
            remedy="Give --people or --quick as before, add --fresh to build it again, or name a new folder.",
        )


def _is_whole(path: Path, item: dict[str, Any]) -> bool:
    """Tell whether a file is there as it was written."""
    return path.is_file() and path.stat().st_size == item["bytes"] and _sha256(path) == item["sha256"]


def _sha256(path: Path) -> str:
    """Return the SHA-256 (hex) of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_json(path: Path) -> dict[str, Any] | None:
    """Return what a JSON file holds, or None if it is absent or not a mapping."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _write_json(path: Path, value: dict[str, Any]) -> None:
    """Write a JSON file, whole or not at all."""
    write_whole(path, json.dumps(value, indent=2).encode() + b"\n")
