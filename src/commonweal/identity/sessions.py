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
    _keep(connection, session)
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


def confirmed(connection: Connection, session: Session, now: datetime) -> tuple[Session, str]:
    """Note that a second factor was given just now; return the session under a new secret, the old one works no more.

    So who learnt the secret before (session fixation) has not gained what the second factor allows. It keeps its age.
    """
    end(connection, session)
    secret = new_secret()
    renewed = Session(hashed(secret), session.email, session.began, now, now)
    _keep(connection, renewed)
    return renewed, secret


def renewed(connection: Connection, session: Session, now: datetime) -> tuple[Session, str]:
    """Return a session under a new secret, with all else as it was; the old secret works no more."""
    end(connection, session)
    secret = new_secret()
    again = Session(hashed(secret), session.email, session.began, now, session.second_factor)
    _keep(connection, again)
    return again, secret


def end(connection: Connection, session: Session) -> None:
    """End one session."""
    connection.execute(delete(tables.session).where(tables.session.c.id == session.id))


def end_all(connection: Connection, email: str, *, but: Session | None = None) -> int:
    """End all sessions of a person, or all but one; return how many."""
    chosen = tables.session.c.email == email
    if but is not None:
        chosen &= tables.session.c.id != but.id
    return connection.execute(delete(tables.session).where(chosen)).rowcount


def is_there(connection: Connection, identifier: str) -> bool:
    """Return whether a session, by id, was not ended: what a question that runs for long looks at."""
    return connection.execute(select(tables.session.c.id).where(tables.session.c.id == identifier)).first() is not None


def sessions_of(connection: Connection, email: str, now: datetime) -> tuple[Session, ...]:
    """Return the sessions of a person that have not ended, the last used first."""
    chosen = select(tables.session).where(tables.session.c.email == email).order_by(tables.session.c.used.desc())
    found = (_session(row) for row in connection.execute(chosen).mappings())
    return tuple(each for each in found if now - each.used < IDLE and now - each.began < LONGEST)


def delete_ended(connection: Connection, now: datetime) -> int:
    """Delete what is left of sessions that have ended; return how many."""
    idle, old = (now - IDLE).isoformat(), (now - LONGEST).isoformat()
    return connection.execute(
        delete(tables.session).where((tables.session.c.used <= idle) | (tables.session.c.began <= old))
    ).rowcount


def _keep(connection: Connection, session: Session) -> None:
    connection.execute(
        insert(tables.session).values(
            id=session.id,
            email=session.email,
            began=session.began.isoformat(),
            used=session.used.isoformat(),
            second_factor=session.second_factor.isoformat() if session.second_factor else None,
        )
    )


def _session(row: RowMapping) -> Session:
    return Session(row["id"], row["email"], _time(row["began"]), _time(row["used"]), _maybe(row["second_factor"]))


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _maybe(text: str | None) -> datetime | None:
    return _time(text) if text else None
