"""The folder of one installation: what lies where, and how it is found again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from commonweal.errors import BadInput, NotFound

SETTINGS = "commonweal.toml"
"""The file that makes a folder an installation: it is put in place last."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


@dataclass(frozen=True)
class Layout:
    """Where each thing lies. Folders are for their owner only (0700), keys and the database files too (0600)."""

    folder: Path

    @property
    def settings(self) -> Path:
        """Return the settings file, written by people."""
        return self.folder / SETTINGS

    @property
    def database(self) -> Path:
        """Return the metadata database, unless the settings say otherwise."""
        return self.folder / "metadata.sqlite3"

    @property
    def keys(self) -> Path:
        """Return the folder of the private keys."""
        return self.folder / "keys"

    @property
    def data(self) -> Path:
        """Return the data store: the snapshots of datasets."""
        return self.folder / "data"

    @property
    def treated(self) -> Path:
        """Return the folder of treated copies, made for an agreement and free to be deleted."""
        return self.folder / "treated"

    @property
    def outputs(self) -> Path:
        """Return the folder of outputs that wait for checkers or to be fetched; each is encrypted."""
        return self.folder / "outputs"

    @property
    def uploads(self) -> Path:
        """Return the folder of files that are being sent; each is gone once it has been read."""
        return self.folder / "uploads"

    @property
    def checkpoints(self) -> Path:
        """Return the folder of published checkpoints of the ledger; they may be read by anyone."""
        return self.folder / "checkpoints"

    @property
    def published(self) -> Path:
        """Return the folder of answers that are published as files (Parquet); made with the first."""
        return self.folder / "published"

    @property
    def logs(self) -> Path:
        """Return the folder of logs, for the owner only."""
        return self.folder / "logs"

    @property
    def folders(self) -> tuple[Path, ...]:
        """Return all sub-folders."""
        return (self.keys, self.data, self.treated, self.outputs, self.checkpoints, self.logs)


def installation_name(text: str) -> str:
    """Return `text` if it can name an installation, which also names its ledger; `BadInput` otherwise."""
    if not _NAME.fullmatch(text):
        raise BadInput(
            "This is not a name for an installation.",
            why="The name becomes the origin of the ledger's checkpoints.",
            remedy="Use small letters, digits, '.', '_' and '-', at most 63: --name data.northbank.example",
        )
    return text


def name_from(folder: Path) -> str:
    """Return a name made from the folder's own; ``commonweal`` when nothing of it can be used."""
    made = re.sub(r"[^a-z0-9._-]+", "-", folder.name.lower()).strip("._-")[:63]
    return made or "commonweal"


def find(start: Path) -> Path:
    """Return the installation folder that `start` is or lies in; `NotFound` if there is none up to the root."""
    start = start.absolute()
    for folder in (start, *start.parents):
        if (folder / SETTINGS).is_file():
            return folder
    raise NotFound(
        "There is no commonweal installation here.",
        why=f"Neither this folder nor one above it has a {SETTINGS}.",
        remedy="Make one with: commonweal init DIR - or name one: commonweal --installation DIR ...",
    )
