"""Sessions of people who have signed in: kept here, so that ending one ends it everywhere at once.

Times are UTC. A session ends after `IDLE` without use, and after `LONGEST` in any case (OWASP session management; NCSC).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from commonweal.identity import tables
from commonweal.identity.secret import hashed, new_secret

IDLE = timedelta(hours=1)
LONGEST = timedelta(hours=12)
FRESH = timedelta(minutes=10)
"""How long a second factor counts for acts that need one of now, such as signing."""

_TOUCH = timedelta(minutes=1)


@dataclass(frozen=True)
class Session:
    """One person, signed in in one browser. `id` is the hash of the secret in the browser's cookie."""

    id: str
    email: str
    began: datetime
    used: datetime
    second_factor: datetime | None = None

    def has_second_factor(self, now: datetime) -> bool:
        """Return whether a second factor was given in this session at all; `now` guards against one from the future."""
        return self.second_factor is not None and self.second_factor <= now

    def is_fresh(self, now: datetime) -> bool:
        """Return whether a second factor was given within the last `FRESH`."""
        return self.second_factor is not None and now - FRESH <= self.second_factor <= now

    def is_due(self, now: datetime) -> bool:
        """Return whether its use should be noted: at most once a minute, so that reading a page seldom writes."""
        return now - self.used >= _TOUCH


def begin(connection: Connection, email: str, now: datetime, *, second_factor: bool = False) -> tuple[Session, str]:
    """Begin a session for a person who has just proved who they are; return it and the secret for their browser."""
    secret = new_secret()
    session = Session(hashed(secret), email, now, now, now if second_factor else None)
    connection.execute(
        insert(tables.session).values(
            id=session.id,
            email=email,
            began=now.isoformat(),
            used=now.isoformat(),
            second_factor=session.second_factor.isoformat() if session.second_factor else None,
        )
    )
    return session, secret


def find(connection: Connection, secret: str, now: datetime) -> Session | None:
    """Return the session of a secret, if it has not ended."""
    row = connection.execute(select(tables.session).where(tables.session.c.id == hashed(secret))).mappings().first()
    if row is None:
        return None
    session = _session(row)
    return session if now - session.used < IDLE and now - session.began < LONGEST else None


def touch(connection: Connection, session: Session, now: datetime) -> None:
    """Note that a session is in use."""
    connection.execute(update(tables.session).where(tables.session.c.id == session.id).values(used=now.isoformat()))


def confirm(connection: Connection, session: Session, now: datetime) -> None:
    """Note that a second factor was given just now."""
    connection.execute(
        update(tables.session).where(tables.session.c.id == session.id).values(second_factor=now.isoformat())
    )


def end(connection: Connection, session: Session) -> None:
    """End one session."""
    connection.execute(delete(tables.session).where(tables.session.c.id == session.id))


def end_all(connection: Connection, email: str) -> int:
    """End all sessions of a person; return how many."""
    return connection.execute(delete(tables.session).where(tables.session.c.email == email)).rowcount


def delete_ended(connection: Connection, now: datetime) -> int:
    """Delete what is left of sessions that have ended; return how many."""
    idle, old = (now - IDLE).isoformat(), (now - LONGEST).isoformat()
    return connection.execute(
        delete(tables.session).where((tables.session.c.used <= idle) | (tables.session.c.began <= old))
    ).rowcount


def _session(row: RowMapping) -> Session:
    return Session(row["id"], row["email"], _time(row["began"]), _time(row["used"]), _maybe(row["second_factor"]))


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _maybe(text: str | None) -> datetime | None:
    return _time(text) if text else None
