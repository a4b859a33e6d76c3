"""What is done to people after they were added: invited, given other roles, removed. Each act is one transaction.

Entries name people by keyed hash only. Who may do it is decided before (pages, API), or by who owns the folder (terminal).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.identity import invitations, sessions, tokens
from commonweal.identity import store as identity
from commonweal.identity.invitations import Invitation
from commonweal.identity.person import Person, Role

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from commonweal.installation.installation import Installation
    from commonweal.ledger.canonical import JSON


@dataclass(frozen=True)
class Removed:
    """Who was removed, and what ended with them: sessions, and tokens that still worked."""

    person: Person
    sessions: int
    tokens: int


def invite(
    installation: Installation, email: str, *, forget_second_factor: bool = False, by: str | None = None
) -> tuple[Invitation, str]:
    """Invite a person to set their password; return the invitation and its link, which is shown once and works once.

    It takes the place of one made before. `forget_second_factor`: for who has lost theirs; it goes when the link is used.
    """
    with installation.transaction() as connection:
        person = identity.person(connection, email)
        now = installation.ledger.now(connection)
        made, secret = invitations.make(connection, person.email, now, forgets_second_factor=forget_second_factor)
        body: dict[str, JSON] = {"forgets_second_factor": forget_second_factor}
        record(installation, connection, "person.invited", person.email, body, by=by)
    return made, f"{installation.settings.web.url}/invitation/{secret}"


def change_roles(installation: Installation, email: str, roles: Iterable[Role], *, by: str | None = None) -> Person:
    """Give a person other roles, from their next request on; recorded only when they differ."""
    with installation.transaction() as connection:
        return change_roles_within(installation, connection, email, roles, by=by)


def change_roles_within(
    installation: Installation, connection: Connection, email: str, roles: Iterable[Role], *, by: str | None = None
) -> Person:
    """Do what `change_roles` does, in the caller's transaction."""
    before = identity.person(connection, email)
    after = identity.change_roles(connection, email, roles)
    if after.roles != before.roles:
        body: dict[str, JSON] = {"what": "roles", "roles": [role.value for role in after.roles]}
        record(installation, connection, "person.changed", after.email, body, by=by)
    return after


def remove_person(installation: Installation, email: str, *, by: str | None = None) -> Removed:
    """Remove a person: sessions end and tokens are revoked at once; questions that run are stopped.

    What they did stays in the ledger, and agreements that name them still do; neither lets them do anything.
    """
    with installation.transaction() as connection:
        now = installation.ledger.now(connection)
        removed = identity.remove_person(connection, email)
        ended = sessions.end_all(connection, removed.email)
        revoked = tokens.revoke_all(connection, removed.email, now)
        body: dict[str, JSON] = {"organisation": removed.organisation, "sessions": ended, "tokens": revoked}
        record(installation, connection, "person.removed", removed.email, body, by=by)
    return Removed(removed, ended, revoked)


def record(
    installation: Installation,
    connection: Connection,
    kind: str,
    email: str,
    body: dict[str, JSON] | None = None,
    *,
    by: str | None = None,
) -> int:
    """Record an act on a person in the caller's transaction, with who did it unless it was at the terminal."""
    ledger = installation.ledger
    who: dict[str, JSON] = {"person": ledger.person(connection, email)}
    if by is not None:
        who["by"] = ledger.person(connection, by)
    return ledger.append(connection, kind, who | (body or {})).index
