"""Whole installations for tests that need one: organisations, people, datasets, agreements, by the public interface.

Only what a steward and an officer can do is done here, so that a test of a question starts where a real one starts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from commonweal.installation import Installation

ORGANISATIONS = {"northbank": "Northbank Council", "riverside": "Riverside NHS Trust"}
PEOPLE = {"analyst@northbank.example": "northbank", "somebody@riverside.example": "riverside"}


@dataclass(frozen=True)
class Source:
    """A dataset to be: its full name, the text of its file, and the text of its contract."""

    dataset: str
    csv: str
    contract: str


def found(folder: Path, sources: Iterable[Source]) -> Installation:
    """Make an installation in `folder` with the two organisations, their people, and the datasets."""
    from commonweal.catalogue.dataset import Dataset
    from commonweal.catalogue.ingest import read_source
    from commonweal.catalogue.odcs import read_contract
    from commonweal.identity.person import Role
    from commonweal.installation import acts, create

    installation = create(folder / "installation")
    for name, title in ORGANISATIONS.items():
        acts.add_organisation(installation, name, title)
    for email, organisation in PEOPLE.items():
        acts.add_person(installation, email, organisation, [Role.ANALYST])
    for source in sources:
        organisation, name = source.dataset.split("/")
        contract = read_contract(source.contract, source=f"{name}.odcs.yaml")
        file = folder / f"{organisation}-{name}.csv"
        file.write_text(source.csv, encoding="utf-8")
        read = read_source(file, contract=contract, into=installation.layout.data)
        assert not read.rejected.count, f"{source.dataset}: rows were set aside: {read.rejected.reasons}"
        acts.add_dataset(installation, Dataset(organisation, name, read.contract, read.snapshot))
    return installation


def agree(
    installation: Installation, document: Mapping[str, Any], *, signed_by: Iterable[str], signed_on: str = ""
) -> str:
    """Add an agreement and have it signed, on a day of the past if need be; return its identifier."""
    from commonweal.agreement import store
    from commonweal.agreement.reading import read_agreement
    from commonweal.agreement.signature import sign
    from commonweal.catalogue import store as catalogue

    text = yaml.safe_dump(dict(document), sort_keys=False)
    at = datetime.combine(date.fromisoformat(signed_on), time(12), UTC) if signed_on else datetime.now(UTC)
    with installation.transaction() as connection:
        agreement = read_agreement(
            text,
            source=f"{document['id']}.yaml",
            contracts={each.reference: each.contract for each in catalogue.datasets(connection)},
            organisations=[each.name for each in catalogue.organisations(connection)],
            people=PEOPLE,
        )
        store.add_agreement(connection, installation.ledger, agreement, at=at)
        for organisation in signed_by:
            signature = sign(agreement, organisation, installation.keys.organisation(organisation), at)
            store.record_signature(connection, installation.ledger, signature)
    return agreement.id


def suspend(installation: Installation, identifier: str, organisation: str) -> None:
    """Have a party suspend an agreement now."""
    from commonweal.agreement import store
    from commonweal.agreement.standing import Event
    from commonweal.agreement.state import Act

    with installation.transaction() as connection:
        version = store.agreement(connection, identifier).version
        event = Event(identifier, version, Act.SUSPEND, organisation, "a test asks for it", datetime.now(UTC))
        store.record_event(connection, installation.ledger, event)
