"""The head of the ledger: its size, its newest hashes, the latest time and the signed checkpoint of all of it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, insert, select, update

from commonweal.errors import Tampered
from commonweal.ledger.merkle import HASH_SIZE, root_of
from commonweal.ledger.note import base64_text
from commonweal.ledger.tables import entry_table, head_table

_LAST = select(func.max(entry_table.c.idx)).scalar_subquery()
# On PostgreSQL the lock makes writers queue; SQLite has its one writer already (BEGIN IMMEDIATE).
_READ = select(head_table, _LAST.label("last"))
_READ_TO_WRITE = _READ.with_for_update(of=head_table)
_UPDATE = update(head_table).where(head_table.c.id == bindparam("the_id"))
_INSERT = insert(head_table)


@dataclass(frozen=True)
class Head:
    """The newest state of the ledger, one row. `latest_time` is empty while there is no entry."""

    public_key: str
    size: int = 0
    peaks: tuple[bytes, ...] = ()
    latest_time: str = ""
    checkpoint: str = ""


def read_head(connection: Connection, *, to_write: bool = False) -> Head | None:
    """Return the head, or None when nothing was ever recorded.

    Raises Tampered when it does not fit the entries or its own checkpoint: nothing may be added to a broken record.
    """
    row = connection.execute(_READ_TO_WRITE if to_write else _READ).first()
    if row is None:
        if connection.execute(select(_LAST)).scalar() is not None:
            raise _broken("there are entries but no head")
        return None
    peaks = tuple(row.peaks[start : start + HASH_SIZE] for start in range(0, len(row.peaks), HASH_SIZE))
    head = Head(row.public_key, row.size, peaks, row.latest_time, row.checkpoint)
    if row.size != (-1 if row.last is None else row.last) + 1:
        raise _broken("the number of entries is not the one that was signed last")
    if head.checkpoint.split("\n", 3)[1:3] != [str(head.size), base64_text(root_of(peaks))]:
        raise _broken("its newest hashes are not those that were signed last")
    return head


def write_head(connection: Connection, head: Head, *, first: bool) -> None:
    """Write the head in the caller's transaction."""
    values = {
        "public_key": head.public_key,
        "size": head.size,
        "peaks": b"".join(head.peaks),
        "latest_time": head.latest_time,
        "checkpoint": head.checkpoint,
    }
    if first:
        connection.execute(_INSERT, values | {"id": 1})
    else:
        connection.execute(_UPDATE, values | {"the_id": 1})


def _broken(what: str) -> Tampered:
    return Tampered(
        f"The record does not hold together: {what}.",
        why="Something other than commonweal changed the database, or the file is damaged.",
        remedy="Run `commonweal ledger verify` to find the place; restore the database from a backup.",
    )
