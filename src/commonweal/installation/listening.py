"""What is done with what the public says, and told of what went wrong: each act is one transaction with its entry.

Who may do it is decided before, by `commonweal.identity.permission` (pages, API) or by who owns the folder (terminal).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from commonweal.agreement import store
from commonweal.agreement.comments import store as comments
from commonweal.agreement.incidents import store as incidents
from commonweal.agreement.standing import Event
from commonweal.agreement.state import Act
from commonweal.errors import CommonwealError
from commonweal.installation.register import public_register

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from commonweal.agreement.comments.comment import Comment
    from commonweal.agreement.incidents.incident import Affected, Incident, ToldIco
    from commonweal.installation.installation import Installation


@dataclass(frozen=True)
class Told:
    """What an officer says of an incident; `suspend` stops the agreement in the same transaction."""

    happened: date
    what: str
    done: str
    told_ico: ToldIco
    affected: Affected
    suspend: bool = False
    held_until: date | None = None
    held_because: str = ""


def receive_comment(installation: Installation, agreement: str, text: str, *, name: str = "") -> Comment:
    """Hold a comment on a public agreement until an officer has read it; errors as the room has them, and `NotFound`."""
    about = public_register(installation).agreement(agreement)
    with installation.transaction() as connection:
        now = installation.ledger.now(connection)
        comments.sweep(connection, now)
        return comments.receive(connection, installation.ledger, about.id, text, name=name, at=now)


def publish_comment(
    installation: Installation, identifier: str, organisation: str, *, by: str | None = None
) -> Comment:
    """Publish a comment for a party."""
    with installation.transaction() as connection:
        _must_be_party(connection, identifier, organisation)
        now = installation.ledger.now(connection)
        comments.sweep(connection, now)
        return comments.publish(connection, installation.ledger, identifier, organisation, at=now, by=by)


def reject_comment(
    installation: Installation, identifier: str, organisation: str, reason: str, *, by: str | None = None
) -> Comment:
    """Reject a comment for a party, with a reason."""
    with installation.transaction() as connection:
        _must_be_party(connection, identifier, organisation)
        now = installation.ledger.now(connection)
        comments.sweep(connection, now)
        return comments.reject(connection, installation.ledger, identifier, organisation, reason, at=now, by=by)


def answer_comment(
    installation: Installation,
    identifier: str,
    organisation: str,
    words: str,
    *,
    changed: str = "",
    by: str | None = None,
) -> Comment:
    """Answer a published comment for a party, and say what changed because of it."""
    with installation.transaction() as connection:
        _must_be_party(connection, identifier, organisation)
        now = installation.ledger.now(connection)
        return comments.answer(
            connection, installation.ledger, identifier, organisation, words, changed=changed, at=now, by=by
        )


def record_incident(
    installation: Installation, agreement: str, organisation: str, told: Told, *, by: str | None = None
) -> Incident:
    """Record an incident for a party, and suspend the agreement with it if that is said: both, or neither."""
    with installation.transaction() as connection:
        now = installation.ledger.now(connection)
        counting = store.current(connection, agreement, now, public_keys=dict(installation.keys.public_keys()))
        store.must_be_party(counting.agreement, organisation)
        incident = incidents.reported(
            agreement,
            counting.agreement.version,
            organisation,
            at=now,
            happened=told.happened,
            what=told.what,
            done=told.done,
            told_ico=told.told_ico,
            affected=told.affected,
            suspended=told.suspend,
            held_until=told.held_until,
            held_because=told.held_because,
        )
        incidents.record(connection, installation.ledger, incident, by=by)
        if told.suspend:
            latest = store.agreement(connection, agreement)
            event = Event(agreement, latest.version, Act.SUSPEND, organisation, "An incident was recorded.", now)
            store.record_event(connection, installation.ledger, event, by=by)
    if told.suspend:
        _delete_unneeded(installation)
    return incident


def parties_of(connection: Connection, agreement: str) -> frozenset[str]:
    """Return the organisations that are party to the latest version of an agreement; `NotFound` if there is none."""
    return frozenset(store.agreement(connection, agreement).organisations)


def _must_be_party(connection: Connection, comment: str, organisation: str) -> None:
    about = comments.comment(connection, comment).agreement
    store.must_be_party(store.agreement(connection, about), organisation)


def _delete_unneeded(installation: Installation) -> None:
    """Delete treated tables of what has stopped; the act stands whatever becomes of this, and the next question tries again."""
    try:
        installation.delete_unneeded()
    except CommonwealError:
        return
