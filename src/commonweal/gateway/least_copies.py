"""Least copies: a treated table is kept only while a question may be asked of it, and its deletion is recorded.

The tables of an agreement go when it is suspended, withdrawn from or ended, when its term is over or a review has
lapsed, when a newer version has taken its place, and when the data they were made from has been replaced. Should the
agreement come into force again, its next question makes them anew. Count tables of the metered profiles are shared by
all agreements, and go when none that is in force reads all that they were counted from. (UK GDPR Art 5(1)(c) and (e).)
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from commonweal.agreement.store import agreements, current, current_standing
from commonweal.catalogue.store import dataset as stored_dataset
from commonweal.catalogue.store import datasets as stored_datasets
from commonweal.errors import CommonwealError, NotFound
from commonweal.gateway.treated_place import COUNTED, agreement_folders, dataset_of, name_of, state_of, states_in
from commonweal.held import clear_folders

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from commonweal.ledger.ledger import Ledger

SECONDS = 60.0
"""How often a gateway that is in use looks for tables that are not needed any more, for terms end without an act."""


@dataclass(frozen=True)
class Unneeded:
    """Treated tables of one agreement (``id@version``) that are not needed: all of them or some files, and why."""

    agreement: str
    folder: Path
    files: tuple[Path, ...]
    whole: bool
    because: str


class LeastCopies:
    """Deletes the treated tables under `root` that are not needed. Safe to share between threads and processes."""

    def __init__(
        self,
        root: Path,
        reading: Callable[[], AbstractContextManager[Connection]],
        transaction: Callable[[], AbstractContextManager[Connection]],
        ledger: Ledger,
        public_keys: Callable[[], Mapping[str, bytes]],
    ) -> None:
        """Take the folder of treated tables, the database, the ledger, and the keys that signatures are checked by."""
        self._root = root
        self._reading = reading
        self._transaction = transaction
        self._ledger = ledger
        self._public_keys = public_keys
        self._lock = threading.Lock()
        self._next = 0.0

    def now_and_then(self) -> None:
        """Delete what is not needed, unless that was done within the last minute; what fails is tried again then.

        Costs one look at a clock, or one short reading of the database a minute.
        """
        if time.monotonic() < self._next or not self._lock.acquire(blocking=False):
            return
        try:
            self._next = time.monotonic() + SECONDS
            self.delete()
        except (CommonwealError, OSError):
            return  # whether a question may be answered does not hang on what another agreement leaves behind
        finally:
            self._lock.release()

    def at_once(self) -> None:
        """Do so now: something shows that an agreement has just stopped."""
        self._next = 0.0
        self.now_and_then()

    def delete(self) -> tuple[Unneeded, ...]:
        """Delete what is not needed and record it; return what could not be deleted, which the next call tries again.

        The entry is written when the files are gone. `Unavailable` when the database cannot be used.
        """
        folders = agreement_folders(self._root)
        for folder in folders:
            clear_folders(folder, "engine-")  # half a table, left by a process that was killed
        counted = self._root / COUNTED
        clear_folders(counted, "counting-")
        if not folders and not any(counted.glob("*.parquet")):
            return ()
        with self._reading() as connection:
            if not self._unneeded(connection) and not self._uncounted(connection):
                return ()
        left = []
        with self._transaction() as connection:  # begun for writing: of two processes, one deletes and records
            for found in self._unneeded(connection):
                if not _delete(found):
                    left.append(found)
                elif found.files:
                    self._ledger.append(connection, "treated.deleted", _recorded(found))
            counts = self._uncounted(connection)
            for file in counts:
                file.unlink(missing_ok=True)
            if counts:
                self._ledger.append(connection, "counted.deleted", {"tables": len(counts), "because": "not-needed"})
        return tuple(left)

    def _uncounted(self, connection: Connection) -> tuple[Path, ...]:
        """Return the count tables that no agreement in force can ask of: all are shared, so one is enough."""
        files = tuple(sorted((self._root / COUNTED).glob("*.parquet")))
        if not files:
            return ()
        states = {dataset.reference: state_of(dataset) for dataset in stored_datasets(connection)}
        now, keys = self._ledger.now(connection), self._public_keys()
        asked = []
        for identifier in {agreement.id for agreement in agreements(connection)}:
            found = current(connection, identifier, now, public_keys=keys)
            if found.standing.in_force:
                asked.append({states[terms.dataset] for terms in found.agreement.data if terms.dataset in states})
        return tuple(file for file in files if not any(states_in(file.name) <= each for each in asked))

    def _unneeded(self, connection: Connection) -> tuple[Unneeded, ...]:
        found = (self._unneeded_in(connection, folder) for folder in agreement_folders(self._root))
        return tuple(each for each in found if each is not None)

    def _unneeded_in(self, connection: Connection, folder: Path) -> Unneeded | None:
        now, keys = self._ledger.now(connection), self._public_keys()
        identifier, _, version = folder.name.rpartition("@")
        files = tuple(sorted(folder.glob("*.parquet")))
        try:
            counting = current(connection, identifier, now, public_keys=keys)
            if counting.agreement.reference != folder.name or not counting.standing.in_force:
                state = current_standing(connection, identifier, now, version=int(version), public_keys=keys).state
                return Unneeded(folder.name, folder, files, True, state.value)
        except NotFound:
            return Unneeded(folder.name, folder, files, True, "unknown")
        wanted = tuple(_names(connection, [terms.dataset for terms in counting.agreement.data]))
        old = tuple(file for file in files if not file.name.startswith(wanted))
        return Unneeded(folder.name, folder, old, False, "data-replaced") if old else None


def _names(connection: Connection, references: list[str]) -> list[str]:
    """Return how the names of the tables begin that the datasets, as they are now, are treated into."""
    names = []
    for reference in references:
        try:
            names.append(name_of(stored_dataset(connection, reference)))
        except NotFound:
            continue
    return names


def _delete(unneeded: Unneeded) -> bool:
    """Delete the files, or the folder with all that is in it; return whether they are gone."""
    if unneeded.whole:
        shutil.rmtree(unneeded.folder, ignore_errors=True)
        return not unneeded.folder.exists()
    for file in unneeded.files:
        try:
            file.unlink(missing_ok=True)
        except OSError:
            return False
    return True


def _recorded(unneeded: Unneeded) -> dict[str, str | int | list[str]]:
    return {
        "agreement": unneeded.agreement,
        "datasets": sorted({dataset_of(file.name) for file in unneeded.files}),
        "tables": len(unneeded.files),
        "because": unneeded.because,
    }
