"""Publishing an answer as a file for everybody, and withdrawing it: each is one transaction with its ledger entry."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Collection
from typing import TYPE_CHECKING

from commonweal.agreement import store as agreements
from commonweal.agreement.sharing import OnwardSharing
from commonweal.agreement.state import State
from commonweal.catalogue.names import check_name
from commonweal.errors import Conflict
from commonweal.gateway.published import store
from commonweal.gateway.published.store import Published
from commonweal.identity import store as identity
from commonweal.identity.permission import Act, must
from commonweal.installation.agreed import about
from commonweal.installation.new_file import sync_folder, write_new

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from commonweal.agreement.document import Agreement
    from commonweal.installation.installation import Installation
    from commonweal.ledger.canonical import JSON


def publish_answer(
    installation: Installation, number: int, name: str, *, by: str, only: Collection[str] | None = None
) -> Published:
    """Publish a kept answer under a name, as an officer of a party; return the publication.

    The agreement that counts today, and the version it was answered under, must be public and say `onward_sharing:
    published`; it must be in force. `only`: under one of these agreements. `NotFound` for an answer that is not theirs to
    open, `NotAllowed`, `Conflict` when the agreement does not allow it or the name is taken.
    """
    from commonweal.gateway.published.file import as_file  # imported when used: it loads pyarrow

    check_name(name, "table")
    opened = installation.gateway(by).answers.open(number, only=only)
    identifier = opened.short.agreement
    file = as_file(opened.answer)
    digest = hashlib.sha256(file.body).hexdigest()
    with installation.transaction() as connection:
        now = installation.ledger.now(connection)
        known = dict(installation.keys.public_keys())
        counting = agreements.current(connection, identifier, now, public_keys=known)
        must(identity.person(connection, by), Act.PUBLISH_ANSWER, about(counting.agreement))
        for document in (opened.agreement, counting.agreement):
            _must_allow(document)
        if counting.standing.state is not State.IN_FORCE:
            raise Conflict(
                f"{identifier} is not in force, so nothing is published under it.", why=counting.standing.reason
            )
        body: dict[str, JSON] = {
            "agreement": opened.short.reference,
            "answer": number,
            "name": name,
            "sha256": digest,
            "person": installation.ledger.person(connection, by),
        }
        entry = installation.ledger.append(connection, "answer.published", body)
        made = Published(
            name, identifier, number, entry.index, digest, len(file.body), file.rows, file.columns, now.isoformat()
        )
        store.add(connection, made)
        path = path_of(installation, made)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with contextlib.suppress(FileExistsError):  # left by a publication that was not recorded: the same bytes
            write_new(path, file.body)
    return made


def withdraw_published(installation: Installation, name: str, *, by: str, only: Collection[str] | None = None) -> None:
    """Withdraw a publication, as an officer of a party: its file is deleted, the record stays. `NotFound`, `NotAllowed`."""
    with installation.transaction() as connection:
        found = store.publication(connection, name)
        now = installation.ledger.now(connection)
        counting = agreements.current(
            connection, found.agreement, now, public_keys=dict(installation.keys.public_keys())
        )
        must(identity.person(connection, by), Act.PUBLISH_ANSWER, about(counting.agreement))
        if only is not None and found.agreement not in only:
            raise Conflict("This token is not for this agreement.", remedy="Make one for it under Your tokens.")
        store.remove(connection, name)
        who = installation.ledger.person(connection, by)
        said: dict[str, JSON] = {"agreement": found.agreement, "answer": found.answer, "name": name, "person": who}
        installation.ledger.append(connection, "answer.withdrawn", said)
    path = path_of(installation, found)
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def published_answers(installation: Installation, connection: Connection) -> tuple[Published, ...]:
    """Return what is published and may be had now, by name: nothing under an agreement that is suspended or not public."""
    now = installation.ledger.now(connection)
    known = dict(installation.keys.public_keys())
    found = store.publications(connection)
    held: set[str] = set()
    for identifier in {each.agreement for each in found}:
        counting = agreements.current(connection, identifier, now, public_keys=known)
        if counting.standing.state is State.SUSPENDED or not counting.agreement.transparency.public:
            held.add(identifier)
    return tuple(each for each in found if each.agreement not in held)


def path_of(installation: Installation, published: Published) -> Path:
    """Return where the file of a publication lies."""
    return installation.layout.published / published.file_name


def _must_allow(document: Agreement) -> None:
    """Let pass a document whose words allow that answers are published for everybody; `Conflict` otherwise."""
    if not document.transparency.public:
        raise Conflict(
            f"{document.reference} is not public, so its answers are not published.",
            remedy="A version with transparency: {public: true}, signed by every party, can change that.",
        )
    if document.onward_sharing is not OnwardSharing.PUBLISHED:
        raise Conflict(
            f"{document.reference} does not allow that answers are published.",
            why=f"Its clause onward_sharing says {document.onward_sharing.value}.",
            remedy="A version with onward_sharing: published, signed by every party, can change that.",
        )
