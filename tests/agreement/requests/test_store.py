"""Requests for access as they are kept: every move once, recorded without words, final when decided."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from commonweal.agreement.requests import store, tables
from commonweal.agreement.requests.request import ERASED, MEANING, OPEN, RequestMove, RequestState, Wanted
from commonweal.errors import BadInput, Conflict, NotFound
from commonweal.ledger.keyed import forget, remember
from commonweal.ledger.tables import metadata as ledger_tables
from commonweal.ledger.tables import text_table

NOW = datetime(2026, 12, 10, 9, tzinfo=UTC)
ASKER, OWNER = "a@north.example", "o@south.example"
WANTED = Wanted(
    "See arrears.", "Tenants.", ("south/homes",), ("south/homes.rent",), "homes", "select rent from homes", 7
)


class Book:
    """A ledger that keeps entries in a list, and texts where they can be erased."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, Mapping[str, Any]]] = []

    def append(self, _c: sa.Connection, kind: str, body: Mapping[str, Any]) -> Any:
        self.entries.append((kind, body))
        return SimpleNamespace(index=len(self.entries) - 1)

    def person(self, _c: sa.Connection, email: str) -> str:
        return email[::-1]

    def text(self, c: sa.Connection, text: str) -> str:
        digest = hashlib.sha256(text.encode()).hexdigest()
        remember(c, text_table, digest, text)
        return digest


@pytest.fixture
def c(tmp_path: Path) -> Iterator[sa.Connection]:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'requests.sqlite3'}")
    tables.metadata.create_all(engine)
    ledger_tables.create_all(engine)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def made(c: sa.Connection, book: Book, wanted: Wanted = WANTED) -> int:
    return store.make(c, book, wanted, version=1, by=ASKER, organisation="north", at=NOW).number


def moved(c: sa.Connection, book: Book, number: int, kind: RequestMove, after: RequestState, words: str = ""):  # type: ignore[no-untyped-def]
    at = NOW + timedelta(hours=1)
    return store.move(c, book, number, kind, after, by=OWNER, organisation="south", words=words, at=at)


def test_a_request_reads_as_it_was_made(c: sa.Connection) -> None:
    found = store.request(c, made(c, Book()))
    assert (found.purpose, found.benefit, found.question, found.entry) == ("See arrears.", "Tenants.", WANTED.sql, 7)
    assert (found.owners, found.columns_of("south/homes")) == (("south",), ("rent",))
    assert (found.state, found.version, found.asked_at, found.is_open) == (RequestState.ASKED, 1, NOW, True)
    assert [each.move for each in found.moves] == [RequestMove.MADE]
    assert set(MEANING) == set(RequestState)


def test_every_move_has_its_entry_and_no_entry_has_words(c: sa.Connection) -> None:
    book = Book()
    number = made(c, book)
    moved(c, book, number, RequestMove.SAID, RequestState.ANSWERED, "Would bands do?")
    done = moved(c, book, number, RequestMove.DECLINED, RequestState.DECLINED, "Ask for counts.")
    assert [kind for kind, _ in book.entries] == ["request.made", "request.said", "request.declined"]
    assert [each.entry for each in done.moves] == [0, 1, 2]
    assert [each.words for each in done.moves] == ["", "Would bands do?", "Ask for counts."]
    for words in ("arrears", "Tenants", "select", "bands", "counts", ASKER, OWNER):
        assert words not in str(book.entries), words


@pytest.mark.parametrize("state", sorted(set(RequestState) - OPEN))
def test_what_is_final_stays(c: sa.Connection, state: RequestState) -> None:
    book = Book()
    number = made(c, book)
    moved(c, book, number, RequestMove(state.value), state, "so")
    for kind in (RequestMove.SAID, RequestMove.GRANTED, RequestMove.DECLINED, RequestMove.WITHDRAWN):
        with pytest.raises(Conflict):
            moved(c, book, number, kind, RequestState.ASKED, "more")
    assert len(book.entries) == 2
    assert store.request(c, number).state is state


def test_words_can_be_erased_and_the_request_stays(c: sa.Connection) -> None:
    book = Book()
    number = made(c, book)
    forget(c, text_table, book.text(c, WANTED.sql))
    assert store.request(c, number).question == ERASED
    assert store.request(c, number).purpose == "See arrears."


@pytest.mark.parametrize(
    "changes",
    [{"purpose": " "}, {"benefit": ""}, {"datasets": ()}, {"columns": ("south/other.rent",)}, {"purpose": "a\u202eb"}],
)
def test_what_is_missing_or_cannot_be_shown_is_not_kept(c: sa.Connection, changes: dict[str, Any]) -> None:
    book = Book()
    with pytest.raises(BadInput):
        made(c, book, Wanted(**(vars(WANTED) | changes)))
    assert store.requests(c) == ()
    assert book.entries == []


def test_words_are_needed_to_say_and_to_decline(c: sa.Connection) -> None:
    book = Book()
    number = made(c, book)
    for kind in (RequestMove.SAID, RequestMove.DECLINED):
        with pytest.raises(BadInput):
            moved(c, book, number, kind, RequestState.DECLINED, " ")
    assert store.request(c, number).state is RequestState.ASKED


def test_requests_are_listed_newest_first_and_by_state(c: sa.Connection) -> None:
    book = Book()
    first, second = made(c, book), made(c, book)
    moved(c, book, first, RequestMove.WITHDRAWN, RequestState.WITHDRAWN)
    assert [each.number for each in store.requests(c)] == [second, first]
    assert [each.number for each in store.requests(c, OPEN)] == [second]
    with pytest.raises(NotFound):
        store.request(c, 99)


def test_a_flood_is_stopped(c: sa.Connection) -> None:
    book = Book()
    for _ in range(store.MOST_OPEN):
        made(c, book)
    with pytest.raises(Conflict):
        made(c, book)
