"""Searching the ledger: entries that name a person, a dataset or an agreement, of a kind, in a period.

The database is asked for entries whose bytes hold what is looked for, which is fast; each is then read and judged by its
values, so that a word inside another is not taken for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, literal, select

from commonweal.ledger.canonical import JSON
from commonweal.ledger.entry import Entry, time_text
from commonweal.ledger.reading import read_entry
from commonweal.ledger.tables import entry_table

_ENTRY = entry_table.c


@dataclass(frozen=True)
class Sought:
    """What is looked for; whatever is empty holds for every entry.

    `kind` is a whole kind or its first word; `agreement` an id or ``id@version``; `person` a keyed hash; `dataset` a
    reference ``organisation/name``; `since` is included, `until` is not; `before` is an index that is not included.
    """

    kind: str = ""
    agreement: str = ""
    person: str = ""
    dataset: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None

    @property
    def is_empty(self) -> bool:
        """Return whether nothing in particular is looked for."""
        return self == Sought(before=self.before)


def search(connection: Connection, sought: Sought, *, limit: int | None = None) -> Iterator[Entry]:
    """Yield the entries that fit, newest first, `limit` at most. Tampered at an entry that cannot be read."""
    given = 0
    for index, text in connection.execute(_query(connection, sought).order_by(_ENTRY.idx.desc())):
        if limit is not None and given >= limit:
            return
        entry = read_entry(index, text)
        if _fits(entry, sought):
            given += 1
            yield entry


def following(connection: Connection, asked: Iterable[int], kind: str = "question") -> dict[int, Entry]:
    """Return for each entry that says something was asked the newest entry of its outcome (its `asked` names it)."""
    wanted = set(asked)
    found: dict[int, Entry] = {}
    if not wanted:
        return found
    query = select(_ENTRY.idx, _ENTRY.entry).where(
        _ENTRY.idx > min(wanted), _ENTRY.kind.between(f"{kind}.", f"{kind}/"), _ENTRY.kind != f"{kind}.asked"
    )
    for index, text in connection.execute(query.order_by(_ENTRY.idx)):
        entry = read_entry(index, text)
        about = entry.body.get("asked")
        if isinstance(about, int) and about in wanted:
            found[about] = entry
    return found


def months(connection: Connection, kind: str, dataset: str) -> dict[str, int]:
    """Return how many entries of a kind read a dataset in each month (``2026-11``), the newest first."""
    month = func.substr(_ENTRY.time, 1, 7)
    if connection.dialect.name == "sqlite":
        holds = _holds(f'"{dataset}@')
        query = select(month, func.count()).where(_ENTRY.kind == kind, holds).group_by(month).order_by(month.desc())
        return {row[0]: row[1] for row in connection.execute(query)}
    counted: dict[str, int] = {}
    for entry in search(connection, Sought(kind=kind, dataset=dataset)):
        name = time_text(entry.time)[:7]
        counted[name] = counted.get(name, 0) + 1
    return counted


def names(entry: Entry, digest: str) -> bool:
    """Tell whether an entry names a person, by keyed hash, anywhere in its body."""
    return any(text == digest for text in texts_of(entry.body))


def reads(entry: Entry, dataset: str) -> bool:
    """Tell whether an entry is about a dataset, or about something that is named by it (a snapshot, a column)."""
    beginnings = tuple(f"{dataset}{mark}" for mark in "@.")
    return any(text == dataset or text.startswith(beginnings) for text in texts_of(entry.body))


def _query(connection: Connection, sought: Sought) -> Select[Any]:
    query = select(_ENTRY.idx, _ENTRY.entry)
    kind, agreement = sought.kind, sought.agreement
    if kind:
        query = query.where((_ENTRY.kind == kind) | _ENTRY.kind.between(f"{kind}.", f"{kind}/"))
    if agreement:
        query = query.where(
            (_ENTRY.agreement == agreement) | _ENTRY.agreement.between(f"{agreement}@", f"{agreement}A")
        )
    if sought.since is not None:
        query = query.where(_ENTRY.time >= time_text(sought.since))
    if sought.until is not None:
        query = query.where(_ENTRY.time < time_text(sought.until))
    if sought.before is not None:
        query = query.where(_ENTRY.idx < sought.before)
    if connection.dialect.name == "sqlite":
        for text in filter(None, (sought.person, sought.dataset)):
            query = query.where(_holds(text))
    return query


def _holds(text: str) -> ColumnElement[bool]:
    """Return the condition that an entry's bytes hold a text (SQLite)."""
    return func.instr(_ENTRY.entry, literal(text.encode())) > 0


def _fits(entry: Entry, sought: Sought) -> bool:
    return (not sought.person or names(entry, sought.person)) and (not sought.dataset or reads(entry, sought.dataset))


def texts_of(value: JSON) -> Iterator[str]:
    """Yield every text in a body, names of its parts included (the meter's accounts are such names)."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from texts_of(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from texts_of(part)
