"""The metadata database: how it is opened, and the two kinds of transaction.

SQLite in WAL mode with ``synchronous=FULL``: what was committed is on the disk, whatever happens next. A writing
transaction takes the one write lock when it begins (``BEGIN IMMEDIATE``), so that it can never find half way that
another was quicker; a reading transaction sees one state of the database and cannot write.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from commonweal.errors import Unavailable

WAIT_SECONDS = 10.0
"""How long a transaction waits for another process's write lock before it gives up."""

_REASONS = {  # SQLite's primary result codes (sqlite.org/rescode.html): why, and what to do
    sqlite3.SQLITE_FULL: ("The disk is full.", "Free some space and try again. Nothing was half written."),
    sqlite3.SQLITE_BUSY: (
        "Another process has been writing to it for longer than we wait.",
        "Wait until that work is done and try again.",
    ),
    sqlite3.SQLITE_LOCKED: ("It is locked.", "Wait until other work is done and try again."),
    sqlite3.SQLITE_READONLY: ("It may not be written to.", "Run commonweal as the user who owns the folder."),
    sqlite3.SQLITE_PERM: ("It may not be opened.", "Run commonweal as the user who owns the folder."),
    sqlite3.SQLITE_CANTOPEN: (
        "It cannot be opened.",
        "See that the file and its folder are there and that you own them.",
    ),
    sqlite3.SQLITE_IOERR: ("The disk reported an error.", "Check the disk and the space on it, then try again."),
    sqlite3.SQLITE_CORRUPT: ("The file is damaged.", "Put the file back from a backup. Keep the damaged one."),
    sqlite3.SQLITE_NOTADB: ("The file is not an SQLite database.", "Put the file back from a backup."),
}


class Database:
    """One metadata database, opened when first used; safe to share between threads."""

    def __init__(self, path: Path, *, wait_seconds: float = WAIT_SECONDS) -> None:
        """Take the database file, which must be there, and how long to wait for the write lock."""
        self.path = path
        self._writer = _engine(path, wait_seconds, begin="BEGIN IMMEDIATE", read_only=False)
        self._reader = _engine(path, wait_seconds, begin="BEGIN", read_only=True)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Give a connection that may write; commit at the end, or roll all of it back on any error.

        `Unavailable` when the database cannot be written (full, locked, read-only, damaged): nothing is half done.
        """
        with _translated(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the database and cannot write; `Unavailable` if it cannot read."""
        with _translated(), self._reader.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections; the last one to leave folds SQLite's write-ahead file into the database."""
        self._reader.dispose()
        self._writer.dispose()


def unavailable(code: int | None) -> Unavailable | None:
    """Return the error for an SQLite result code, or None when the statement is at fault, not the place."""
    reason = _REASONS.get(code & 0xFF) if code is not None else None
    if reason is None:
        return None
    return Unavailable("The metadata database cannot be used.", why=reason[0], remedy=reason[1])


def _engine(path: Path, wait_seconds: float, *, begin: str, read_only: bool) -> Engine:
    # hide_parameters: an error must not carry what was being written.
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        poolclass=QueuePool,
        hide_parameters=True,
        connect_args={"timeout": wait_seconds, "check_same_thread": False},
    )

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: object, _record: object, arguments: list[Any], options: dict[str, Any]) -> sqlite3.Connection:
        # mode=rw: a database that is missing must be an error, not a new empty file.
        connection: sqlite3.Connection
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, **options)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        if read_only:
            connection.execute("PRAGMA query_only = ON")
        return connection

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


@contextmanager
def _translated() -> Iterator[None]:
    """Turn SQLite's troubles with the place into `Unavailable`; let faults of a statement through."""
    try:
        yield
    except DBAPIError as error:
        known = unavailable(getattr(error.orig, "sqlite_errorcode", None))
        if known is None:
            raise
        raise known from error
    except sqlite3.Error as error:
        known = unavailable(getattr(error, "sqlite_errorcode", None))
        if known is None:
            raise
        raise known from error
