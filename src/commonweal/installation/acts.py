"""What touches several rooms at once: each act is one transaction, with its entry in the ledger.

Entries hold no personal data: a person is a keyed hash, whose address is in the ledger's erasable side table.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from commonweal.catalogue import store as catalogue
from commonweal.catalogue.document import content_hash
from commonweal.catalogue.organisation import Organisation
from commonweal.catalogue.snapshot_files import delete_snapshot
from commonweal.identity import store as identity
from commonweal.identity.person import Person, Role
from commonweal.installation.installation import Installation
from commonweal.installation.keys import public_text

if TYPE_CHECKING:
    from commonweal.catalogue.dataset import Dataset, Snapshot


def add_organisation(installation: Installation, name: str, title: str) -> Organisation:
    """Add an organisation and make its signing key; the ledger records the public half.

    `BadInput` for a name or title that is none, `Conflict` when the name is taken. The key is made before the
    transaction commits: were it lost in between, a key without an organisation is harmless and used the next time,
    while an organisation without a key could sign nothing.
    """
    organisation = Organisation(name, title)
    with installation.transaction() as connection:
        catalogue.add_organisation(connection, organisation)
        key = public_text(installation.keys.make_organisation(name))
        installation.ledger.append(
            connection, "organisation.added", {"organisation": name, "title": title, "public_key": key}
        )
    return organisation


def add_person(
    installation: Installation, email: str, organisation: str, roles: Iterable[Role], name: str = ""
) -> Person:
    """Add a person to an organisation that is here already.

    `BadInput` for an address, a role or a name that is none, `NotFound` for the organisation, `Conflict` when the
    address is taken.
    """
    person = Person(email, organisation, tuple(roles), name)
    with installation.transaction() as connection:
        catalogue.organisation(connection, organisation)
        identity.add_person(connection, person)
        body = {
            "person": installation.ledger.person(connection, person.email),
            "organisation": organisation,
            "roles": [role.value for role in person.roles],
        }
        installation.ledger.append(connection, "person.added", body)
    return person


def add_dataset(installation: Installation, dataset: Dataset) -> Dataset:
    """Add a dataset whose snapshot is in the data store; `NotFound` for its organisation, `Conflict` when taken."""
    with installation.transaction() as connection:
        catalogue.add_dataset(connection, dataset)
        installation.ledger.append(connection, "dataset.added", _described(dataset))
    return dataset


def replace_dataset(installation: Installation, dataset: Dataset) -> Dataset:
    """Give a dataset a new contract, snapshot or both, from now on; `NotFound` if there is none of its name.

    The snapshot before, the rows set aside from it and the tables treated from it are deleted, and that is recorded.
    A question that is reading them fails, and can be asked again.
    """
    with installation.transaction() as connection:
        before = catalogue.dataset(connection, dataset.reference).snapshot
        catalogue.replace_dataset(connection, dataset)
        installation.ledger.append(connection, "dataset.replaced", _described(dataset))
    if before.path != dataset.snapshot.path:
        _delete_snapshot(installation, dataset.reference, before)
    installation.delete_unneeded()
    return dataset


def _delete_snapshot(installation: Installation, reference: str, old: Snapshot) -> None:
    """Delete the files of a snapshot unless another dataset reads it, and record it; only below the data store."""
    with installation.transaction() as connection:
        used = any(each.snapshot.path == old.path for each in catalogue.datasets(connection))
        if used or not old.path.is_relative_to(installation.layout.data):
            return
        if delete_snapshot(old.path):
            body = {"dataset": reference, "snapshot": old.id}
            installation.ledger.append(connection, "snapshot.deleted", body)


def _described(dataset: Dataset) -> dict[str, str | int]:
    return {
        "dataset": dataset.reference,
        "contract": content_hash(dataset.contract),
        "snapshot": dataset.snapshot.id,
        "rows": dataset.snapshot.rows,
    }
