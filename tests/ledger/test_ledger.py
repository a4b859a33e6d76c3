"""Appending: what is recorded, in whose transaction, with what time and under which key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, create_engine, text

from commonweal.errors import BadInput, Conflict, NotFound, Tampered, Unavailable
from commonweal.ledger import Ledger, entries, verify, verify_proof
from commonweal.ledger.entry import entry_bytes, prepare
from commonweal.ledger.ledger import latest_time
from commonweal.ledger.merkle import consistency_holds
from commonweal.ledger.proof import read_proof
from commonweal.ledger.reading import consistency_path, entry, root_at
from commonweal.ledger.tables import metadata

from .appending import HASHING_KEY, KEY
from .conftest import Clock

BODY = {"agreement": "arrears-and-care@1", "question": "ab" * 32, "tables": ["northbank/housing"], "rows": 3}


def fill(engine: Engine, ledger: Ledger, count: int) -> None:
    with engine.begin() as connection:
        for number in range(count):
            ledger.append(connection, "question.asked", {"number": number})


def test_an_entry_is_what_was_said_and_canonical(engine: Engine, ledger: Ledger, path: Path) -> None:
    with engine.begin() as connection:
        ledger.append(connection, "organisation.added", {"name": "northbank"})
        made = ledger.append(connection, "question.asked", BODY)
        assert entry(connection, 1) == made
        stored = connection.execute(text("SELECT entry FROM ledger_entry WHERE idx = 1")).scalar_one()
    assert made.index == 1
    assert made.time == datetime(2026, 11, 24, 9, 0, 2, tzinfo=UTC)
    assert (made.kind, made.body, made.clock_went_back) == ("question.asked", BODY, None)
    expected = {"body": BODY, "index": 1, "kind": "question.asked", "time": "2026-11-24T09:00:02.000000Z"}
    assert stored == rfc8785.dumps(expected)  # type: ignore[arg-type]
    assert verify(path).entries == 2


def test_entry_bytes_are_canonical_with_a_clock_that_went_back() -> None:
    made = entry_bytes(prepare("a.b", {"é": 1, "a": [True, None]}), 7, "t2", "t1")
    expected = {"body": {"é": 1, "a": [True, None]}, "index": 7, "kind": "a.b", "time": "t2", "clock_went_back": "t1"}
    assert made == rfc8785.dumps(expected)


def test_the_entry_shares_nothing_with_the_callers_body(engine: Engine, ledger: Ledger) -> None:
    body: dict[str, Any] = {"tables": ["a"]}
    with engine.begin() as connection:
        made = ledger.append(connection, "question.asked", body)
        body["tables"].append("b")
        assert made.body == entry(connection, 0).body == {"tables": ["a"]}


def test_a_transaction_that_fails_leaves_no_entry_and_the_next_one_takes_its_place(
    engine: Engine, ledger: Ledger, path: Path
) -> None:
    fill(engine, ledger, 3)
    with pytest.raises(RuntimeError), engine.begin() as connection:
        assert ledger.append(connection, "question.asked", {"lost": True}).index == 3
        raise RuntimeError
    with engine.begin() as connection:
        assert ledger.append(connection, "question.asked", {"lost": False}).index == 3
    assert verify(path).entries == 4


@pytest.mark.parametrize("kind", ["", "asked", "Question.asked", "question.", ".asked", "question asked", "a.b\n"])
def test_kinds_are_dotted_words(engine: Engine, ledger: Ledger, kind: str) -> None:
    with engine.begin() as connection, pytest.raises(BadInput):
        ledger.append(connection, kind, {})


def test_bodies_that_cannot_be_recorded_leave_nothing(engine: Engine, ledger: Ledger) -> None:
    for body in ({"x": float("nan")}, {"x": "y" * (1 << 20)}, {"x": datetime.now(UTC)}):
        with engine.begin() as connection, pytest.raises(BadInput):
            ledger.append(connection, "question.asked", body)  # type: ignore[dict-item]
    with engine.begin() as connection:
        assert list(entries(connection)) == []


def test_when_the_clock_goes_back_the_entry_says_so_and_time_does_not(
    engine: Engine, ledger: Ledger, clock: Clock, path: Path
) -> None:
    with engine.begin() as connection:
        assert latest_time(connection) is None
        first = ledger.append(connection, "question.asked", {})
        clock.time -= timedelta(days=730)
        second = ledger.append(connection, "question.asked", {})
        third = ledger.append(connection, "question.asked", {})
        assert second.time < first.time
        assert (second.clock_went_back, third.clock_went_back) == (first.time, first.time)
        assert ledger.now(connection) == latest_time(connection) == first.time
        clock.time = first.time + timedelta(hours=1)
        fourth = ledger.append(connection, "question.asked", {})
        assert fourth.clock_went_back is None
        assert ledger.now(connection) > fourth.time
        assert [each.clock_went_back for each in entries(connection)] == [None, first.time, first.time, None]
    assert verify(path).latest_time == "2026-11-24T10:00:02.000000Z"


def test_receipts_verify_offline_and_stay_true_as_the_ledger_grows(engine: Engine, ledger: Ledger) -> None:
    receipts = []
    for number in range(20):
        with engine.begin() as connection:
            made = ledger.append(connection, "question.answered", {"number": number})
            receipts.append(ledger.receipt(connection, made.index))
    for number, receipt in enumerate(receipts):
        proven = verify_proof(receipt.proof, str(ledger.key))
        assert (proven.entry.index, proven.entry.body, proven.checkpoint.size) == (
            number,
            {"number": number},
            number + 1,
        )
        assert receipt.leaf_hash == proven.entry.leaf_hash
        assert receipt.proof.endswith(receipt.checkpoint)
        assert receipt.as_dict().keys() == {"index", "leaf_hash", "checkpoint", "proof"}
    with engine.begin() as connection:
        for number in range(20):
            assert verify_proof(ledger.receipt(connection, number).proof, ledger.key).checkpoint.size == 20


def test_no_receipt_of_what_is_not_there(engine: Engine, ledger: Ledger) -> None:
    with engine.begin() as connection:
        for index in (-1, 0):
            with pytest.raises(NotFound, match="no entry"):
                ledger.receipt(connection, index)
        ledger.append(connection, "question.asked", {})
        ledger.receipt(connection, 0)
        with pytest.raises(NotFound):
            ledger.receipt(connection, 1)


def test_checkpoints_grow_out_of_each_other(engine: Engine, ledger: Ledger) -> None:
    sizes = [0, 1, 2, 5, 8, 13]
    roots = {}
    for before, size in zip([0, *sizes], sizes, strict=False):
        fill(engine, ledger, size - before)
        with engine.begin() as connection:
            note = ledger.checkpoint(connection)
            assert ledger.checkpoint(connection) == note
            assert note.startswith(f"town\n{size}\n")
            roots[size] = root_at(connection, size)
    with engine.begin() as connection:
        for first in sizes:
            for second in (size for size in sizes if size >= first):
                path = consistency_path(connection, first, second)
                assert consistency_holds(first, second, roots[first], roots[second], path)
        stored = connection.execute(text("SELECT size FROM ledger_checkpoint ORDER BY size")).scalars().all()
        assert stored == sizes


def test_two_ledgers_on_one_database_need_the_same_key(engine: Engine, ledger: Ledger) -> None:
    fill(engine, ledger, 1)
    for other in (Ledger("town", Ed25519PrivateKey.generate(), HASHING_KEY), Ledger("city", KEY, HASHING_KEY)):
        with engine.begin() as connection, pytest.raises(Conflict, match="another key"):
            other.append(connection, "question.asked", {})


def test_nothing_is_added_to_a_broken_record(engine: Engine, ledger: Ledger) -> None:
    for damage in (
        "DELETE FROM ledger_entry WHERE idx > 5",
        "UPDATE ledger_head SET peaks = zeroblob(length(peaks))",
        "UPDATE ledger_head SET size = 9",
        "DELETE FROM ledger_head",
    ):
        metadata.drop_all(engine)
        metadata.create_all(engine)
        fill(engine, ledger, 10)
        with engine.begin() as connection:
            connection.execute(text(damage))
        with engine.begin() as connection, pytest.raises(Tampered):
            ledger.append(connection, "question.asked", {})


def test_when_the_database_refuses_the_record_is_unavailable(engine: Engine, ledger: Ledger, path: Path) -> None:
    fill(engine, ledger, 1)
    read_only = create_engine(f"sqlite:///file:{path}?mode=ro&uri=true")
    with read_only.connect() as connection, pytest.raises(Unavailable):
        ledger.append(connection, "question.asked", {})
    read_only.dispose()


def test_people_and_texts_are_keyed_hashes_that_can_be_forgotten(engine: Engine, ledger: Ledger, path: Path) -> None:
    question = "select count(*) from person where name = 'Zelda Quince'"
    with engine.begin() as connection:
        person = ledger.person(connection, " Analyst@Northbank.example")
        asked = ledger.text(connection, question)
        assert (
            person
            == ledger.person(connection, "analyst@northbank.example")
            == ledger.person_hash("ANALYST@northbank.example")
        )
        assert len({person, asked, ledger.hashed("analyst@northbank.example"), ledger.hashed(question)}) == 4
        assert Ledger("town", KEY, bytes(32)).person_hash("analyst@northbank.example") != person
        ledger.append(connection, "question.asked", {"person": person, "question": asked})
    engine.dispose()
    before = verify(path)
    whole = path.read_bytes()
    assert b"Northbank.example" in whole
    assert b"Zelda Quince" in whole
    with engine.begin() as connection:
        assert ledger.forget_person(connection, "analyst@northbank.example")
        assert ledger.forget_text(connection, asked)
        assert not ledger.forget_person(connection, "analyst@northbank.example")
        assert not ledger.forget_text(connection, asked)
    engine.dispose()
    rest = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"orthbank.example" not in rest
    assert b"Zelda" not in rest
    assert person.encode() in rest
    assert verify(path) == before


def test_short_hashing_keys_are_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Ledger("town", KEY, b"short")


def test_proof_text_is_as_the_standard_has_it(engine: Engine, ledger: Ledger) -> None:
    fill(engine, ledger, 5)
    with engine.begin() as connection:
        lines = ledger.receipt(connection, 2).proof.split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert lines[1].startswith("extra ")
    assert lines[2] == "index 2"
    assert [len(line) for line in lines[3:6]] == [44, 44, 44]
    assert lines[6:9] == ["", "town", "5"]
    assert lines[10] == ""
    assert lines[11].startswith("— town ")
    assert lines[12:] == [""]
    assert read_proof("\n".join(lines)).index == 2
