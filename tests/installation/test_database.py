from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from commonweal.errors import Conflict, Unavailable
from commonweal.installation.database import Database
from commonweal.installation.schema import create_database

HISTORY = sa.text("SELECT count(*) FROM installation_history")
ADD = sa.text("INSERT INTO installation_history (revision, version, at) VALUES ('x', :version, '2026-01-01 00:00:00')")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    create_database(tmp_path / "metadata.sqlite3")
    return tmp_path / "metadata.sqlite3"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    database = Database(path, wait_seconds=0.2)
    yield database
    database.close()


def count(database: Database) -> int:
    with database.reading() as connection:
        return int(connection.execute(HISTORY).scalar_one())


def test_a_transaction_commits_at_the_end_and_rolls_back_on_any_error(database: Database) -> None:
    before = count(database)
    with database.transaction() as connection:
        connection.execute(ADD, {"version": "1"})
        assert count(database) == before
    assert count(database) == before + 1
    for error in (ValueError("x"), KeyboardInterrupt(), Conflict("x")):
        with pytest.raises(type(error)), database.transaction() as connection:
            connection.execute(ADD, {"version": "1"})
            raise error
    assert count(database) == before + 1


def test_every_connection_is_durable(database: Database) -> None:
    for kind in (database.transaction, database.reading):
        with kind() as connection:
            settings = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            }
        assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 200}


def test_a_reading_transaction_cannot_write_and_sees_one_state(database: Database) -> None:
    with pytest.raises(Unavailable), database.reading() as connection:
        connection.execute(ADD, {"version": "1"})
    with database.reading() as connection:
        before = connection.execute(HISTORY).scalar_one()
        with database.transaction() as writer:
            writer.execute(ADD, {"version": "1"})
        assert connection.execute(HISTORY).scalar_one() == before
    assert count(database) == before + 1


def test_writers_wait_for_each_other(path: Path) -> None:
    database = Database(path)
    before = count(database)

    def work() -> None:
        for _ in range(10):
            with database.transaction() as connection:
                seen = connection.execute(HISTORY).scalar_one()
                connection.execute(ADD, {"version": str(seen)})

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as connection:
        seen = connection.exec_driver_sql("SELECT version FROM installation_history WHERE revision = 'x'").scalars()
        assert sorted(int(number) for number in seen) == list(range(before, before + 40))
    database.close()


def test_a_lock_held_too_long_is_unavailable(path: Path, database: Database) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable) as caught, database.transaction():
        pass
    assert "Another process" in caught.value.why
    assert count(database) == 1  # reading goes on
    other.execute("ROLLBACK")
    other.close()
    with database.transaction() as connection:
        connection.execute(ADD, {"version": "1"})


def test_a_full_disk_is_unavailable_and_nothing_is_half_written(database: Database) -> None:
    before = count(database)
    with pytest.raises(Unavailable) as caught, database.transaction() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")  # SQLite's own way to be full
        for _ in range(1000):
            connection.execute(ADD, {"version": "a" * 32})
    assert caught.value.why == "The disk is full."
    assert "space" in caught.value.remedy
    assert count(database) == before


def test_a_fault_of_a_statement_is_no_trouble_of_the_place_and_shows_no_value(database: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError) as caught, database.transaction() as connection:
        statement = "INSERT INTO identity_person_role (email, role) VALUES (:email, 'x')"
        connection.execute(sa.text(statement), {"email": "secret@northbank.example"})
    assert "secret" not in str(caught.value)


def test_a_missing_file_is_not_made_anew(tmp_path: Path) -> None:
    database = Database(tmp_path / "none.sqlite3")
    with pytest.raises(Unavailable), database.reading():
        pass
    assert not (tmp_path / "none.sqlite3").exists()
    database.close()


def test_a_damaged_file_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "bad.sqlite3").write_bytes(b"not a database, but long enough to look at" * 100)
    database = Database(tmp_path / "bad.sqlite3")
    with pytest.raises(Unavailable, match="metadata database"), database.transaction():
        pass
    database.close()


def test_what_was_acknowledged_survives_a_kill(path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from sqlalchemy import text\n"
        "from commonweal.installation.database import Database\n"
        "database = Database(Path(sys.argv[1]))\n"
        f"add = text({str(ADD)!r})\n"
        "for number in range(100_000):\n"
        "    with database.transaction() as connection:\n"
        "        connection.execute(add, {'version': str(number)})\n"
        "        connection.execute(add, {'version': str(number)})\n"
        "    print(number, flush=True)\n"
    )
    running = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    for _ in range(20):
        running.stdout.readline()
    running.kill()
    acknowledged = 19 + len(running.stdout.read().split("\n")) - 1
    running.wait()
    running.stdout.close()
    database = Database(path)
    with database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        kept = connection.exec_driver_sql("SELECT version FROM installation_history WHERE revision = 'x'").scalars()
        numbers = [int(number) for number in kept]
    database.close()
    assert sorted(set(numbers)) == list(range(max(numbers) + 1))
    assert len(numbers) == 2 * len(set(numbers))  # both rows of a transaction, or none
    assert max(numbers) >= acknowledged
