"""Expressions on levels: what needs no database is what the database says, and points are kept within bounds."""

from __future__ import annotations

import pytest

from commonweal.gateway.metered import trial
from commonweal.gateway.metered.points import Part
from commonweal.gateway.metered.trial import Column, Trial
from commonweal.query.dialect import DIALECT

VALUES = ("", "a", "A", "it's", "10", "ä", None)
TEXTS = Column("f0", tuple(Part(leaf, 1.0, (value,)) for leaf, value in enumerate(VALUES)), "v", "VARCHAR")
SEVERAL = Column("f0", (Part(0, 1.0, ("a", "b")), Part(1, 1.0, ("b", "b")), Part(2, 1.0, (None, "a"))), "v", "VARCHAR")
NUMBERS = Column("f0", tuple(Part(n, 1.0, (n,)) for n in range(4)), "v", "BIGINT")


def expression(text: str):
    return DIALECT.parse(f"SELECT {text}")[0].selects[0].unalias()


@pytest.mark.parametrize("column", [TEXTS, SEVERAL])
@pytest.mark.parametrize(
    "text",
    [
        "f0.v = 'a'", "f0.v = 'it''s'", "f0.v = ''", "(f0.v = 'ä')", "f0.v IN ('a', '10')", "f0.v IN ('b')", "f0.v = 'b'",
        "f0.v IN ('a', NULL)", "'a' = f0.v", "upper(f0.v) = 'A'",
    ],
)  # fmt: skip
def test_comparisons_are_as_in_the_database(monkeypatch: pytest.MonkeyPatch, column: Column, text: str) -> None:
    found = Trial().tried(expression(text), [column])
    monkeypatch.setattr(trial, "_compared", lambda *_: None)
    expected = Trial().tried(expression(text), [column])
    assert found.shown.tolist() == expected.shown.tolist()
    assert found.varies.tolist() == expected.varies.tolist()


def test_only_comparisons_of_texts_need_no_database() -> None:
    assert trial._compared(expression("f0.v = 'a'"), [TEXTS]) is not None
    for text in ("f0.v <> 'a'", "f0.v = 10", "f0.v IN ('a', NULL)", "f0.v", "f1.v = 'a'", "f0.o = 'a'"):
        assert trial._compared(expression(text), [TEXTS]) is None
    assert trial._compared(expression("f0.v = '1'"), [NUMBERS]) is None


def test_tables_of_points_are_kept_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "MOST_TABLES", 3)
    tried = Trial()
    for last in (*range(8), 0, 1):
        column = Column("f0", tuple(Part(n, 1.0, (n,)) for n in range(last + 1)), "v", "BIGINT")
        other = Column("f1", NUMBERS.parts, "v", "BIGINT")
        found = tried.tried(expression("f0.v + f1.v"), [column, other])
        assert found.shown.tolist() == [[n + m for m in range(4)] for n in range(last + 1)]
        tried._remembered.cache_clear()
    (tables,) = tried._open().execute("SELECT count(*) FROM duckdb_tables()").fetchone()
    assert tables == len(tried._tables) == 3
