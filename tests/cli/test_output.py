from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from rich.console import Console

from commonweal.cli import output


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Part:
    name: str
    size: Decimal


class Model(BaseModel):
    day: date


def test_every_kind_of_value_has_a_form_in_json() -> None:
    values = {
        "date": date(2026, 1, 2),
        "time": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "length": timedelta(seconds=1.5),
        "exact": Decimal("1.10"),
        "colour": Colour.RED,
        "bytes": b"\x01\xff",
        "part": Part("a", Decimal("2")),
        "model": Model(day=date(2026, 1, 2)),
        "set": {"b", "a"},
        "tuple": (1, None, True),
        "path": Path("a/b"),
        "nothing": [float("nan"), float("inf"), 1.5],
        Colour.RED: {1: "key"},
    }
    assert json.loads(json.dumps(output.jsonable(values), allow_nan=False)) == {
        "date": "2026-01-02",
        "time": "2026-01-02T03:04:05+00:00",
        "length": 1.5,
        "exact": "1.10",
        "colour": "red",
        "bytes": "01ff",
        "part": {"name": "a", "size": "2"},
        "model": {"day": "2026-01-02"},
        "set": ["a", "b"],
        "tuple": [1, None, True],
        "path": "a/b",
        "nothing": [None, None, 1.5],
        "red": {"1": "key"},
    }
    with pytest.raises(TypeError, match="object"):
        output.jsonable(object())


def test_json_is_one_document_whatever_the_terminal_can_write(monkeypatch: pytest.MonkeyPatch) -> None:
    for encoding in ("utf-8", "ascii", "latin-1"):
        written = io.BytesIO()
        stream = io.TextIOWrapper(written, encoding=encoding)
        monkeypatch.setattr(sys, "stdout", stream)
        output.emit({"name": "Łódź – 市"}, True, lambda _console: pytest.fail("rendered as well"))
        stream.flush()
        assert json.loads(written.getvalue().decode(encoding)) == {"name": "Łódź – 市"}


@given(st.text())
def test_no_text_steers_the_terminal(text: str) -> None:
    shown = output.printable(text)
    assert len(shown) == len(text)
    assert all(mark.isprintable() or mark == "\n" or not mark.isascii() for mark in shown)
    assert "\x1b" not in shown


def drawn(width: int, rows: list[tuple[object, ...]]) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False, markup=False, emoji=False)
    output.table(console, ("name", "people", "since"), rows, empty="Nobody.")
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


ROWS: list[tuple[object, ...]] = [("northbank [b]", 12, date(2026, 1, 2)), ("riverside\x1b[31m", 3, None)]


def test_a_table_shows_every_value_as_it_is() -> None:
    lines = drawn(80, ROWS).splitlines()
    assert lines[3].split() == ["northbank", "[b]", "12", "2026-01-02"]
    assert lines[4].split() == ["riverside\N{REPLACEMENT CHARACTER}[31m", "3"]
    assert lines[3].index("12") + 1 == lines[4].index(" 3") + 1  # numbers end in one line
    assert drawn(80, []) == "Nobody.\n"


def test_a_table_becomes_blocks_where_there_is_no_room_and_loses_nothing() -> None:
    lines = drawn(20, ROWS).splitlines()
    assert lines[:4] == ["name    northbank [b]", "people  12", "since   2026-01-02", ""]
    folded = drawn(44, [("x" * 200, 1, None)])
    assert folded.count("x") == 200


def test_progress_is_silent_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with output.progress("Reading", total=2) as advance:
        advance(1)
        advance(1)
    assert capsys.readouterr() == ("", "")


def test_progress_is_seen_on_a_terminal_but_not_with_json(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for as_json in (True, False):
        monkeypatch.setattr(sys, "stderr", Terminal())
        monkeypatch.setenv("TERM", "xterm")
        output.begin(as_json=as_json)
        with output.progress("Reading", total=2) as advance:
            advance(2)
        output.note("and a note")
        output.begin(as_json=False)
        said = sys.stderr.getvalue()  # type: ignore[attr-defined]
        assert ("Reading" in said, "and a note" in said) == (not as_json, not as_json)
