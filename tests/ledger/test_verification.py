"""Whatever is done to the file is found, and the first bad entry is named.

The hand that changes the file here may be clever (columns, hashes and rows changed to fit each other) and may even hold
the signing key; then only a checkpoint kept elsewhere tells.
"""

from __future__ import annotations

import shutil
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from commonweal.errors import BadInput, CommonwealError, NotFound, Tampered
from commonweal.ledger import Ledger, verify
from commonweal.ledger.merkle import grow, leaf_hash
from commonweal.ledger.note import VerifierKey
from commonweal.ledger.tables import metadata

from .appending import HASHING_KEY, KEY, open_database
from .conftest import Clock

SIZE = 45
PUBLISHED = (8, 21)


def build(path: Path, *, change: int | None = None, key: Ed25519PrivateKey = KEY, size: int = SIZE) -> str:
    """Make a ledger; one entry may say something else. Returns the newest checkpoint."""
    clock = Clock()
    ledger = Ledger("town", key, HASHING_KEY, clock)
    engine = open_database(path)
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS other_room (name TEXT, note TEXT)"))
        for number in range(size):
            connection.execute(text("INSERT INTO other_room VALUES ('row', 'of another room')"))
            body = {"number": number, "agreement": f"care@{number % 3}", "changed": number == change}
            ledger.append(connection, ("question.asked", "question.answered")[number % 2], body)
            clock.time -= timedelta(hours=1) if number == 30 else timedelta()
            if number + 1 in PUBLISHED:
                ledger.checkpoint(connection)
        ledger.text(connection, "a question")
    with engine.connect() as connection:
        note = str(connection.execute(text("SELECT checkpoint FROM ledger_head")).scalar_one())
    engine.dispose()
    assert not list(path.parent.glob(f"{path.name}-*")), "everything is in the one file"
    return note


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "town.db"
    build(path)
    return path


@pytest.fixture
def copy(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sound, tmp_path / "copy.db"))


def change(path: Path, *statements: str) -> None:
    """Change the file behind the ledger's back."""
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def found(path: Path, **how: str) -> str:
    """Return the place that verification names."""
    with pytest.raises(Tampered) as caught:
        verify(path, **how)  # type: ignore[arg-type]
    assert caught.value.place is not None
    assert caught.value.place.file == path.name
    assert caught.value.remedy
    return str(caught.value.place.path)


def covers(place: str, number: int) -> bool:
    """Return whether ``entry 7`` or ``entries 4 to 7`` names that entry."""
    numbers = [int(word) for word in place.split() if word.isdigit()]
    return numbers[0] <= number <= numbers[-1]


def test_a_sound_ledger(sound: Path) -> None:
    note = build(sound.parent / "other.db")
    steps: list[tuple[str, int, int]] = []
    seen = verify(sound, against=note, key=str(VerifierKey.of("town", KEY)), progress=lambda *step: steps.append(step))
    assert (seen.entries, seen.checkpoints, seen.against) == (SIZE, len(PUBLISHED), SIZE)
    assert str(seen).startswith(f"verified: {SIZE} entries, root {seen.root}, signed by town+")
    assert seen.as_dict()["verified"] is True
    assert steps[0] == ("reading entries", SIZE, SIZE)
    assert not list(sound.parent.glob("town.db-*")), "nothing is left behind"


