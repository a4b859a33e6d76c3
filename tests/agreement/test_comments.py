"""Comments as they are kept: held, published or rejected once, answered, and erased."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from commonweal.agreement.comments import store, tables
from commonweal.agreement.comments.comment import CommentState, public, written, written_line
from commonweal.errors import BadInput, Busy, Conflict, NotFound

NOW = datetime(2026, 12, 10, 9, tzinfo=UTC)


class Book:
    def __init__(self) -> None:
        self.entries: list[tuple[str, Mapping[str, Any]]] = []

    def append(self, _c: sa.Connection, kind: str, body: Mapping[str, Any]) -> None:
        self.entries.append((kind, body))

    def person(self, _c: sa.Connection, email: str) -> str:
        return email[::-1]


@pytest.fixture
def c(tmp_path: Path) -> Iterator[sa.Connection]:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'comments.sqlite3'}")
    tables.metadata.create_all(engine)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def test_each_step_is_recorded_without_words(c: sa.Connection) -> None:
    book = Book()
    made = store.receive(c, book, "a", "Why?\r\nBecause.", name=" Jo \n Bloggs ", at=NOW)
    assert (made.text, made.name, made.state) == ("Why?\nBecause.", "Jo Bloggs", CommentState.HELD)
    assert store.published(c, "a") == ()
    store.publish(c, book, made.id, "north", at=NOW, by="o@x.example")
    store.answer(c, book, made.id, "south", "So that.", changed="All.", at=NOW + timedelta(days=1))
    told = store.published(c, "a")[0]
    assert (told.answer, told.changed, told.answered_by) == ("So that.", "All.", "south")
    assert [kind for kind, _ in book.entries] == ["comment.received", "comment.published", "comment.answered"]
    assert not any(word in str(book.entries) for word in ("Why", "Jo", "So that", "All.", "o@x"))


def test_a_comment_is_moderated_once(c: sa.Connection) -> None:
    book = Book()
    first, second = (store.receive(c, book, "a", text, at=NOW) for text in ("One", "Two"))
    with pytest.raises(Conflict):
        store.answer(c, book, first.id, "north", "Yes", at=NOW)
    store.publish(c, book, first.id, "north", at=NOW)
    store.reject(c, book, second.id, "north", "Spam", at=NOW)
    for act in (store.publish, lambda *a, **k: store.reject(*a, "x", **k)):
        for each in (first, second):
            with pytest.raises(Conflict):
                act(c, book, each.id, "north", at=NOW)
    with pytest.raises(ValueError):
        public(store.comment(c, second.id))
    with pytest.raises(BadInput):
        store.reject(c, book, first.id, "north", "  ", at=NOW)


def test_a_flood_is_held_off_and_others_are_not(c: sa.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MOST_HELD", 3)
    book = Book()
    made = [store.receive(c, book, "a", str(number), at=NOW) for number in range(3)]
    with pytest.raises(Busy):
        store.receive(c, book, "a", "One more", at=NOW)
    store.receive(c, book, "b", "Elsewhere", at=NOW)
    store.publish(c, book, made[0].id, "north", at=NOW)
    store.receive(c, book, "a", "Now there is room", at=NOW)


def test_only_rejected_words_are_erased(c: sa.Connection) -> None:
    book = Book()
    held, shown, gone = (store.receive(c, book, "a", text, at=NOW) for text in ("One", "Two", "Three"))
    store.publish(c, book, shown.id, "north", at=NOW)
    store.reject(c, book, gone.id, "north", "Spam", at=NOW)
    assert store.sweep(c, NOW + store.KEPT) == 0
    assert store.sweep(c, NOW + store.KEPT + timedelta(seconds=1)) == 1
    assert {each.id for each in store.comments(c)} == {held.id, shown.id}
    with pytest.raises(NotFound):
        store.comment(c, gone.id)


@pytest.mark.parametrize("text", ["", " \n ", "x" * 2001, "a\x00b", "a\u202eb", "\ud800"])
def test_what_cannot_be_shown_is_not_kept(text: str) -> None:
    with pytest.raises(BadInput):
        written(text, "your comment")


@pytest.mark.parametrize("text", ["x" * 2000, "two\nlines", "é", "\U0001f600", "<b>"])
def test_what_can_be_shown_is_kept_as_it_is(text: str) -> None:
    assert written(text, "your comment") == text


def test_a_name_is_one_line() -> None:
    assert written_line("a\n  b", "your name") == "a b"
    assert written_line("", "your name") == ""
