"""The migrations make exactly the tables that the rooms declare, and work on what an older version left."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import commonweal
from commonweal.errors import Conflict, Unavailable
from commonweal.installation.migrations.__main__ import write_migration
from commonweal.installation.rooms import metadata_of_rooms
from commonweal.installation.schema import (
    MIGRATIONS,
    REVISION,
    alembic_config,
    create_database,
    found_revision,
    ready_database,
)

SECOND = '''"""second."""
import sqlalchemy as sa
from alembic import op
revision = "%(number)s"
down_revision = "%(before)s"

def upgrade():
    with op.batch_alter_table("identity_person") as table:
        table.add_column(sa.Column("telephone", sa.String(20), nullable=False, server_default="none"))
        table.alter_column("name", type_=sa.String(300))
    op.create_table("identity_team", sa.Column("name", sa.String(20), primary_key=True))
    %(then)s
'''


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database as this version makes it, with a person in it."""
    path = tmp_path / "metadata.sqlite3"
    create_database(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO identity_person VALUES ('ann@northbank.example', 'northbank', 'Ann')")
        connection.execute("INSERT INTO identity_person_role VALUES ('ann@northbank.example', 'analyst')")
    return path


@pytest.fixture
def later(tmp_path: Path) -> Iterator[Path]:
    """The migrations of a later version: ours and one more."""
    yield later_migrations(tmp_path, then="")


def later_migrations(tmp_path: Path, then: str) -> Path:
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    values = {"number": next_number(), "before": REVISION, "then": then}
    (folder / "versions" / f"{next_number()}_second.py").write_text(SECOND % values)
    return folder


def next_number() -> str:
    return f"{int(REVISION) + 1:04}"


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def backups(path: Path) -> list[Path]:
    return sorted(path.parent.glob("*.backup-*"))


def test_the_migrations_make_what_the_rooms_declare(path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata_of_rooms()) == []
        made = set(sa.inspect(connection).get_table_names()) - {"alembic_version"}
    engine.dispose()
    declared = {table for metadata in metadata_of_rooms() for table in metadata.tables}
    assert made == declared
    assert {"identity_person", "installation_history"} <= declared


def test_no_two_rooms_declare_one_table() -> None:
    names = [table for metadata in metadata_of_rooms() for table in metadata.tables]
    assert len(names) == len(set(names))


def test_the_revision_we_compare_with_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(alembic_config(MIGRATIONS)).get_heads() == [REVISION]


def test_a_database_of_this_version_is_left_alone(path: Path) -> None:
    before = dump(path)
    assert ready_database(path) is None
    assert (dump(path), backups(path)) == (before, [])


def test_an_older_database_is_backed_up_and_upgraded(path: Path, later: Path) -> None:
    before = dump(path)
    backup = ready_database(path, migrations=later, revision=next_number())
    assert backup is not None
    assert backups(path) == [backup]
    assert backup.name.startswith(f"metadata.sqlite3.backup-{REVISION}-2")
    assert dump(backup) == before
    assert backup.stat().st_mode & 0o077 == 0
    assert found_revision(path) == next_number()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name, telephone FROM identity_person").fetchall() == [("Ann", "none")]
        assert connection.execute("SELECT count(*) FROM identity_person_role").fetchone() == (1,)
        history = connection.execute("SELECT revision, version FROM installation_history ORDER BY number").fetchall()
    assert history == [(REVISION, commonweal.__version__), (next_number(), commonweal.__version__)]
    assert ready_database(path, migrations=later, revision=next_number()) is None
    shutil.copy(backup, path)  # the way back
    assert ready_database(path) is None


def test_a_database_stamped_as_older_is_upgraded(tmp_path: Path, later: Path) -> None:
    """The other way to an older folder: an empty database that says it is at our revision."""
    path = tmp_path / "metadata.sqlite3"
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        for metadata in metadata_of_rooms():
            metadata.create_all(connection)
        config = alembic_config(later)
        config.attributes["connection"] = connection
        command.stamp(config, REVISION)
    engine.dispose()
    assert ready_database(path, migrations=later, revision=next_number()) is not None
    assert found_revision(path) == next_number()


@pytest.mark.parametrize(
    "then",
    [
        'raise RuntimeError("a value")',
        'op.execute("INSERT INTO no_such_table VALUES (1)")',
        "op.execute(\"INSERT INTO identity_person_role VALUES ('nobody', 'analyst')\")",  # refers to nobody
    ],
)
def test_an_upgrade_that_fails_changes_nothing_and_says_so(tmp_path: Path, path: Path, then: str) -> None:
    before = dump(path)
    with pytest.raises(Unavailable) as caught:
        ready_database(path, migrations=later_migrations(tmp_path, then), revision=next_number())
    assert dump(path) == before
    assert [dump(backup) for backup in backups(path)] == [before]
    assert backups(path)[0].name in caught.value.remedy
    assert "a value" not in str(caught.value.as_dict())
    assert ready_database(path) is None


def test_a_database_of_a_newer_version_is_refused_and_left_alone(path: Path, later: Path) -> None:
    ready_database(path, migrations=later, revision=next_number())
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE installation_history SET version = '9.8.7' WHERE revision = ?", [next_number()])
    before = dump(path)
    with pytest.raises(Conflict) as caught:
        ready_database(path)
    assert "commonweal 9.8.7 (schema 0002)".replace("0002", next_number()) in caught.value.why
    assert f"commonweal {commonweal.__version__} (schema {REVISION})" in caught.value.why
    assert dump(path) == before


def test_several_that_find_an_older_database_upgrade_it_once(path: Path, later: Path) -> None:
    made: list[Path | None] = []

    def work() -> None:
        made.append(ready_database(path, migrations=later, revision=next_number()))

    threads = [threading.Thread(target=work) for _ in range(3)]
    # Alembic keeps the running migration in a module, so threads of one process take turns here as processes would.
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        for thread in threads:
            thread.start()
        other.execute("COMMIT")
    for thread in threads:
        thread.join()
    assert len(made) == 3
    assert len([backup for backup in made if backup]) == len(backups(path)) == 1
    assert found_revision(path) == next_number()


def test_what_is_not_a_metadata_database(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        ready_database(tmp_path / "none.sqlite3")
    with closing(sqlite3.connect(tmp_path / "other.sqlite3")) as connection, connection:
        connection.execute("CREATE TABLE something (a)")
    with pytest.raises(Unavailable, match="not one of commonweal's"):
        ready_database(tmp_path / "other.sqlite3")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.sqlite3"]


def test_the_command_writes_the_migration_that_is_missing(tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    ours = (folder / "versions" / f"{REVISION}_first.py").read_text()
    anew = write_migration("First", anew=True, migrations=folder)
    assert anew.name == f"{REVISION}_first.py"
    assert without_layout(anew.read_text()) == without_layout(ours)
    following = write_migration("Nothing new", migrations=folder)
    assert following.name == f"{next_number()}_nothing_new.py"
    assert "op." not in following.read_text()


def without_layout(code: str) -> str:
    return "".join(code.replace("'", '"').split()).replace(",)", ")")
