"""Tokens for programs: a person's, for some agreements only, until a day. Shown once, kept as a hash."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, RowMapping, insert, select, update

from commonweal.errors import BadInput, Conflict, NotFound
from commonweal.identity import tables
from commonweal.identity.secret import hashed, new_secret

PREFIX = "cwt_"
"""What every token begins with, so that scanners of published code find one that was left in it."""

LONGEST = timedelta(days=366)


@dataclass(frozen=True)
class Token:
    """One token: whose, what they called it, for which agreements (by id; at least one), from when until when.

    `second_factor` says that it was made by a person who had given one.
    """

    id: str
    email: str
    name: str
    agreements: frozenset[str]
    made: datetime
    until: datetime
    revoked: datetime | None = None
    second_factor: bool = False

    def covers(self, agreement: str) -> bool:
        """Return whether it may be used under an agreement, given by id."""
        return agreement in self.agreements

    def works(self, now: datetime) -> bool:
        """Return whether it works: neither revoked nor past its last moment."""
        return self.revoked is None and now < self.until


def make(
    connection: Connection,
    email: str,
    *,
    name: str,
    agreements: frozenset[str],
    until: datetime,
    now: datetime,
    second_factor: bool = False,
) -> tuple[Token, str]:
    """Make a token; return it and its secret, which is shown once.

    `BadInput` without a name or an agreement, or for a last moment that has passed or is over a year away.
    """
    words = " ".join(name.split())
    if not words or len(words) > 100 or not words.isprintable():
        raise BadInput(
            "A token needs a name.", why="Its name tells you later what uses it.", remedy="Give it up to 100 letters."
        )
    if not agreements:
        raise BadInput(
            "A token needs an agreement.",
            why="A token works under the agreements it names, and no others.",
            remedy="Choose at least one.",
        )
    if not now < until <= now + LONGEST:
        raise BadInput(
            "A token must end within a year.",
            why="One that never ends is found some day.",
            remedy="Choose an earlier day.",
        )
    secret = new_secret(PREFIX)
    token = Token(hashed(secret), email, words, agreements, now, until, second_factor=second_factor)
    connection.execute(
        insert(tables.token).values(
            id=token.id,
            email=email,
            name=words,
            made=now.isoformat(),
            until=until.isoformat(),
            revoked=None,
            second_factor=int(second_factor),
        )
    )
    connection.execute(
        insert(tables.token_agreement), [{"token": token.id, "agreement": each} for each in sorted(agreements)]
    )
    return token, secret


def find(connection: Connection, secret: str, now: datetime) -> Token | None:
    """Return the token of a secret, if it works."""
    if not secret.startswith(PREFIX):
        return None
    row = connection.execute(select(tables.token).where(tables.token.c.id == hashed(secret))).mappings().first()
    token = _token(connection, row) if row else None
    return token if token and token.works(now) else None


def tokens_of(connection: Connection, email: str) -> tuple[Token, ...]:
    """Return all tokens of a person, the newest first, those that have ended too."""
    chosen = select(tables.token).where(tables.token.c.email == email).order_by(tables.token.c.made.desc())
    return tuple(_token(connection, row) for row in connection.execute(chosen).mappings().all())


def revoke(connection: Connection, email: str, identifier: str, now: datetime) -> Token:
    """Revoke one of a person's tokens, by its id or at least 8 letters of its beginning.

    `NotFound` if they have none such, `Conflict` when several begin so. One that was revoked before keeps its time.
    """
    found = [each for each in tokens_of(connection, email) if len(identifier) >= 8 and each.id.startswith(identifier)]
    if not found:
        raise NotFound("There is no such token.", why="None of yours has this id.", remedy="List them and choose one.")
    if len(found) > 1:
        raise Conflict("Several tokens have an id that begins so.", remedy="Give more of it.")
    token = found[0]
    if token.revoked is None:
        connection.execute(update(tables.token).where(tables.token.c.id == token.id).values(revoked=now.isoformat()))
        token = replace(token, revoked=now)
    return token


def still_works(connection: Connection, identifier: str, now: datetime) -> bool:
    """Return whether a token, by its whole id, still works: what a question that runs for long looks at."""
    row = connection.execute(select(tables.token).where(tables.token.c.id == identifier)).mappings().first()
    return row is not None and _token(connection, row).works(now)


def revoke_all(connection: Connection, email: str, now: datetime) -> int:
    """Revoke all tokens of a person; return how many still worked."""
    live = tables.token.c.revoked.is_(None) & (tables.token.c.email == email)
    return connection.execute(update(tables.token).where(live).values(revoked=now.isoformat())).rowcount


def _token(connection: Connection, row: RowMapping) -> Token:
    chosen = select(tables.token_agreement.c.agreement).where(tables.token_agreement.c.token == row["id"])
    agreements = frozenset(connection.execute(chosen).scalars())
    revoked = datetime.fromisoformat(row["revoked"]).astimezone(UTC) if row["revoked"] else None
    made, until = (datetime.fromisoformat(row[key]).astimezone(UTC) for key in ("made", "until"))
    return Token(row["id"], row["email"], row["name"], agreements, made, until, revoked, bool(row["second_factor"]))
