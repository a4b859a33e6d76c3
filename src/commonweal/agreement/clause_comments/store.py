"""Comments on clauses kept: each change with its ledger entry, without words, in the caller's transaction."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import sqlalchemy as sa

from commonweal.agreement.clause_comments.tables import comments as table
from commonweal.agreement.comments.comment import written
from commonweal.agreement.drafting.parts import PART
from commonweal.errors import BadInput, Conflict, NotFound

MOST = 500
"""How many comments one version may have."""


class Recorder(Protocol):
    """What this room needs of the ledger."""

    def append(self, connection: sa.Connection, kind: str, body: Mapping[str, Any], /) -> object:
        """Append an entry in the connection's transaction."""
        ...

    def person(self, connection: sa.Connection, email: str, /) -> str:
        """Return the keyed hash that stands for a person."""
        ...


@dataclass(frozen=True)
class ClauseComment:
    """What somebody of a party said of a clause, and who resolved it when."""

    id: str
    on: str
    clause: str
    organisation: str
    author: str
    text: str
    at: datetime
    resolved_at: datetime | None
    resolved_by: str

    @property
    def title(self) -> str:
        """Return the title of the clause."""
        return PART[self.clause].title if self.clause in PART else self.clause


def on_draft(identifier: str) -> str:
    """Return the name of a draft as a thing to comment on; a version's is its reference, ``id@version``."""
    return f"draft:{identifier}"


def make(
    c: sa.Connection, recorder: Recorder, on: str, clause: str, organisation: str, text: str, *, at: datetime, by: str
) -> ClauseComment:
    """Keep a comment; `BadInput` for an unknown clause or words that cannot be shown, `Conflict` when there are too many."""
    if clause not in PART:
        raise BadInput("There is no such clause to comment on.", remedy=f"Choose one of {', '.join(PART)}.")
    words = written(text, "your comment")
    if (c.scalar(sa.select(sa.func.count()).where(table.c.on == on)) or 0) >= MOST:
        raise Conflict("This has too many comments already.", remedy="Resolve what is settled in the next version.")
    identifier = secrets.token_hex(16)
    c.execute(
        sa.insert(table).values(
            id=identifier,
            on=on,
            clause=clause,
            organisation=organisation,
            author=by,
            text=words,
            at=_text(at),
            resolved_at=None,
            resolved_by="",
        )
    )
    made = comment(c, identifier)
    _record(c, recorder, "comment.made", made, organisation, by)
    return made


def resolve(
    c: sa.Connection, recorder: Recorder, identifier: str, organisation: str, *, at: datetime, by: str, open_again: bool
) -> ClauseComment:
    """Resolve a comment, or open it again; `Conflict` when it is so already."""
    found = comment(c, identifier)
    if (found.resolved_at is None) == open_again:
        raise Conflict(f"This comment is {'open' if open_again else 'resolved'} already.", remedy="Look at it again.")
    values = {"resolved_at": None if open_again else _text(at), "resolved_by": "" if open_again else organisation}
    c.execute(sa.update(table).where(table.c.id == identifier).values(**values))
    _record(c, recorder, "comment.reopened" if open_again else "comment.resolved", found, organisation, by)
    return comment(c, identifier)


def comment(c: sa.Connection, identifier: str) -> ClauseComment:
    """Return a comment; `NotFound` if there is none of that id."""
    row = c.execute(sa.select(table).where(table.c.id == identifier)).mappings().first()
    if row is None:
        raise NotFound("There is no such comment.", remedy="Look at the comments on the agreement.")
    return _comment(row)


def comments(c: sa.Connection, on: str) -> tuple[ClauseComment, ...]:
    """Return the comments on a draft or a version, oldest first."""
    wanted = sa.select(table).where(table.c.on == on).order_by(table.c.at, table.c.id)
    return tuple(_comment(row) for row in c.execute(wanted).mappings())


def carry_over(c: sa.Connection, draft: str, reference: str) -> None:
    """Let the comments on a draft be on the version that it was proposed as."""
    c.execute(sa.update(table).where(table.c.on == on_draft(draft)).values(on=reference))


def forget(c: sa.Connection, draft: str) -> None:
    """Forget the comments on a draft that is deleted."""
    c.execute(sa.delete(table).where(table.c.on == on_draft(draft)))


def _record(c: sa.Connection, recorder: Recorder, kind: str, about: ClauseComment, organisation: str, by: str) -> None:
    kept, _, draft = about.on.partition("draft:")
    on = {"draft": draft} if draft else dict(zip(("agreement", "version"), kept.split("@"), strict=True))
    body: dict[str, Any] = {**on, "clause": about.clause, "comment": about.id, "organisation": organisation}
    if "version" in body:
        body["version"] = int(body["version"])
    recorder.append(c, kind, body | {"by": recorder.person(c, by)})


def _comment(row: Mapping[Any, Any]) -> ClauseComment:
    values = dict(row)
    for name in ("at", "resolved_at"):
        values[name] = datetime.fromisoformat(values[name]) if values[name] else None
    return ClauseComment(**values)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
