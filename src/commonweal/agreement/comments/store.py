"""Comments kept: each change with its ledger entry in the caller's transaction. The ledger holds no words of anybody."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa

from commonweal.agreement.comments.comment import (
    LONGEST_NAME,
    Comment,
    CommentState,
    PublicComment,
    public,
    written,
    written_line,
)
from commonweal.agreement.comments.tables import comments as table
from commonweal.errors import Busy, Conflict, NotFound

MOST_HELD = 200
"""How many comments on one agreement may wait to be read: more would be a flood, not a public."""

KEPT = timedelta(days=90)
"""How long the words of a rejected comment stay for the parties to look at, before they are erased."""


class Recorder(Protocol):
    """What this room needs of the ledger."""

    def append(self, connection: sa.Connection, kind: str, body: Mapping[str, Any], /) -> object:
        """Append an entry in the connection's transaction."""
        ...

    def person(self, connection: sa.Connection, email: str, /) -> str:
        """Return the keyed hash that stands for a person."""
        ...


def receive(
    c: sa.Connection, recorder: Recorder, agreement: str, text: str, *, name: str = "", at: datetime
) -> Comment:
    """Hold a comment until it is moderated; whether the agreement is public, the caller has made sure.

    `BadInput` for words that cannot be shown; `Busy` when too many wait already.
    """
    words = written(text, "your comment")
    called = written_line(name, "your name", longest=LONGEST_NAME)
    waiting = sa.select(sa.func.count()).where(table.c.agreement == agreement, table.c.state == CommentState.HELD.value)
    if (c.scalar(waiting) or 0) >= MOST_HELD:
        raise Busy(
            "Comments on this agreement cannot be taken just now.",
            why="Very many wait to be read.",
            remedy="Try again tomorrow, or write to the contact of the agreement.",
            retry_after=86_400,
        )
    identifier = secrets.token_hex(16)
    c.execute(
        sa.insert(table).values(
            id=identifier,
            agreement=agreement,
            at=_text(at),
            name=called,
            text=words,
            state=CommentState.HELD.value,
            moderated_by="",
            reason="",
            answer="",
            changed="",
            answered_by="",
        )
    )
    recorder.append(c, "comment.received", {"agreement": agreement, "comment": identifier})
    return comment(c, identifier)


def publish(
    c: sa.Connection, recorder: Recorder, identifier: str, organisation: str, *, at: datetime, by: str | None = None
) -> Comment:
    """Publish a comment that is held, for a party; `Conflict` when it was moderated already."""
    found = _held(c, identifier)
    _moderated(c, identifier, CommentState.PUBLISHED, organisation, "", at)
    _record(c, recorder, "comment.published", found, organisation, by)
    return comment(c, identifier)


def reject(
    c: sa.Connection,
    recorder: Recorder,
    identifier: str,
    organisation: str,
    reason: str,
    *,
    at: datetime,
    by: str | None = None,
) -> Comment:
    """Reject a comment that is held, with a reason; `Conflict` when it was moderated already, `BadInput` without one."""
    because = written(reason, "the reason", longest=500)
    found = _held(c, identifier)
    _moderated(c, identifier, CommentState.REJECTED, organisation, because, at)
    _record(c, recorder, "comment.rejected", found, organisation, by)
    return comment(c, identifier)


def answer(
    c: sa.Connection,
    recorder: Recorder,
    identifier: str,
    organisation: str,
    words: str,
    *,
    changed: str = "",
    at: datetime,
    by: str | None = None,
) -> Comment:
    """Give the official answer to a published comment, and say what changed; a later answer takes its place."""
    said, difference = written(words, "the answer"), written(changed, "what changed", needed=False)
    found = comment(c, identifier)
    if found.state is not CommentState.PUBLISHED:
        raise Conflict("This comment is not published.", why="Only what everybody can read is answered for everybody.")
    c.execute(
        sa.update(table)
        .where(table.c.id == identifier)
        .values(answer=said, changed=difference, answered_at=_text(at), answered_by=organisation)
    )
    _record(c, recorder, "comment.answered", found, organisation, by)
    return comment(c, identifier)


def comment(c: sa.Connection, identifier: str) -> Comment:
    """Return a comment; `NotFound` if there is none of that id."""
    row = c.execute(sa.select(table).where(table.c.id == identifier)).mappings().first()
    if row is None:
        raise NotFound("There is no such comment.", remedy="See those that wait under Comments in the public register.")
    return _comment(row)


def comments(
    c: sa.Connection, *, agreements: Collection[str] | None = None, state: CommentState | None = None
) -> tuple[Comment, ...]:
    """Return comments, oldest first: on all agreements or some, in all states or one."""
    wanted = sa.select(table).order_by(table.c.at, table.c.id)
    if agreements is not None:
        wanted = wanted.where(table.c.agreement.in_(list(agreements)))
    if state is not None:
        wanted = wanted.where(table.c.state == state.value)
    return tuple(_comment(row) for row in c.execute(wanted).mappings())


def published(c: sa.Connection, agreement: str) -> tuple[PublicComment, ...]:
    """Return what everybody sees of the comments on an agreement, oldest first."""
    found = comments(c, agreements=[agreement], state=CommentState.PUBLISHED)
    return tuple(public(each) for each in found)


def sweep(c: sa.Connection, now: datetime) -> int:
    """Erase the words of rejected comments whose time is over; return how many there were."""
    over = (table.c.state == CommentState.REJECTED.value) & (table.c.moderated_at < _text(now - KEPT))
    return c.execute(sa.delete(table).where(over)).rowcount


def _held(c: sa.Connection, identifier: str) -> Comment:
    found = comment(c, identifier)
    if found.state is not CommentState.HELD:
        raise Conflict(
            f"This comment was {found.state.value} already.",
            why=f"{found.moderated_by} did so.",
            remedy="There is nothing left to do with it.",
        )
    return found


def _moderated(
    c: sa.Connection, identifier: str, state: CommentState, organisation: str, reason: str, at: datetime
) -> None:
    c.execute(
        sa.update(table)
        .where(table.c.id == identifier)
        .values(state=state.value, moderated_at=_text(at), moderated_by=organisation, reason=reason)
    )


def _record(c: sa.Connection, recorder: Recorder, kind: str, about: Comment, organisation: str, by: str | None) -> None:
    body = {"agreement": about.agreement, "comment": about.id, "organisation": organisation}
    recorder.append(c, kind, body | ({"by": recorder.person(c, by)} if by is not None else {}))


def _comment(row: Mapping[Any, Any]) -> Comment:
    values = dict(row)
    for name in ("at", "moderated_at", "answered_at"):
        values[name] = datetime.fromisoformat(values[name]) if values[name] else None
    return Comment(**(values | {"state": CommentState(values["state"])}))


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
