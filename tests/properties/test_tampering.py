"""The record of an installation cannot be changed in silence: by the program itself, as an auditor would run it."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from commonweal.errors import Refused
from tests.acceptance import town
from tests.acceptance.terminal import on_path, run

pytestmark = pytest.mark.slow

PLACES = 12
CUT = 20


@dataclass(frozen=True)
class Audited:
    """An installation with a hundred entries, a checkpoint kept elsewhere, and an environment to run the program in."""

    folder: Path
    checkpoint: Path
    environment: Mapping[str, str]

    def verify(self, *options: str | Path, database: Path | None = None) -> tuple[int, str]:
        """Return the exit code of `ledger verify` and all that it wrote."""
        more = ("--database", database) if database else ()
        done = run(self.environment, "commonweal", "ledger", "verify", *more, *options, "--json", cwd=self.folder)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Audited:
    folder = tmp_path_factory.mktemp("audited")
    with town.build(folder, "--people", "1500") as installation:
        gateway = installation.gateway(town.ANALYST)
        for number in range(80):
            with pytest.raises(Refused):
                gateway.ask(f"select name from person where {number} = 1", agreement=town.AGREEMENT)
        for _ in range(5):
            gateway.ask("select sex, count(*) as people from person group by sex", agreement=town.AGREEMENT)
    environment = on_path(folder / "bin")
    done = run(environment, "commonweal", "ledger", "checkpoint", cwd=installation.folder)
    assert done.returncode == 0, done.stderr
    checkpoint = folder / "kept.txt"
    checkpoint.write_text(done.stdout)
    return Audited(installation.folder, checkpoint, environment)


def test_it_verifies_as_it_is(audited: Audited) -> None:
    code, said = audited.verify("--against", audited.checkpoint)
    assert code == 0, said


def copied(audited: Audited, folder: Path) -> Path:
    """Return a copy of the database as one file, with nothing left in its journal."""
    copy = folder / "copy.sqlite3"
    source, target = sqlite3.connect(audited.folder / "metadata.sqlite3"), sqlite3.connect(copy)
    source.backup(target)
    target.execute("PRAGMA journal_mode = DELETE")
    source.close()
    target.close()
    return copy


def ledger_places(database: Path, chance: random.Random) -> list[tuple[int, int]]:
    """Return places in the file that hold the content of entries, with the entry's number."""
    connection = sqlite3.connect(database)
    rows = connection.execute("SELECT idx, entry FROM ledger_entry ORDER BY idx").fetchall()
    connection.close()
    content, found = database.read_bytes(), []
    for index, entry in chance.sample(rows, len(rows)):
        # Long entries are cut over pages; their beginning stands in one piece.
        begin = content.find(entry[:60])
        if begin >= 0 and content.count(entry[:60]) == 1:
            found.append((begin + chance.randrange(len(entry[:60])), index))
    return found[:PLACES]


def test_one_byte_anywhere_in_the_ledger(audited: Audited, tmp_path: Path) -> None:
    chance = random.Random(5)
    original = copied(audited, tmp_path)
    assert audited.verify(database=original)[0] == 0
    places = ledger_places(original, chance)
    assert len(places) == PLACES
    changed = tmp_path / "changed.sqlite3"
    for place, index in places:
        shutil.copy(original, changed)
        with changed.open("r+b") as file:
            file.seek(place)
            before = file.read(1)[0]
            file.seek(place)
            file.write(bytes([before ^ (1 << chance.randrange(8))]))
        code, said = audited.verify(database=changed)
        assert code == 1, f"a byte of entry {index} was changed in silence"
        assert json.loads(said[: said.rindex("}") + 1])["error"]["code"] == "tampered"
        assert str(index) in said, f"entry {index} is not named: {said}"


@pytest.mark.parametrize("table", ["ledger_tree", "ledger_head", "ledger_checkpoint"])
def test_one_byte_of_what_the_ledger_is_proven_by(table: str, audited: Audited, tmp_path: Path) -> None:
    database = copied(audited, tmp_path)
    column = {"ledger_tree": "hashes", "ledger_head": "peaks", "ledger_checkpoint": "checkpoint"}[table]
    connection = sqlite3.connect(database)
    row, value = connection.execute(f"SELECT rowid, {column} FROM {table} ORDER BY rowid DESC LIMIT 1").fetchone()
    raw = bytearray(value if isinstance(value, bytes) else value.encode())
    raw[len(raw) // 2] ^= 1
    written = bytes(raw) if isinstance(value, bytes) else raw.decode()
    with connection:
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (written, row))
    connection.close()
    code, said = audited.verify(database=database)
    assert code == 1, said
    assert "tampered" in said


def test_the_last_entries_cut_off(audited: Audited, tmp_path: Path) -> None:
    """Whoever has the keys can cut the tail and sign again: only the checkpoint kept elsewhere tells."""
    from commonweal.installation import open_installation
    from commonweal.ledger.merkle import grow, leaf_hash

    database = copied(audited, tmp_path)
    connection = sqlite3.connect(database)
    with connection:
        (size,) = connection.execute("SELECT count(*) FROM ledger_entry").fetchone()
        connection.execute("DELETE FROM ledger_entry WHERE idx >= ?", (size - CUT,))
        connection.execute("DELETE FROM ledger_tree WHERE idx >= ?", (size - CUT,))
    code, said = audited.verify(database=database)
    assert code == 1, "the head says how many there are, so even without a checkpoint this is noticed"

    with open_installation(audited.folder) as installation, connection:
        peaks: tuple[bytes, ...] = ()
        latest = ""
        for index, entry, time in connection.execute(
            "SELECT idx, entry, time FROM ledger_entry ORDER BY idx"
        ).fetchall():
            peaks, _ = grow(peaks, index, leaf_hash(entry))
            latest = max(latest, time)
        head = installation.ledger._signed(size - CUT, peaks, latest)
        connection.execute("DELETE FROM ledger_checkpoint")
        connection.execute(
            "UPDATE ledger_head SET size = ?, peaks = ?, latest_time = ?, checkpoint = ?",
            (size - CUT, b"".join(peaks), latest, head.checkpoint),
        )
    connection.close()
    code, said = audited.verify(database=database)
    assert code == 0, f"the forgery is not as good as it should be: {said}"
    code, said = audited.verify("--against", audited.checkpoint, database=database)
    assert code == 1, said
    assert "tampered" in said
