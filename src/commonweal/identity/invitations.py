"""Invitations: a link that works once, until a day, with which a person sets their (first) password."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from commonweal.identity import tables
from commonweal.identity.secret import hashed, new_secret

LASTS = timedelta(days=7)


@dataclass(frozen=True)
class Invitation:
    """Whom it is for, until when it works, and whether it takes a lost second factor away when it is used."""

    email: str
    until: datetime
    forgets_second_factor: bool = False


def make(
    connection: Connection, email: str, now: datetime, *, forgets_second_factor: bool = False
) -> tuple[Invitation, str]:
    """Make an invitation in place of any other of this person; return it and the secret of its link."""
    take_back(connection, email)
    secret = new_secret()
    made = Invitation(email, now + LASTS, forgets_second_factor)
    connection.execute(
        insert(tables.invitation).values(
            id=hashed(secret),
            email=email,
            until=made.until.isoformat(),
            forgets_second_factor=int(forgets_second_factor),
        )
    )
    return made, secret


def find(connection: Connection, secret: str, now: datetime) -> Invitation | None:
    """Return the invitation of a secret, if it still works."""
    row = connection.execute(select(tables.invitation).where(tables.invitation.c.id == hashed(secret))).first()
    if row is None:
        return None
    until = datetime.fromisoformat(row.until).astimezone(UTC)
    return Invitation(row.email, until, bool(row.forgets_second_factor)) if now < until else None


def use(connection: Connection, secret: str, now: datetime) -> Invitation | None:
    """Return the invitation of a secret, if it still works; it does no more."""
    found = find(connection, secret, now)
    gone = connection.execute(delete(tables.invitation).where(tables.invitation.c.id == hashed(secret))).rowcount
    return found if gone else None


def take_back(connection: Connection, email: str) -> None:
    """Let no invitation of a person work any more."""
    connection.execute(delete(tables.invitation).where(tables.invitation.c.email == email))