COLUMNS = [
    "ledger_entry.entry",
    "ledger_entry.time",
    "ledger_entry.kind",
    "ledger_entry.agreement",
    "ledger_tree.hashes",
]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(COLUMNS), st.integers(0, SIZE - 1), st.floats(0, 1, exclude_max=True), st.integers(1, 255))
def test_any_byte_of_any_entry_is_found_and_named(
    sound: Path, tmp_path: Path, column: str, number: int, at: float, flip: int
) -> None:
    path = Path(shutil.copy(sound, tmp_path / "flipped.db"))
    table, name = column.split(".")
    connection = sqlite3.connect(path)
    value = bytearray(
        connection.execute(f"SELECT CAST({name} AS BLOB) FROM {table} WHERE idx = ?", [number]).fetchone()[0]
    )
    place = int(at * len(value))
    value[place] ^= flip
    as_text = "CAST(? AS TEXT)" if name in ("time", "kind", "agreement") else "?"
    connection.execute(f"UPDATE {table} SET {name} = {as_text} WHERE idx = ?", [bytes(value), number])
    connection.commit()
    connection.close()
    named = found(path)
    if table == "ledger_entry" or place < 32:
        assert named == f"entry {number}"
    else:
        assert covers(named, number)


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("UPDATE ledger_entry SET idx = 1000 WHERE idx = 7", "entry 7"),
        ("UPDATE ledger_entry SET idx = -1 WHERE idx = 7", "entry 0"),
        ("UPDATE ledger_tree SET idx = 1000 WHERE idx = 7", "entry 7"),
        ("DELETE FROM ledger_entry WHERE idx = 7", "entry 7"),
        ("DELETE FROM ledger_tree WHERE idx = 7", "entry 7"),
        ("DELETE FROM ledger_tree WHERE idx = 44", "entry 44"),
        ("DELETE FROM ledger_entry WHERE idx > 24", "entry 25"),
        ("UPDATE ledger_entry SET entry = CAST(entry AS TEXT) WHERE idx = 7", "entry 7"),
        ("UPDATE ledger_entry SET entry = entry || ' ' WHERE idx = 7", "entry 7"),
        ("UPDATE ledger_entry SET agreement = NULL WHERE idx = 7", "entry 7"),
        ("UPDATE ledger_entry SET time = CAST(time AS BLOB) WHERE idx = 7", "entry 7"),
        ("UPDATE ledger_entry SET entry = (SELECT entry FROM ledger_entry WHERE idx = 8) WHERE idx = 7", "entry 7"),
        ("UPDATE ledger_tree SET hashes = x'' WHERE idx = 7", "entry 7"),
        ("UPDATE ledger_tree SET hashes = hashes || hashes WHERE idx = 6", "entry 6"),
        ("INSERT INTO ledger_entry SELECT 45, time, kind, agreement, entry FROM ledger_entry LIMIT 1", "entry 45"),
        ("UPDATE ledger_head SET size = 44", "head"),
        ("UPDATE ledger_head SET peaks = zeroblob(length(peaks))", "head"),
        ("UPDATE ledger_head SET latest_time = 'x'", "head"),
        ("UPDATE ledger_head SET public_key = 'town+x+y'", "head, public key"),
        ("UPDATE ledger_head SET checkpoint = replace(checkpoint, 'town', 'city')", "head, checkpoint"),
        ("UPDATE ledger_head SET id = 2", "head"),
        ("DELETE FROM ledger_head", "head"),
        ("UPDATE ledger_checkpoint SET checkpoint = replace(checkpoint, '8', '9')", "checkpoint of 8 entries"),
        ("UPDATE ledger_checkpoint SET size = 9 WHERE size = 8", "checkpoint of 9 entries"),
        ("UPDATE ledger_checkpoint SET time = replace(time, '09:', '08:') WHERE size = 8", "checkpoint of 8 entries"),
    ],
)  # fmt: skip
def test_single_strokes(copy: Path, statement: str, place: str) -> None:
    change(copy, statement)
    assert found(copy) == place


def test_a_cut_tail_is_found(copy: Path, tmp_path: Path) -> None:
    note = build(tmp_path / "again.db")
    cut = SIZE - 20
    change(copy, f"DELETE FROM ledger_entry WHERE idx >= {cut}", f"DELETE FROM ledger_tree WHERE idx >= {cut}")
    assert found(copy) == found(copy, against=note) == f"entry {cut}"
    with pytest.raises(
        Tampered, match=f"entries {cut} to {SIZE - 1} are missing that the newest signed checkpoint saw"
    ):
        verify(copy)


