"""Keeping organisations and datasets: every function works inside the caller's transaction and never commits."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from commonweal.catalogue import tables
from commonweal.catalogue.contract import Contract
from commonweal.catalogue.dataset import Dataset, Snapshot, Source
from commonweal.catalogue.document import canonical_json, content_hash, contract_from_document
from commonweal.catalogue.names import check_name, split_reference, suggestion
from commonweal.catalogue.organisation import Organisation
from commonweal.errors import Conflict, NotFound

FOLDER = "commonweal_folder"
"""The execution option of a connection that names the installation's folder (a `Path`).

Paths below it are kept relative to it, so that a folder may be moved, or put back from a backup elsewhere; in memory
they are absolute. Without the option paths are kept as they are.
"""


def add_organisation(connection: sa.Connection, added: Organisation) -> None:
    """Keep a new organisation; Conflict if the name is taken."""
    known = sa.select(tables.organisations.c.name).where(tables.organisations.c.name == added.name)
    if connection.execute(known).first():
        raise Conflict(
            f"There is an organisation named {added.name} already.",
            why="A name belongs to one organisation for ever.",
            remedy="Choose another name, or use the one that exists.",
        )
    connection.execute(sa.insert(tables.organisations).values(name=added.name, title=added.title))


def organisation(connection: sa.Connection, name: str) -> Organisation:
    """Return the organisation; NotFound with the nearest known name."""
    found = {known.name: known for known in organisations(connection)}
    if name not in found:
        remedy = suggestion(name, found, "Add it first: commonweal organisation add NAME --title TITLE.")
        raise NotFound("There is no organisation of that name.", remedy=remedy)
    return found[name]


def organisations(connection: sa.Connection) -> tuple[Organisation, ...]:
    """Return all organisations by name."""
    rows = connection.execute(sa.select(tables.organisations).order_by(tables.organisations.c.name))
    return tuple(Organisation(name=row.name, title=row.title) for row in rows)


def add_dataset(connection: sa.Connection, added: Dataset) -> None:
    """Keep a new dataset with its contract and snapshot; NotFound without its organisation, Conflict if the name is taken."""
    check_name(added.name, "dataset")
    organisation(connection, added.organisation)
    if _row(connection, added.organisation, added.name):
        raise Conflict(
            f"There is a dataset named {added.reference} already.",
            why="What agreements and answers refer to does not change under them.",
            remedy=f"Choose another name, or mend it: commonweal dataset contract {added.reference} --set FILE.",
        )
    _keep_parts(connection, added)
    connection.execute(sa.insert(tables.datasets).values(**_dataset_values(added)))


def replace_dataset(connection: sa.Connection, mended: Dataset) -> None:
    """Give an existing dataset a new contract, snapshot and source; earlier ones stay kept. NotFound if there is none."""
    dataset(connection, mended.reference)
    _keep_parts(connection, mended)
    values = _dataset_values(mended)
    connection.execute(sa.update(tables.datasets).where(*_is(mended.organisation, mended.name)).values(**values))


def dataset(connection: sa.Connection, reference: str) -> Dataset:
    """Return the dataset ``organisation/name``; NotFound with the nearest known reference."""
    row = _row(connection, *split_reference(reference))
    if row is None:
        table = tables.datasets
        known = [
            f"{r.organisation}/{r.name}" for r in connection.execute(sa.select(table.c.organisation, table.c.name))
        ]
        remedy = suggestion(reference, known, "See what there is: commonweal dataset list.")
        raise NotFound("There is no dataset of that name.", remedy=remedy)
    return _dataset(connection, row)


def datasets(connection: sa.Connection) -> tuple[Dataset, ...]:
    """Return all datasets by organisation and name."""
    rows = connection.execute(_ALL_DATASETS)
    return tuple(_dataset(connection, row._mapping) for row in rows)


@dataclass(frozen=True)
class Key:
    """Which contract and snapshot a dataset has now, without reading either."""

    organisation: str
    name: str
    contract_hash: str
    snapshot_id: str

    @property
    def reference(self) -> str:
        """Return the dataset's full name."""
        return f"{self.organisation}/{self.name}"


def keys(connection: sa.Connection) -> tuple[Key, ...]:
    """Return the keys of all datasets, by organisation and name: quick, to see what has changed."""
    held = tables.datasets.c
    query = sa.select(held.organisation, held.name, held.contract_hash, held.snapshot_id)
    return tuple(Key(*row) for row in connection.execute(query.order_by(held.organisation, held.name)))


_AT_ONCE = 200


def datasets_named(connection: sa.Connection, references: Sequence[str]) -> tuple[Dataset, ...]:
    """Return the datasets of these references, in their order; those that there are not are left out."""
    held, found = tables.datasets.c, {}
    pairs = [tuple(reference.partition("/")[::2]) for reference in references]
    for start in range(0, len(pairs), _AT_ONCE):
        chosen = sa.tuple_(held.organisation, held.name).in_(pairs[start : start + _AT_ONCE])
        for row in connection.execute(_query().where(chosen)):
            one = _dataset(connection, row._mapping)
            found[one.reference] = one
    return tuple(found[reference] for reference in references if reference in found)


