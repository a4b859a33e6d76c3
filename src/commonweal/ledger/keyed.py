"""Keyed hashes (HMAC-SHA-256) and the erasable side tables that say what some of them stand for.

The ledger itself holds only the hashes. Erasing a person or a text here leaves every entry and proof as it was.
Whoever has the hashing key can still test a guess; without it a hash tells nothing, not even of a short value.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

from sqlalchemy import Connection, Table, bindparam, delete, insert, select

from commonweal.ledger.tables import person_table, text_table

_AT_ONCE = 500
_IS_KNOWN = {
    table: select(table.c.hash).where(table.c.hash == bindparam("digest")) for table in (person_table, text_table)
}


def keyed_hash(key: bytes, value: str, purpose: str) -> str:
    """Return the keyed hash of a value, 64 hex digits. Hashes for different purposes never match each other."""
    return hmac.new(key, f"{purpose}\x00{value}".encode(), hashlib.sha256).hexdigest()


def plain_email(email: str) -> str:
    """Return an e-mail address as it is hashed: without spaces around it, in small letters."""
    return email.strip().casefold()


def remember(connection: Connection, table: Table, digest: str, value: str) -> None:
    """Keep what a hash stands for in a side table, once."""
    if connection.execute(_IS_KNOWN[table], {"digest": digest}).first() is None:
        connection.execute(insert(table).values([digest, value]))


def forget(connection: Connection, table: Table, digest: str) -> bool:
    """Erase what a hash stands for; returns whether it was known.

    On SQLite the bytes are overwritten too. They may stay in the write-ahead file until its next checkpoint, and in
    backups until these expire.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")
    return connection.execute(delete(table).where(table.c.hash == digest)).rowcount > 0


def emails(connection: Connection, hashes: Iterable[str]) -> dict[str, str]:
    """Return the e-mail addresses of those hashes whose person is still remembered."""
    return _known(connection, person_table, hashes)


def full_texts(connection: Connection, hashes: Iterable[str]) -> dict[str, str]:
    """Return the full texts of those hashes whose text is still remembered."""
    return _known(connection, text_table, hashes)


def _known(connection: Connection, table: Table, hashes: Iterable[str]) -> dict[str, str]:
    wanted = sorted(set(hashes))
    found: dict[str, str] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        rows = connection.execute(select(table).where(table.c.hash.in_(wanted[start : start + _AT_ONCE])))
        found |= {row[0]: row[1] for row in rows}
    return found
