"""Sheets: nothing is lost in any width, short columns stay in one piece, and there is a table wherever there is room."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from commonweal.gateway.sheet import sheet

WORDS = st.text("abcdefghij", min_size=0, max_size=40)
ROWS = st.integers(1, 5).flatmap(lambda n: st.lists(st.lists(WORDS, min_size=n, max_size=n), min_size=1, max_size=4))


def drawn(columns: list[str], rows: list[list[str]], width: int) -> str:
    file = io.StringIO()
    Console(file=file, width=width, highlight=False).print(sheet(columns, rows, width=width), soft_wrap=width < 0)
    return file.getvalue()


@given(ROWS, st.integers(20, 160))
def test_nothing_is_lost_in_any_width(rows: list[list[str]], width: int) -> None:
    columns = [f"Z{i}" for i in range(len(rows[0]))]
    shown = drawn(columns, rows, width)
    assert sorted(c for c in shown if c in "abcdefghij") == sorted("".join(text for row in rows for text in row))
    assert all(len(line) <= width for line in shown.splitlines())


def test_short_columns_are_not_folded() -> None:
    shown = drawn(["entry", "details"], [["question.answered", "word " * 30]], 60)
    assert "question.answered" in shown and "\u2500" in shown


def test_blocks_where_there_is_no_room() -> None:
    shown = drawn(["entry", "time", "kind"], [["1", "2026-11-24 11:30:48", "question.answered"], ["2", "", "x"]], 30)
    assert shown.splitlines() == [
        "entry  1", "time   2026-11-24 11:30:48", "kind   question.answered", "", "entry  2", "kind   x",
    ]  # fmt: skip
