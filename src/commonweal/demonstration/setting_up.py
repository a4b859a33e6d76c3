"""Step 1: the installation, five organisations and their datasets. What is there already is taken up as it is."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

from commonweal.catalogue.contract import Contract
from commonweal.catalogue.dataset import Dataset
from commonweal.catalogue.ingest import Ingested, read_source
from commonweal.catalogue.odcs import read_contract
from commonweal.catalogue.store import dataset as stored_dataset
from commonweal.catalogue.store import datasets, organisations
from commonweal.demonstration.documents import DATASETS, ORGANISATIONS, REGISTER, contract_text, copy_documents
from commonweal.demonstration.facts import AddedDataset, Joined
from commonweal.demonstration.folder import DemoFolder, write_files
from commonweal.demonstration.mending import to_mend
from commonweal.demonstration.stage import PEOPLE, STAFF, Stage
from commonweal.identity.person import Role
from commonweal.identity.store import people
from commonweal.installation import Installation, create, open_installation
from commonweal.installation.acts import add_dataset, add_organisation, add_person

NAME = "fenwick.example"
"""The installation's name, which is the origin of its ledger."""


def open_stage(folder: DemoFolder) -> Installation:
    """Open the demonstration's installation, made first if it is not there; an interrupted making leaves none."""
    if (folder.installation / "commonweal.toml").is_file():
        return open_installation(folder.installation)
    return create(folder.installation, NAME)


def join(stage: Stage) -> Joined:
    """Make the files, and add organisations, people and datasets; return what was mended and what was set aside."""
    began = time.perf_counter()
    copy_documents(stage.folder.documents)
    files = write_files(stage.folder)
    made = time.perf_counter()
    _add_organisations(stage)
    added = tuple(_added(stage, reference, files[reference]) for reference in DATASETS)
    return Joined(
        organisations=dict(ORGANISATIONS),
        datasets=added,
        people=next(each.rows for each in added if each.dataset == REGISTER),
        made_seconds=made - began,
        added_seconds=time.perf_counter() - made,
    )


def _add_organisations(stage: Stage) -> None:
    """Add the organisations and people that are not there."""
    with stage.installation.reading() as connection:
        there = {organisation.name for organisation in organisations(connection)}
        known = {person.email for person in people(connection)}
    for name, title in ORGANISATIONS.items():
        if name not in there:
            add_organisation(stage.installation, name, title)
    for email, organisation in PEOPLE.items():
        if email not in known:
            add_person(stage.installation, email, organisation, [Role.ANALYST])
    for person in STAFF:
        if person.email not in known:
            add_person(stage.installation, person.email, person.organisation, person.roles, person.name)


def _added(stage: Stage, reference: str, file: dict[str, Any]) -> AddedDataset:
    """Return what is known of one dataset, which is added now if it is not there."""
    contract = read_contract(contract_text(reference), source=f"{reference.partition('/')[2]}.odcs.yaml")
    with stage.installation.reading() as connection:
        there = any(dataset.reference == reference for dataset in datasets(connection))
    if not there:
        _add(stage, reference, file, contract)
    with stage.installation.reading() as connection:
        dataset = stored_dataset(connection, reference)
    path = stage.folder.files / file["file"]
    return AddedDataset(
        dataset=reference,
        file=file["file"],
        as_of=dataset.snapshot.as_of.isoformat(),
        rows_in_file=file["rows"],
        rows=dataset.snapshot.rows,
        set_aside=dataset.snapshot.rejected_rows,
        mended=to_mend(path, contract, encoding=file["encoding"], delimiter=file["delimiter"]),
        identifiers=tuple(dict.fromkeys(column.standard for column in dataset.contract.columns if column.standard)),
    )


def _add(stage: Stage, reference: str, file: dict[str, Any], contract: Contract) -> None:
    """Read one file into a snapshot and add it as a dataset, with its entry in the ledger."""
    organisation, _, name = reference.partition("/")
    ingested: Ingested = read_source(
        stage.folder.files / file["file"],
        contract=contract,
        into=stage.installation.layout.data / organisation / name,
        as_of=date.fromisoformat(file["as_of"]),
    )
    try:
        added = Dataset(organisation, name, ingested.contract, ingested.snapshot, ingested.source)
        add_dataset(stage.installation, added)
    except BaseException:
        ingested.discard()
        raise