def test_an_old_copy_verifies_by_itself_but_not_against_a_newer_checkpoint(tmp_path: Path) -> None:
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    build(old, size=SIZE - 20)
    note = build(new)
    assert verify(old).entries == SIZE - 20
    assert found(old, against=note) == f"entry {SIZE - 20}"
    assert verify(new, against=build(tmp_path / "old_again.db", size=SIZE - 20)).against == SIZE - 20


def test_a_history_rewritten_by_the_keeper_of_the_key(tmp_path: Path) -> None:
    note = build(tmp_path / "true.db")
    rewritten = tmp_path / "rewritten.db"
    build(rewritten, change=30)
    assert verify(rewritten).entries == SIZE
    assert covers(found(rewritten, against=note), 30)


def test_a_history_rewritten_with_another_key(tmp_path: Path) -> None:
    note = build(tmp_path / "true.db")
    forged = tmp_path / "forged.db"
    build(forged, change=30, key=Ed25519PrivateKey.from_private_bytes(bytes(32)))
    assert verify(forged).entries == SIZE
    with pytest.raises(Tampered, match="not signed by the expected key"):
        verify(forged, against=note)
    assert found(forged, key=str(VerifierKey.of("town", KEY))) == "head, public key"


@pytest.mark.parametrize(("number", "place"), [(3, (0, 7)), (15, (8, 20)), (40, (21, 44))])
def test_a_history_rewritten_in_every_table_but_without_the_key(
    copy: Path, number: int, place: tuple[int, int]
) -> None:
    """All hashes fit; the signatures do not, and the published checkpoints say between which entries it was."""
    connection = sqlite3.connect(copy)
    rows = connection.execute("SELECT idx, entry FROM ledger_entry ORDER BY idx").fetchall()
    peaks: tuple[bytes, ...] = ()
    for index, entry in rows:
        if index == number:
            entry = entry.replace(b'"changed":false', b'"changed":true')
            connection.execute("UPDATE ledger_entry SET entry = ? WHERE idx = ?", [entry, index])
        peaks, row = grow(peaks, index, leaf_hash(entry))
        connection.execute("UPDATE ledger_tree SET hashes = ? WHERE idx = ?", [row, index])
    connection.execute("UPDATE ledger_head SET peaks = ?", [b"".join(peaks)])
    connection.commit()
    connection.close()
    assert found(copy) == f"entries {place[0]} to {place[1]}"


@pytest.mark.parametrize("table", ["ledger_head", "ledger_checkpoint"])
def test_every_column_of_the_signed_tables_is_checked(sound: Path, tmp_path: Path, table: str) -> None:
    """What a row says beside its signature is checked too: each byte of each column, one after the other."""
    connection = sqlite3.connect(sound)
    columns = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
    for column in columns:
        (value,) = connection.execute(f"SELECT CAST({column} AS BLOB) FROM {table} LIMIT 1").fetchone()
        (kind,) = connection.execute(f"SELECT upper(typeof({column})) FROM {table} LIMIT 1").fetchone()
        for at in range(0, len(value), 7):
            path = Path(shutil.copy(sound, tmp_path / "column.db"))
            changed = bytearray(value)
            changed[at] ^= 1
            other = sqlite3.connect(path)
            first = f"rowid = (SELECT rowid FROM {table} LIMIT 1)"
            other.execute(f"UPDATE {table} SET {column} = CAST(? AS {kind}) WHERE {first}", [bytes(changed)])
            other.commit()
            other.close()
            assert found(path), f"{column}, byte {at}"
    connection.close()


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0, 1, exclude_max=True), st.integers(0, 7))
def test_a_flipped_bit_anywhere_in_the_file_is_found_or_means_nothing(
    sound: Path, tmp_path: Path, at: float, bit: int
) -> None:
    """Never a traceback, never a changed record that verifies; the unused bytes of a file may be anything."""
    content = bytearray(sound.read_bytes())
    content[int(at * len(content))] ^= 1 << bit
    path = tmp_path / "bits.db"
    path.write_bytes(content)
    try:
        verify(path)
    except Tampered as error:
        assert error.place is not None
        return
    assert ledger_rows(path) == ledger_rows(sound)


