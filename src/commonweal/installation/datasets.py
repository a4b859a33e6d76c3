"""What stewards do to datasets from a page or a program: files that are sent are read, and nothing of them is left.

The acts themselves are those of the terminal (`reading`); here a file comes as a stream, a contract as text.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

from commonweal.catalogue import store
from commonweal.catalogue.mending import Written, mended
from commonweal.catalogue.names import split_reference
from commonweal.catalogue.odcs import read_contract, write_contract
from commonweal.held import HeldFolder
from commonweal.installation import reading
from commonweal.installation.reading import Reading

if TYPE_CHECKING:
    from commonweal.catalogue.contract import Contract
    from commonweal.catalogue.dataset import Dataset
    from commonweal.catalogue.ingest import Ingested
    from commonweal.installation.installation import Installation

_LONGEST_NAME = 80
_PREFIX = ".upload-"


@dataclass(frozen=True)
class SentFile:
    """A file as it was sent: the name its sender gave it, which is not to be believed, and its content."""

    name: str
    content: IO[bytes]


def add_sent(
    installation: Installation,
    reference: str,
    file: SentFile,
    *,
    contract: str = "",
    how: Reading | None = None,
    by: str | None = None,
) -> tuple[Dataset, Ingested]:
    """Add a dataset from a file that was sent, with a contract as text or a drafted one. Errors as `reading.add_from`."""
    _, name = split_reference(reference)
    wanted = read_contract(contract, source="contract", table=name) if contract.strip() else None
    with _received(installation, file) as path:
        passing = replace(how or Reading(), passing=True)
        return reading.add_from(installation, reference, path, contract=wanted, how=passing, by=by)


def replace_sent(
    installation: Installation,
    reference: str,
    file: SentFile,
    *,
    how: Reading | None = None,
    urgent: str = "",
    by: str | None = None,
) -> tuple[Dataset, Ingested]:
    """Give a dataset a new snapshot from a file that was sent. Errors as `reading.replace_from`."""
    with _received(installation, file) as path:
        passing = replace(how or Reading(), passing=True)
        return reading.replace_from(installation, reference, path, how=passing, urgent=urgent, by=by)


def mend_text(
    installation: Installation, reference: str, text: str, *, urgent: str = "", by: str | None = None
) -> tuple[Dataset, Ingested]:
    """Give a dataset the contract that a text writes down. Errors as `read_contract` and `reading.mend`."""
    wanted = read_contract(text, source="contract", table=split_reference(reference)[1])
    return reading.mend(installation, reference, wanted, urgent=urgent, by=by)


def mend_columns(
    installation: Installation,
    reference: str,
    head: Mapping[str, str],
    columns: Mapping[str, Written],
    *,
    urgent: str = "",
    by: str | None = None,
) -> tuple[Dataset, Ingested]:
    """Give a dataset its contract mended column by column. Errors as `mended` and `reading.mend`."""
    with installation.reading() as connection:
        present = store.dataset(connection, reference).contract
    return reading.mend(installation, reference, _checked(mended(present, head, columns)), urgent=urgent, by=by)


def _checked(contract: Contract) -> Contract:
    """Return a contract as it reads once it is written: what a form put together is held to what documents are held to."""
    return read_contract(write_contract(contract), source="contract", table=contract.name)


@contextmanager
def _received(installation: Installation, file: SentFile) -> Iterator[Path]:
    """Give a sent file a place of its own in the installation's folder (0600), and take it away again."""
    folder = HeldFolder(installation.layout.uploads, _PREFIX)
    try:
        path = folder.path / safe_name(file.name)
        path.touch(mode=0o600, exist_ok=False)
        with path.open("wb") as place:
            shutil.copyfileobj(file.content, place, 1 << 20)
        yield path
    finally:
        folder.remove()


def safe_name(name: str) -> str:
    """Return a name for a file that was sent under `name`: its last part, of letters, digits, ``-``, ``_`` and ``.``."""
    last = re.split(r"[/\\]", name)[-1]
    tidy = re.sub(r"[^A-Za-z0-9._-]+", "_", last).lstrip("._-")
    return tidy[-_LONGEST_NAME:].lstrip("._-") or "file"
