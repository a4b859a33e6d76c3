"""The version of the metadata database: checked by one SELECT, upgraded after a backup.

Opening an installation costs no Alembic: the version is compared with a constant, and only a database of an older
version imports what can upgrade it.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, create_engine, event, insert
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

import commonweal
from commonweal.errors import Conflict, Unavailable
from commonweal.installation import tables
from commonweal.installation.database import WAIT_SECONDS, unavailable
from commonweal.installation.new_file import sync_folder

if TYPE_CHECKING:
    from alembic.config import Config

REVISION = "0001"
"""The newest migration, which this version of commonweal works with; a test holds it to the files in migrations/."""

MIGRATIONS = Path(__file__).parent / "migrations"


def create_database(path: Path) -> None:
    """Make a new metadata database of the present revision, readable by its owner only; whole, or not at all.

    `Conflict` if there is a file of that name.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))  # SQLite gives its side files the same mode
    except FileExistsError as error:
        raise Conflict(
            "There is a file already where the metadata database is to be.",
            why=f"It is named {path.name}.",
            remedy="Name another in COMMONWEAL_DATABASE_URL, or move that file elsewhere.",
        ) from error
    try:
        with closing(_connect(path)) as new:
            new.execute("PRAGMA journal_mode = WAL")
        _upgrade(path, MIGRATIONS, REVISION)
    except BaseException:
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        raise


def ready_database(path: Path, *, migrations: Path = MIGRATIONS, revision: str = REVISION) -> Path | None:
    """See that the database has the revision we work with; upgrade an older one. Returns the backup, if one was made.

    `Conflict` when a newer commonweal has used it; `Unavailable` when it is missing, damaged, not ours, or when the
    upgrade failed, which leaves it as it was.
    """
    found = found_revision(path)
    if found == revision:
        return None
    if found not in _known_revisions(migrations):
        raise Conflict(
            "This installation was made by a newer version of commonweal.",
            why=f"It was last used by commonweal {_last_version(path)} (schema {found}); "
            f"this is commonweal {commonweal.__version__} (schema {revision}).",
            remedy="Install that version or a later one. Nothing was changed.",
        )
    return _upgrade(path, migrations, revision, older=found)


def found_revision(path: Path) -> str:
    """Return the revision a database has, by one SELECT; `Unavailable` if it is not a metadata database."""
    try:
        with closing(_connect(path)) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        known = unavailable(error.sqlite_errorcode)
        raise known or _not_ours() from error
    if row is None:
        raise _not_ours()
    return str(row[0])


def alembic_config(migrations: Path) -> Config:
    """Return Alembic's settings for a folder of migrations; there is no alembic.ini."""
    from alembic.config import Config  # Alembic takes 0.3 s to import and is needed for upgrades only

    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


def _upgrade(path: Path, migrations: Path, revision: str, older: str | None = None) -> Path | None:
    """Bring a database to `revision` in one transaction, after a backup when there is something to back up."""
    from alembic import command  # for upgrades only, see above

    engine = create_engine(URL.create("sqlite+pysqlite", database=str(path)), poolclass=NullPool, hide_parameters=True)

    @event.listens_for(engine, "do_connect")
    def connect(*_arguments: object) -> sqlite3.Connection:
        # Foreign keys are looked at once at the end: while a table is made anew its references point nowhere.
        return _connect(path)

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    backup = None
    try:
        with engine.begin() as connection:
            if older is not None:
                if _revision_within(connection) == revision:  # another process upgraded it while we waited
                    return None
                backup = _back_up(path, older)
            config = alembic_config(migrations)
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise ValueError("a row refers to one that is not there")
            connection.execute(
                insert(tables.installation_history).values(
                    revision=revision, version=commonweal.__version__, at=datetime.now(UTC).replace(tzinfo=None)
                )
            )
    except Exception as error:  # whatever went wrong, the transaction is rolled back and people must know that
        code = getattr(error.orig, "sqlite_errorcode", None) if isinstance(error, DBAPIError) else None
        known = unavailable(code)
        kept = f" A backup is in {backup.name}." if backup else ""
        raise Unavailable(
            "The metadata database could not be brought to this version.",
            why=(known.why if known else f"A step of the upgrade failed ({type(error).__name__})."),
            remedy=f"Nothing was changed: the version of commonweal used before works as it did.{kept}",
        ) from error
    finally:
        engine.dispose()
    return backup


def _revision_within(connection: Connection) -> str | None:
    row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
    return None if row is None else str(row[0])


def _back_up(path: Path, revision: str) -> Path:
    """Copy the database as it was last committed to a file beside it, whole or not at all; return the copy."""
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    target = path.with_name(f"{path.name}.backup-{revision}-{moment}")
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=path.parent)
    os.close(handle)
    try:
        with closing(_connect(path)) as source, closing(sqlite3.connect(temporary)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, complete in itself
        with Path(temporary).open("rb+") as file:
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    finally:
        with suppress(FileNotFoundError):
            Path(temporary).unlink()
    sync_folder(path.parent)
    return target


def _connect(path: Path) -> sqlite3.Connection:
    # mode=rw: a database that is missing must be an error, not a new empty file.
    uri = f"{path.absolute().as_uri()}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=WAIT_SECONDS)
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _known_revisions(migrations: Path) -> frozenset[str]:
    from alembic.script import ScriptDirectory  # for upgrades only, see above

    scripts = ScriptDirectory.from_config(alembic_config(migrations))
    return frozenset(script.revision for script in scripts.walk_revisions())


def _last_version(path: Path) -> str:
    try:
        with closing(_connect(path)) as connection:
            row = connection.execute("SELECT version FROM installation_history ORDER BY number DESC").fetchone()
    except sqlite3.Error:
        row = None
    return "of an unknown version" if row is None else str(row[0])


def _not_ours() -> Unavailable:
    return Unavailable(
        "The metadata database is not one of commonweal's.",
        why="It has no record of its version.",
        remedy="Put the file back from a backup.",
    )
