"""Kept answers in the metadata database. Every function works inside the caller's transaction and never commits."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from commonweal.gateway.kept import tables
from commonweal.ledger.keyed import emails, full_texts
from commonweal.ledger.tables import text_table

_K = tables.answers.c
_IN_SHORT = [column for column in tables.answers.c if column.name not in {"body", "receipt"}]
MOST_LISTED = 100
LARGEST_NUMBER = 2**63 - 1
"""What a database takes for a number; no ledger is so long."""


@dataclass(frozen=True)
class InShort:
    """A kept answer as a line of a list: its number (the ledger entry it rests on), whose, what was asked, when.

    `person` (an e-mail address) and `sql` are empty when they have been erased; `until` is when it is deleted.
    """

    number: int
    asked: int
    agreement: str
    version: int
    person: str
    sql: str
    datasets: tuple[str, ...]
    rows: int
    withheld: int
    at: datetime
    until: datetime

    @property
    def reference(self) -> str:
        """Return the version of the agreement it was answered under, ``id@version``."""
        return f"{self.agreement}@{self.version}"

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON-ready values."""
        return {
            "id": self.number,
            "asked": self.asked,
            "agreement": self.reference,
            "person": self.person,
            "sql": self.sql,
            "datasets": list(self.datasets),
            "rows": self.rows,
            "withheld": self.withheld,
            "at": self.at.isoformat(),
            "until": self.until.isoformat(),
        }


@dataclass(frozen=True)
class Chosen:
    """Which answers are wanted: of a person (keyed hash), under some agreements (by id), with `text` in their SQL.

    None leaves a condition out. Those before the number `before`, newest first, `limit` of them.
    """

    person: str | None = None
    agreements: Collection[str] | None = None
    text: str = ""
    before: int | None = None
    limit: int = 20


def keep(c: sa.Connection, **values: object) -> None:
    """Keep an answer; the values are the table's columns."""
    c.execute(sa.insert(tables.answers).values(**values))


def is_kept(c: sa.Connection, number: int) -> bool:
    """Tell whether an answer is kept."""
    return c.execute(sa.select(_K.number).where(_K.number == number)).first() is not None


def in_short(c: sa.Connection, number: int, now: datetime) -> InShort | None:
    """Return a kept answer without its content, or None when there is none or its time is over."""
    if not 0 <= number <= LARGEST_NUMBER:
        return None
    query = sa.select(*_IN_SHORT).where(_K.number == number, _K.until > now.isoformat())
    return next(iter(_read(c, query)), None)


def content(c: sa.Connection, number: int) -> tuple[bytes, str]:
    """Return the content and the receipt (JSON) of an answer that is kept."""
    row = c.execute(sa.select(_K.body, _K.receipt).where(_K.number == number)).one()
    return row.body, row.receipt


def listed(c: sa.Connection, chosen: Chosen, now: datetime) -> tuple[InShort, ...]:
    """Return the answers that are wanted and whose time is not over, newest first."""
    query = sa.select(*_IN_SHORT).where(_K.until > now.isoformat()).order_by(_K.number.desc())
    if chosen.person is not None:
        query = query.where(_K.person == chosen.person)
    if chosen.agreements is not None:
        query = query.where(_K.agreement.in_(sorted(chosen.agreements)))
    if chosen.before is not None:
        query = query.where(_K.number < max(0, min(chosen.before, LARGEST_NUMBER)))
    if chosen.text:
        query = query.join(text_table, text_table.c.hash == _K.question)
        query = query.where(text_table.c.text.icontains(chosen.text, autoescape=True))
    return _read(c, query.limit(max(1, min(chosen.limit, MOST_LISTED))))


def note_reader(c: sa.Connection, number: int, person: str) -> bool:
    """Note that a person (keyed hash) has opened an answer; return whether it is the first time."""
    known = sa.select(tables.readers.c.number).filter_by(number=number, person=person)
    if c.execute(known).first() is not None:
        return False
    c.execute(sa.insert(tables.readers).values(number=number, person=person))
    return True


def has_read(c: sa.Connection, number: int, person: str) -> bool:
    """Tell whether it is noted that a person (keyed hash) has opened an answer."""
    return c.execute(sa.select(tables.readers.c.number).filter_by(number=number, person=person)).first() is not None


def over(c: sa.Connection, now: datetime) -> dict[str, list[int]]:
    """Return the numbers of the answers whose time is over, by agreement (``id@version``)."""
    query = sa.select(_K.number, _K.agreement, _K.version).where(_K.until <= now.isoformat()).order_by(_K.number)
    found: dict[str, list[int]] = {}
    for row in c.execute(query):
        found.setdefault(f"{row.agreement}@{row.version}", []).append(row.number)
    return found


def delete(c: sa.Connection, numbers: Collection[int]) -> None:
    """Delete answers, overwriting their bytes where the database can."""
    if c.dialect.name == "sqlite":
        c.exec_driver_sql("PRAGMA secure_delete = ON")
    for table in (tables.answers, tables.readers):
        c.execute(sa.delete(table).where(table.c.number.in_(list(numbers))))


def _read(c: sa.Connection, query: sa.Select[tuple[object, ...]]) -> tuple[InShort, ...]:
    rows = c.execute(query).mappings().all()
    texts, people = full_texts(c, (row["question"] for row in rows)), emails(c, (row["person"] for row in rows))
    return tuple(
        InShort(
            number=row["number"],
            asked=row["asked"],
            agreement=row["agreement"],
            version=row["version"],
            person=people.get(row["person"], ""),
            sql=texts.get(row["question"], ""),
            datasets=tuple(json.loads(row["datasets"])),
            rows=row["rows"],
            withheld=row["withheld"],
            at=datetime.fromisoformat(row["at"]),
            until=datetime.fromisoformat(row["until"]),
        )
        for row in rows
    )