def _keep_parts(connection: sa.Connection, kept: Dataset) -> None:
    """Keep contract and snapshot once each: they are named by their content."""
    digest = content_hash(kept.contract)
    contract = tables.contracts
    if not connection.execute(sa.select(contract.c.hash).where(contract.c.hash == digest)).first():
        connection.execute(sa.insert(contract).values(hash=digest, document=canonical_json(kept.contract).decode()))
    snapshot = tables.snapshots
    same = (
        snapshot.c.organisation == kept.organisation,
        snapshot.c.dataset == kept.name,
        snapshot.c.id == kept.snapshot.id,
        snapshot.c.contract_hash == digest,
    )
    connection.execute(sa.delete(snapshot).where(*same))
    connection.execute(
        sa.insert(snapshot).values(
            organisation=kept.organisation,
            dataset=kept.name,
            id=kept.snapshot.id,
            contract_hash=digest,
            path=_stored_path(connection, kept.snapshot.path),
            rows=kept.snapshot.rows,
            as_of=kept.snapshot.as_of.isoformat(),
            rejected_rows=kept.snapshot.rejected_rows,
            known_values=json.dumps(kept.snapshot.known_values, sort_keys=True),
        )
    )


def _dataset_values(kept: Dataset) -> dict[str, Any]:
    source = kept.source
    described = {} if source is None else {"path": str(source.path), "sha256": source.sha256, "sheet": source.sheet}
    if source is not None:
        described["by_reference"] = "yes" if source.by_reference else ""
    return {
        "organisation": kept.organisation,
        "name": kept.name,
        "contract_hash": content_hash(kept.contract),
        "snapshot_id": kept.snapshot.id,
        "source": json.dumps(described, sort_keys=True),
    }


def _query() -> sa.Select[Any]:
    held, contract, snapshot = tables.datasets, tables.contracts, tables.snapshots
    joined = held.join(contract, contract.c.hash == held.c.contract_hash).join(
        snapshot,
        (snapshot.c.organisation == held.c.organisation)
        & (snapshot.c.dataset == held.c.name)
        & (snapshot.c.id == held.c.snapshot_id)
        & (snapshot.c.contract_hash == held.c.contract_hash),
    )
    return sa.select(
        held.c.organisation,
        held.c.name,
        held.c.source,
        contract.c.document,
        snapshot.c.id,
        snapshot.c.path,
        snapshot.c.rows,
        snapshot.c.as_of,
        snapshot.c.rejected_rows,
        snapshot.c.known_values,
    ).select_from(joined)


_ALL_DATASETS = _query().order_by(tables.datasets.c.organisation, tables.datasets.c.name)


def _is(organisation_name: str, name: str) -> tuple[sa.ColumnElement[bool], ...]:
    return tables.datasets.c.organisation == organisation_name, tables.datasets.c.name == name


def _row(connection: sa.Connection, organisation_name: str, name: str) -> Mapping[Any, Any] | None:
    row = connection.execute(_query().where(*_is(organisation_name, name))).first()
    return row._mapping if row else None


def _stored_path(connection: sa.Connection, path: Path) -> str:
    """Return a path as it is kept: seen from the installation's folder if it lies in there."""
    folder: Path | None = connection.get_execution_options().get(FOLDER)
    if folder is not None and path.is_relative_to(folder):
        return path.relative_to(folder).as_posix()
    return str(path)


def _path(connection: sa.Connection, stored: str) -> Path:
    """Return a kept path as it is today; an absolute one stays what it is."""
    folder: Path | None = connection.get_execution_options().get(FOLDER)
    return Path(stored) if folder is None else folder / stored


@lru_cache(maxsize=512)
def _contract(document: str) -> Contract:
    """Return the contract of a canonical text; kept by the text itself, so it can never be stale."""
    return contract_from_document(json.loads(document))


@lru_cache(maxsize=512)
def _known_values(text: str) -> Mapping[str, tuple[str, ...]]:
    """Return the known values of a snapshot, kept by their text."""
    return {column: tuple(values) for column, values in json.loads(text).items()}


def _dataset(connection: sa.Connection, row: Mapping[Any, Any]) -> Dataset:
    contract = _contract(row["document"])
    snapshot = Snapshot(
        id=row["id"],
        path=_path(connection, row["path"]),
        rows=row["rows"],
        as_of=date.fromisoformat(row["as_of"]),
        rejected_rows=row["rejected_rows"],
        known_values=dict(_known_values(row["known_values"])),
    )
    said = json.loads(row["source"])
    source = (
        Source(Path(said["path"]), said["sha256"], by_reference=bool(said["by_reference"]), sheet=said["sheet"])
        if said
        else None
    )
    return Dataset(row["organisation"], row["name"], contract, snapshot, source)
