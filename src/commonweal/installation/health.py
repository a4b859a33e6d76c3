"""The health of an installation: who may look into its folder, how its database writes, and what holds its engine back."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from commonweal.installation.installation import Installation

LAYER = "engine"
FOLDER = "folder"
DATABASE = "database"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: the part it belongs to, what it is, whether it is as it should be, and why not.

    `must` is False for a layer of the engine that this system cannot grant: others hold, and nothing is broken.
    """

    part: str
    what: str
    good: bool
    why_not: str = ""
    must: bool = True


def health(installation: Installation) -> tuple[Finding, ...]:
    """Return what there is to say of an installation; nothing is changed. `EngineFailed` when no engine starts."""
    layout = installation.layout
    database = installation.settings.database.path(layout.folder)
    owners = (*(folder for folder in layout.folders if folder != layout.checkpoints), database)
    findings = [_owner_only(place, layout.folder) for place in owners]
    findings += _database(installation)
    findings += [
        Finding(LAYER, f"{layer.name}: takes away {layer.takes_away}", layer.active, layer.why_not, must=False)
        for layer in installation.engine.layers()
    ]
    return tuple(findings)


def _owner_only(place: Path, folder: Path) -> Finding:
    name = str(place.relative_to(folder)) if place.is_relative_to(folder) else place.name
    what = f"{name} is its owner's alone"
    try:
        mode = stat.S_IMODE(place.stat().st_mode)
    except OSError as error:
        return Finding(FOLDER, what, False, f"the system says: {error.strerror}")
    return Finding(FOLDER, what, not mode & 0o077, f"others may use it (mode {mode:04o})" if mode & 0o077 else "")


def _database(installation: Installation) -> list[Finding]:
    with installation.reading() as connection:
        journal = str(connection.execute(text("PRAGMA journal_mode")).scalar_one())
        synchronous = int(connection.execute(text("PRAGMA synchronous")).scalar_one())
    full = 2
    return [
        Finding(
            DATABASE, "it keeps a write-ahead log, so that readers and a writer do not wait for each other",
            journal == "wal", "" if journal == "wal" else f"its journal is {journal}",
        ),
        Finding(
            DATABASE, "what it says is written is on the disk", synchronous >= full,
            "" if synchronous >= full else "it does not wait for the disk",
        ),
    ]  # fmt: skip