def ledger_rows(path: Path) -> list[object]:
    connection = sqlite3.connect(path)
    tables = ("ledger_entry", "ledger_tree", "ledger_head", "ledger_checkpoint")
    rows: list[object] = [connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in tables]
    connection.close()
    return rows


def in_file(path: Path, mark: bytes) -> None:
    """Change one bit in the middle of a mark, where the file holds it first."""
    content = bytearray(path.read_bytes())
    at = content.index(mark) + len(mark) // 2
    content[at] ^= 1
    path.write_bytes(content)


def test_a_byte_flipped_in_the_file_names_its_entry(copy: Path) -> None:
    in_file(copy, b'"number":33}')
    assert found(copy) == "entry 33"


def test_damage_to_an_index_is_named_as_damage_of_the_file(copy: Path) -> None:
    connection = sqlite3.connect(copy)
    page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ledger_entry_kind'").fetchone()[0]
    size = connection.execute("PRAGMA page_size").fetchone()[0]
    connection.close()
    content = bytearray(copy.read_bytes())
    at = content.index(b"question.asked", (page - 1) * size, page * size)
    content[at] ^= 1
    copy.write_bytes(content)
    with pytest.raises(Tampered, match="file around them is damaged") as caught:
        verify(copy)
    assert "ledger_entry_kind" in caught.value.why


def test_a_torn_page_is_a_clear_error(copy: Path) -> None:
    content = bytearray(copy.read_bytes())
    connection = sqlite3.connect(copy)
    page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ledger_entry'").fetchone()[0]
    size = connection.execute("PRAGMA page_size").fetchone()[0]
    connection.close()
    content[(page - 1) * size : page * size] = bytes(size)
    copy.write_bytes(content)
    assert found(copy).startswith("entry ")
    copy.write_bytes(content[: len(content) // 2])
    assert found(copy)


def test_what_is_no_ledger(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        verify(tmp_path / "nothing.db")
    for name, content in [("text.db", b"not a database" * 100), ("empty.db", b"")]:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(Tampered, match="cannot be read"):
            verify(tmp_path / name)


def test_an_empty_ledger(path: Path, engine: object, tmp_path: Path) -> None:
    assert str(verify(path)).startswith("verified: 0 entries")
    with pytest.raises(Tampered, match="cut short"):
        verify(path, against=build(tmp_path / "full.db"))


def test_the_wrong_thing_to_compare_with(sound: Path, tmp_path: Path) -> None:
    city = Ledger("city", KEY, HASHING_KEY)
    engine = open_database(tmp_path / "city.db")
    metadata.create_all(engine)
    with engine.begin() as connection:
        note = city.checkpoint(connection)
    engine.dispose()
    assert verify(tmp_path / "city.db", against=note).entries == 0
    for wrong in ("", "town\n3\nabc\n", "town\nthree\nabc\n\n— town AAAAAAAA\n", note):
        with pytest.raises(CommonwealError):
            verify(sound, against=wrong)
    with pytest.raises(BadInput):
        verify(sound, key="not a key")


def test_it_verifies_a_running_ledger_and_a_read_only_copy(sound: Path, tmp_path: Path) -> None:
    live = Path(shutil.copy(sound, tmp_path / "live.db"))
    engine = open_database(live)
    ledger = Ledger("town", KEY, HASHING_KEY)
    with engine.begin() as connection:
        ledger.append(connection, "question.asked", {})
    assert verify(live).entries == SIZE + 1
    with engine.begin() as connection:
        ledger.append(connection, "question.asked", {})
        assert verify(live).entries == SIZE + 1
    engine.dispose()
    folder = tmp_path / "sealed"
    folder.mkdir()
    sealed = Path(shutil.copy(live, folder / "town.db"))
    sealed.chmod(0o400)
    folder.chmod(0o500)
    try:
        assert verify(sealed).entries == SIZE + 2
    finally:
        folder.chmod(0o700)
