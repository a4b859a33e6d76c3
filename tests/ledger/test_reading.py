"""Finding entries: by kind, agreement and time, newest first."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text

from commonweal.errors import NotFound, Tampered
from commonweal.ledger import Ledger, entries
from commonweal.ledger.reading import entry

from .conftest import Clock


@pytest.fixture
def filled(engine: Engine, ledger: Ledger) -> Engine:
    with engine.begin() as connection:
        for kind, agreement in [
            ("question.asked", "care@1"),
            ("question.answered", "care@1"),
            ("questionable.act", "care@2"),
            ("agreement.signed", "care-home@1"),
            ("question.asked", None),
        ]:
            ledger.append(connection, kind, {"agreement": agreement} if agreement else {"agreement": 7})
    return engine


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, [4, 3, 2, 1, 0]),
        ({"limit": 2}, [4, 3]),
        ({"kind": "question.asked"}, [4, 0]),
        ({"kind": "question"}, [4, 1, 0]),
        ({"kind": "questio"}, []),
        ({"agreement": "care"}, [2, 1, 0]),
        ({"agreement": "care@1"}, [1, 0]),
        ({"agreement": "care", "kind": "question", "limit": 1}, [1]),
        ({"since": datetime(2026, 11, 24, 9, 0, 3, tzinfo=UTC)}, [4, 3, 2]),
    ],
)
def test_filters(filled: Engine, wanted: dict[str, object], found: list[int]) -> None:
    with filled.connect() as connection:
        assert [each.index for each in entries(connection, **wanted)] == found  # type: ignore[arg-type]


def test_damaged_entries_are_never_shown_as_sound(filled: Engine, clock: Clock) -> None:
    with filled.begin() as connection:
        connection.execute(text("UPDATE ledger_entry SET entry = x'7b7d' WHERE idx = 2"))
        connection.execute(
            text("UPDATE ledger_entry SET entry = (SELECT entry FROM ledger_entry WHERE idx = 0) WHERE idx = 1")
        )
        for index in (1, 2):
            with pytest.raises(Tampered, match=f"Entry {index}"):
                entry(connection, index)
        with pytest.raises(Tampered):
            list(entries(connection))
        with pytest.raises(NotFound):
            entry(connection, 5)


def test_a_missing_hash_gives_no_proof(filled: Engine, ledger: Ledger) -> None:
    with filled.begin() as connection:
        ledger.receipt(connection, 0)
        connection.execute(text("DELETE FROM ledger_tree WHERE idx = 1"))
        with pytest.raises(Tampered, match="Entry 1"):
            ledger.receipt(connection, 0)
