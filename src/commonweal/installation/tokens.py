"""Making and revoking tokens: each act is one transaction with its entry in the ledger."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from commonweal.agreement import store as agreements
from commonweal.errors import BadInput
from commonweal.identity import store as identity
from commonweal.identity import tokens
from commonweal.identity.tokens import Token
from commonweal.installation.people import record

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from commonweal.installation.installation import Installation
    from commonweal.ledger.canonical import JSON


def make_token(
    installation: Installation,
    email: str,
    *,
    name: str,
    agreements: Iterable[str],
    until: datetime,
    second_factor: bool = False,
    by: str | None = None,
) -> tuple[Token, str]:
    """Make a token of a person for agreements that name them; return it and its secret, which is shown once.

    `BadInput` without a name, for an agreement that does not name them (or is not there), and for a last moment that
    has passed or is over a year away. `second_factor`: the session it is made in has one.
    """
    wanted = frozenset(agreements)
    with installation.transaction() as connection:
        now = installation.ledger.now(connection)
        person = identity.person(connection, email)
        if not wanted <= set(naming(connection, person.email)):
            raise BadInput(
                "A token is for agreements that name its person.",
                why="One of these does not, or is not there.",
                remedy="Choose among those that do.",
            )
        token, secret = tokens.make(
            connection, person.email, name=name, agreements=wanted, until=until, now=now, second_factor=second_factor
        )
        body: dict[str, JSON] = {
            "token": token.id[:16],
            "agreements": sorted(wanted),
            "until": until.isoformat(timespec="seconds"),
            "second_factor": second_factor,
        }
        record(installation, connection, "token.made", person.email, body, by=by)
    return token, secret


def revoke_token(installation: Installation, email: str, identifier: str, *, by: str | None = None) -> Token:
    """Revoke one of a person's tokens, by its id or the beginning of it; nothing asked with it is answered any more."""
    with installation.transaction() as connection:
        now = installation.ledger.now(connection)
        person = identity.person(connection, email)
        revoked = tokens.revoke(connection, person.email, identifier, now)
        if revoked.revoked == now:
            record(installation, connection, "token.revoked", person.email, {"token": revoked.id[:16]}, by=by)
    return revoked


def naming(connection: Connection, email: str) -> dict[str, str]:
    """Return the agreements whose latest version names a person: their titles by id."""
    found = agreements.agreements(connection)
    return {agreement.id: agreement.title for agreement in found if agreement.person(email) is not None}


def end_of(day: date) -> datetime:
    """Return the moment at which a day is over, in UTC."""
    return datetime.combine(day, time(), UTC) + timedelta(days=1)
