"""Drafts kept: made, saved, deleted, each in the caller's transaction. The ledger holds that one was made, not its words."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import sqlalchemy as sa

from commonweal.agreement.drafting.places import Document
from commonweal.agreement.drafting.tables import drafts as table
from commonweal.agreement.drafting.writing import LARGEST
from commonweal.errors import BadInput, Conflict, NotFound

MOST = 200
"""How many drafts an organisation may have at once."""


class Recorder(Protocol):
    """What this room needs of the ledger."""

    def append(self, connection: sa.Connection, kind: str, body: Mapping[str, Any], /) -> object:
        """Append an entry in the connection's transaction."""
        ...

    def person(self, connection: sa.Connection, email: str, /) -> str:
        """Return the keyed hash that stands for a person."""
        ...


@dataclass(frozen=True)
class Draft:
    """A draft: whose it is, who began it, what stands in it so far, and how often it was saved."""

    id: str
    organisation: str
    maker: str
    document: Document
    revision: int
    made_at: datetime
    changed_at: datetime

    @property
    def title(self) -> str:
        """Return what the draft is called so far."""
        found = self.document.get("title")
        return found if isinstance(found, str) and found else "An agreement without a title"


def make(
    c: sa.Connection, recorder: Recorder, organisation: str, document: Document, *, at: datetime, by: str
) -> Draft:
    """Keep a new draft of an organisation; `Conflict` when it has too many, `BadInput` when it is too large."""
    count = c.scalar(sa.select(sa.func.count()).where(table.c.organisation == organisation)) or 0
    if count >= MOST:
        raise Conflict(
            "No draft can be added.",
            why=f"Your organisation has {MOST} drafts.",
            remedy="Delete one that nobody needs.",
        )
    identifier = secrets.token_hex(16)
    c.execute(
        sa.insert(table).values(
            id=identifier,
            organisation=organisation,
            maker=by,
            document=_written(document),
            revision=1,
            made_at=_text(at),
            changed_at=_text(at),
        )
    )
    _record(c, recorder, "draft.made", identifier, organisation, by)
    return draft(c, identifier)


def save(c: sa.Connection, identifier: str, document: Document, *, at: datetime, expected: int | None = None) -> Draft:
    """Keep what a draft holds now; `Conflict` when it is not the revision that was expected, since somebody saved it."""
    before = draft(c, identifier)
    if expected is not None and expected != before.revision:
        raise Conflict(
            "Somebody saved this draft meanwhile, so nothing was saved.",
            why="What you sent was written over an older state of it.",
            remedy="Look at it again; what you typed is still here, and can be saved over it.",
        )
    values = {"document": _written(document), "revision": before.revision + 1, "changed_at": _text(at)}
    c.execute(sa.update(table).where(table.c.id == identifier).values(**values))
    return draft(c, identifier)


def draft(c: sa.Connection, identifier: str) -> Draft:
    """Return a draft; `NotFound` if there is none of that id."""
    row = c.execute(sa.select(table).where(table.c.id == identifier)).mappings().first()
    if row is None:
        raise NotFound(
            "There is no such draft.", remedy="Look at your drafts; one that was proposed is an agreement now."
        )
    return _draft(row)


def drafts(c: sa.Connection, organisation: str) -> tuple[Draft, ...]:
    """Return the drafts of an organisation, the one saved last first."""
    wanted = sa.select(table).where(table.c.organisation == organisation)
    return tuple(_draft(row) for row in c.execute(wanted.order_by(table.c.changed_at.desc(), table.c.id)).mappings())


def delete(c: sa.Connection, recorder: Recorder, identifier: str, *, by: str, proposed_as: str = "") -> None:
    """Forget a draft, because it was proposed as an agreement or is not wanted any more."""
    found = draft(c, identifier)
    c.execute(sa.delete(table).where(table.c.id == identifier))
    kind, more = ("draft.proposed", {"agreement": proposed_as}) if proposed_as else ("draft.deleted", {})
    _record(c, recorder, kind, identifier, found.organisation, by, more)


def _record(
    c: sa.Connection,
    recorder: Recorder,
    kind: str,
    identifier: str,
    organisation: str,
    by: str,
    more: Mapping[str, str] | None = None,
) -> None:
    body = {"draft": identifier, "organisation": organisation, **(more or {}), "by": recorder.person(c, by)}
    recorder.append(c, kind, body)


DEEPEST = 20
"""How deeply a draft may be nested; agreements have no more than six levels."""


def _depth(value: object) -> int:
    """Return how deeply a value is nested, and no more than one above what is allowed."""
    depth, level = 0, [value]
    while level and depth <= DEEPEST:
        depth += 1
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
    return depth


def _written(document: Document) -> str:
    if _depth(document) > DEEPEST:
        raise BadInput("The draft is nested too deeply.", remedy="Write it in the shape that an agreement has.")
    try:
        text = json.dumps(document, ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise BadInput("This holds a number that is none.", remedy="Write a number, or words.") from None
    if len(text) > LARGEST:
        raise BadInput(f"A draft must be {LARGEST:,} characters or fewer.", remedy="Put the long form in an appendix.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadInput("This holds a character that is none.", remedy="Write it anew, as plain text.") from None
    return text.replace("\x00", "")


def _draft(row: Mapping[Any, Any]) -> Draft:
    values = dict(row) | {"document": json.loads(row["document"])}
    for name in ("made_at", "changed_at"):
        values[name] = datetime.fromisoformat(values[name])
    return Draft(**values)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
