"""Asking once: a request that is sent again with the same key, after a lost connection say, is answered as before.

The key is the caller's own (HTTP header Idempotency-Key, draft-ietf-httpapi-idempotency-key-header); here it is a keyed
hash with the person, so that nobody meets another's. Every function works inside the caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from commonweal.errors import BadInput, StillAsking
from commonweal.gateway.kept import tables

REMEMBERED = timedelta(hours=24)
"""How long a key is remembered."""

ABANDONED = timedelta(minutes=15)
"""After how long a request that has no outcome was left by a process that died."""

_O = tables.once.c


@dataclass(frozen=True)
class Outcome:
    """What came of a request: an answer, by its number, or something said instead, as JSON."""

    answer: int | None
    said: str | None


def begin(c: sa.Connection, key: str, request: str, now: datetime) -> Outcome | None:
    """Take a key for a request; return what came of it the last time, or None when it is to be asked now.

    `BadInput` when the key was used for another request, `Conflict` while the first is still being worked on.
    """
    row = c.execute(sa.select(tables.once).where(_O.key == key)).one_or_none()
    if row is not None and datetime.fromisoformat(row.at) + REMEMBERED > now:
        if row.request != request:
            raise BadInput(
                "This Idempotency-Key was used for another question.",
                why="The same key means the same request, sent again.",
                remedy="Send a new key with a new question.",
            )
        if row.answer is not None or row.said is not None:
            return Outcome(row.answer, row.said)
        if datetime.fromisoformat(row.at) + ABANDONED > now:
            raise StillAsking(
                "The question with this Idempotency-Key is still being worked on.",
                remedy="Send the same request again in a moment.",
            )
    c.execute(sa.delete(tables.once).where(_O.key == key))
    c.execute(sa.insert(tables.once).values(key=key, request=request, answer=None, said=None, at=now.isoformat()))
    return None


def finish(c: sa.Connection, key: str, outcome: Outcome) -> None:
    """Remember what came of a request."""
    c.execute(sa.update(tables.once).where(_O.key == key).values(answer=outcome.answer, said=outcome.said))


def give_up(c: sa.Connection, key: str) -> None:
    """Forget a request that failed: the same key may try again."""
    c.execute(sa.delete(tables.once).where(_O.key == key))


def are_old(c: sa.Connection, now: datetime) -> bool:
    """Tell whether keys are remembered longer than they need be."""
    return c.execute(sa.select(_O.key).where(_O.at <= (now - REMEMBERED).isoformat()).limit(1)).first() is not None


def delete_old(c: sa.Connection, now: datetime) -> None:
    """Forget keys that are older than they need be."""
    c.execute(sa.delete(tables.once).where(_O.at <= (now - REMEMBERED).isoformat()))
