"""What touches several rooms at once: each act is one transaction, with its entry in the ledger.

Entries hold no personal data: a person is a keyed hash, whose address is in the ledger's erasable side table.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from commonweal.catalogue import store as catalogue
from commonweal.catalogue.document import content_hash
from commonweal.catalogue.organisation import Organisation
from commonweal.catalogue.snapshot_files import delete_snapshot
from commonweal.errors import Conflict
from commonweal.identity import store as identity
from commonweal.identity.person import Person, Role
from commonweal.installation.installation import Installation
from commonweal.installation.keys import public_text
from commonweal.installation.people import record
from commonweal.ledger.reading import entries

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from commonweal.catalogue.dataset import Dataset, Snapshot
    from commonweal.ledger.canonical import JSON


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
    installation: Installation,
    email: str,
    organisation: str,
    roles: Iterable[Role],
    name: str = "",
    *,
    by: str | None = None,
) -> Person:
    """Add a person to an organisation that is here already.

    `BadInput` for an address, a role or a name that is none, `NotFound` for the organisation, `Conflict` when the
    address is taken.
    """
    person = Person(email, organisation, tuple(roles), name)
    with installation.transaction() as connection:
        catalogue.organisation(connection, organisation)
        identity.add_person(connection, person)
        body: dict[str, JSON] = {"organisation": organisation, "roles": [role.value for role in person.roles]}
        record(installation, connection, "person.added", person.email, body, by=by)
    return person


def add_dataset(installation: Installation, dataset: Dataset, *, by: str | None = None) -> Dataset:
    """Add a dataset whose snapshot is in the data store; `NotFound` for its organisation, `Conflict` when taken.

    `by` is the e-mail address of who did it, if it was done for a person.
    """
    with installation.transaction() as connection:
        catalogue.add_dataset(connection, dataset)
        body: dict[str, JSON] = dict(_described(dataset))
        if by is not None:
            body["by"] = installation.ledger.person(connection, by)
        installation.ledger.append(connection, "dataset.added", body)
    return dataset


LEAST_DAYS = 90
"""Days that a snapshot stays once tables about it are open: each new one tells of those who have not changed again."""


def replace_dataset(
    installation: Installation, dataset: Dataset, *, urgent: str = "", by: str | None = None
) -> Dataset:
    """Give a dataset a new contract, snapshot or both, from now on; `NotFound` if there is none of its name.

    `Conflict` for a new snapshot within `LEAST_DAYS` of the last, if tables of a metered profile are open about it;
    `urgent`, a reason such as a duty to erase, is recorded and lets it pass.

    The snapshot before, the rows set aside from it and the tables treated from it are deleted, and that is recorded.
    A question that is reading them fails, and can be asked again.
    """
    # Imported when used: adding a dataset needs no meter.
    from commonweal.gateway.metered.opening import tag

    with installation.transaction() as connection:
        old = catalogue.dataset(connection, dataset.reference)
        before = old.snapshot
        body: dict[str, JSON] = dict(_described(dataset))
        if by is not None:
            body["by"] = installation.ledger.person(connection, by)
        if urgent:
            body["urgent"] = installation.ledger.text(connection, urgent)
        elif tag(old) != tag(dataset):
            _check_interval(installation, connection, old)
        catalogue.replace_dataset(connection, dataset)
        installation.ledger.append(connection, "dataset.replaced", body)
    if before.path != dataset.snapshot.path:
        _delete_snapshot(installation, dataset.reference, before)
    installation.delete_unneeded()
    return dataset


def _check_interval(installation: Installation, connection: Connection, old: Dataset) -> None:
    """Refuse a new snapshot soon after the last, once something about that has been told."""
    from commonweal.gateway.metered.accounts import is_open  # see above
    from commonweal.gateway.metered.opening import tag

    if not is_open(connection, tag(old)):
        return
    begun = [
        entry.time
        for entry in entries(connection, kind="dataset")
        if entry.body.get("dataset") == old.reference and entry.kind in {"dataset.added", "dataset.replaced"}
    ]
    now = installation.ledger.now(connection)
    since = max(begun, default=now)
    if now - since < timedelta(days=LEAST_DAYS):
        until = (since + timedelta(days=LEAST_DAYS)).date().isoformat()
        raise Conflict(
            f"{old.reference} cannot have a new snapshot before {until}.",
            why="Tables about the present one are open, and each new one tells again of everybody who has not changed.",
            remedy="Let changes gather until then; where the law asks for it at once, give that as the urgent reason "
            "(--urgent REASON).",
        )


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
