"""Datasets: a contract, whose it is, and the snapshot that questions are pinned to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from commonweal.catalogue.contract import Contract


@dataclass(frozen=True)
class Snapshot:
    """One fixed state of a dataset's data: a Parquet file whose columns are exactly the contract's, cleaned and typed.

    `id` is the SHA-256 of the content (hex); `as_of` the day the data speaks for; `known_values` holds, for columns with
    few values, those carried by at least fifty distinct entities of every kind: values so common that seeing them named
    tells nothing about anyone.
    """

    id: str
    path: Path
    rows: int
    as_of: date
    rejected_rows: int = 0
    known_values: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """Where a snapshot was read from: the file or folder, the SHA-256 of its bytes (hex), and how it was added.

    `by_reference` means that the source stays the truth: the snapshot is rebuilt when the source's hash changes.
    `sheet` is the sheet of a workbook, empty when there was only one.
    """

    path: Path
    sha256: str
    by_reference: bool = False
    sheet: str = ""


@dataclass(frozen=True)
class Dataset:
    """A dataset that exists in this installation, named ``organisation/name``."""

    organisation: str
    name: str
    contract: Contract
    snapshot: Snapshot
    source: Source | None = None

    @property
    def reference(self) -> str:
        """Return the dataset's full name, for example ``northbank/housing``."""
        return f"{self.organisation}/{self.name}"
