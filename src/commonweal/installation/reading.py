"""Reading files into the datasets of an installation: the file, the snapshot, the contract and the record, in that order.

A dataset exists only once its snapshot is whole and its ledger entry is written; whatever fails before leaves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from commonweal.catalogue import store
from commonweal.catalogue.contract import Contract
from commonweal.catalogue.dataset import Dataset, Source
from commonweal.catalogue.ingest import Ingested, ReadingLimits, read_source, source_hash
from commonweal.catalogue.names import split_reference
from commonweal.catalogue.snapshot_files import delete_all_but
from commonweal.errors import BadInput, CommonwealError, Conflict
from commonweal.held import held_alone
from commonweal.installation.acts import add_dataset, replace_dataset
from commonweal.installation.installation import Installation

Progress = Callable[[str, float], None]
"""Takes what is being done and which share of it is done."""


@dataclass(frozen=True)
class Reading:
    """How a source is to be read: by reference or once, the sheet of a workbook, the day it speaks for, the limits.

    `passing` means that the file is here for this reading only (it was sent from a browser), so its place is not kept.
    """

    by_reference: bool = False
    sheet: str = ""
    as_of: date | None = None
    limits: ReadingLimits | None = None
    passing: bool = False


def add_from(
    installation: Installation,
    reference: str,
    path: Path,
    *,
    contract: Contract | None,
    how: Reading,
    progress: Progress | None = None,
    by: str | None = None,
) -> tuple[Dataset, Ingested]:
    """Read a source and add it as the dataset `reference`, with a drafted contract if none is given.

    Whether the name may be used is asked before the long work begins. Errors as `read_source`; NotFound for the
    organisation; Conflict when the name is taken.
    """
    organisation, name = split_reference(reference)
    _must_be_new(installation, reference, organisation)
    with _alone(installation, reference):
        ingested = read_source(
            path,
            contract=contract,
            into=installation.layout.data / organisation / name,
            limits=how.limits,
            progress=progress,
            draft_name=name,
            draft_id=f"{organisation}-{name}",
            sheet=how.sheet,
            as_of=how.as_of,
            by_reference=how.by_reference,
        )
        source = None if how.passing else ingested.source
        added = Dataset(organisation, name, ingested.contract, ingested.snapshot, source)
        return _kept(installation, added, ingested, by=by)


def _must_be_new(installation: Installation, reference: str, organisation: str) -> None:
    with installation.reading() as connection:
        store.organisation(connection, organisation)
        if any(each.reference == reference for each in store.datasets(connection)):
            raise Conflict(
                f"There is a dataset named {reference} already.",
                why="What agreements and answers refer to does not change under them.",
                remedy=f"Choose another name, or: commonweal dataset contract {reference} --set FILE, "
                f"commonweal dataset refresh {reference}.",
            )


def mend(
    installation: Installation,
    reference: str,
    contract: Contract,
    *,
    limits: ReadingLimits | None = None,
    progress: Progress | None = None,
    urgent: str = "",
    by: str | None = None,
) -> tuple[Dataset, Ingested]:
    """Give a dataset a mended contract: its source is read again by it, and replaces the snapshot.

    Where the source of a dataset added once is gone or has changed since, the snapshot itself is read again: then only
    what is in it (not the columns and rows left out before) can be had.
    """
    with _alone_with(installation, reference) as dataset:
        source = dataset.source
        again = source is not None and (source.by_reference or _is_as_it_was(source))
        return _read_again(
            installation, dataset, contract, from_source=again, limits=limits, progress=progress, urgent=urgent, by=by
        )


def replace_from(
    installation: Installation,
    reference: str,
    path: Path,
    *,
    how: Reading,
    contract: Contract | None = None,
    progress: Progress | None = None,
    urgent: str = "",
    by: str | None = None,
) -> tuple[Dataset, Ingested]:
    """Give a dataset a new snapshot, read from another file by the contract it has, or by a new one.

    Errors as `read_source` and `replace_dataset`: `Conflict` too soon after the last one, without an `urgent` reason.
    """
    with _alone_with(installation, reference) as dataset:
        ingested = read_source(
            path,
            contract=contract or dataset.contract,
            into=installation.layout.data / dataset.organisation / dataset.name,
            limits=how.limits,
            progress=progress,
            sheet=how.sheet,
            as_of=how.as_of,
            by_reference=how.by_reference,
        )
        source = None if how.passing else ingested.source
        new = replace(dataset, contract=ingested.contract, snapshot=ingested.snapshot, source=source)
        return _kept(installation, new, ingested, replacing=True, urgent=urgent, by=by)


def refresh(
    installation: Installation,
    reference: str,
    *,
    limits: ReadingLimits | None = None,
    progress: Progress | None = None,
    urgent: str = "",
) -> tuple[Dataset, Ingested] | None:
    """Read the source of a dataset added by reference again if it has changed; return None if it has not.

    Conflict for a dataset that was added once: its snapshot is what it is.
    """
    with _alone_with(installation, reference) as dataset:
        if dataset.source is None or not dataset.source.by_reference:
            raise Conflict(
                "This dataset was added once, not by reference.",
                why="Its snapshot stays as it is, whatever becomes of the file.",
                remedy=f"Give it a new snapshot: commonweal dataset replace {reference} FILE.",
            )
        if source_hash(dataset.source.path) == dataset.source.sha256:
            return None
        return _read_again(
            installation, dataset, dataset.contract, from_source=True, limits=limits, progress=progress, urgent=urgent
        )


def source_state(dataset: Dataset) -> str:
    """Return "as it was", "changed" or "gone" for the file a dataset was read from, "unknown" if none is recorded."""
    if dataset.source is None:
        return "unknown"
    try:
        return "as it was" if source_hash(dataset.source.path) == dataset.source.sha256 else "changed"
    except (CommonwealError, OSError):
        return "gone"


def read_contract_file(path: Path, table: str) -> Contract:
    """Return the contract in a file, its table named `table` if there are several; BadInput if it cannot be read."""
    from commonweal.catalogue.odcs import read_contract  # lazy: commands that read no contract need no YAML

    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        why = f"{error.strerror}." if isinstance(error, OSError) and error.strerror else "It is not UTF-8 text."
        raise BadInput("The contract cannot be read.", why=why, remedy="Check the path after --contract.") from None
    return read_contract(text, source=path.name, table=table)


def _read_again(
    installation: Installation,
    dataset: Dataset,
    contract: Contract,
    *,
    from_source: bool,
    limits: ReadingLimits | None,
    progress: Progress | None,
    urgent: str,
    by: str | None = None,
) -> tuple[Dataset, Ingested]:
    source = dataset.source
    path = source.path if source is not None and from_source else dataset.snapshot.path
    same_day = source is None or not (from_source and source.by_reference)
    ingested = read_source(
        path,
        contract=contract,
        into=installation.layout.data / dataset.organisation / dataset.name,
        limits=limits,
        progress=progress,
        sheet=source.sheet if source is not None and from_source else "",
        as_of=dataset.snapshot.as_of if same_day else None,
        by_reference=source is not None and source.by_reference,
    )
    if not from_source:
        note = "The file it came from has changed or is gone: the snapshot was read again instead."
        ingested = replace(ingested, notes=(note, *ingested.notes))
    kept_source = ingested.source if from_source else source
    mended = replace(dataset, contract=ingested.contract, snapshot=ingested.snapshot, source=kept_source)
    return _kept(installation, mended, ingested, replacing=True, urgent=urgent, by=by)


@contextmanager
def _alone_with(installation: Installation, reference: str) -> Iterator[Dataset]:
    """Give the dataset as it is while nobody else reads it anew; NotFound if there is none of that name."""
    with installation.reading() as connection:
        store.dataset(connection, reference)
    with _alone(installation, reference):
        with installation.reading() as connection:
            dataset = store.dataset(connection, reference)
        yield dataset


@contextmanager
def _alone(installation: Installation, reference: str) -> Iterator[None]:
    """Wait until no other process reads into the dataset's folder, and clear what a killed one left there."""
    organisation, name = split_reference(reference)
    with held_alone(installation.layout.data / organisation / name) as folder:
        with installation.reading() as connection:
            known = {each.reference: each.snapshot.id for each in store.datasets(connection)}
        delete_all_but(folder, known.get(reference, ""))
        yield


def _kept(
    installation: Installation,
    dataset: Dataset,
    ingested: Ingested,
    *,
    replacing: bool = False,
    urgent: str = "",
    by: str | None = None,
) -> tuple[Dataset, Ingested]:
    """Keep the dataset with its entry in the ledger, or remove what the reading wrote."""
    try:
        if replacing:
            replace_dataset(installation, dataset, urgent=urgent, by=by)
        else:
            add_dataset(installation, dataset, by=by)
    except BaseException:
        ingested.discard()
        raise
    return dataset, ingested


def _is_as_it_was(source: Source) -> bool:
    try:
        return source_hash(source.path) == source.sha256
    except (CommonwealError, OSError):
        return False
