"""Answers: a protected table, what was withheld and why, and the receipt that proves it was recorded."""

from __future__ import annotations

import csv
import html
import io
import json
import math
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from commonweal.disclosure.cells import Withheld
from commonweal.gateway.sheet import sheet
from commonweal.gateway.signs import legible
from commonweal.harmless import harmless

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa
    from rich.console import Console, ConsoleOptions, RenderResult

    from commonweal.ledger.receipt import Receipt

CONFIDENTIAL = "[c]"
"""How a withheld cell is shown, as the Government Analysis Function asks ([c] for confidential)."""

SAID = b"commonweal"
"""The metadata of an answer's table in Arrow and Parquet: all that `Answer.as_dict` says besides it, as JSON."""

LOPSIDED = 1.25
"""An interval that reaches so many times further to one side than to the other is not written as plus or minus."""


@dataclass(frozen=True)
class Margin:
    """What is not known about one number of an answer: it lies between `low` and `high` in 95 of 100 cases.

    `drawn` (0 to 1) is the share that comes from what the columns say each for itself rather than from the group; `wide`
    marks an interval whose half is more than half the number.
    """

    row: int
    column: str
    low: float
    high: float
    drawn: float
    wide: bool

    @property
    def half(self) -> float:
        """Return half the width of the interval."""
        return (self.high - self.low) / 2

    def as_dict(self) -> dict[str, object]:
        """Return the margin as JSON-ready values, to as many digits as mean something."""
        low, high = (_to_digits(value, self.half) for value in (self.low, self.high))
        named: dict[str, object] = {"row": self.row, "column": self.column, "low": low, "high": high}
        return named | {"drawn": round(self.drawn, 2), "wide": self.wide}


@dataclass(frozen=True)
class ShownCell:
    """One cell as people read it: its text, what stands behind a number (``±23``), and whether it is withheld.

    `wide` marks a number whose margin is more than half of it.
    """

    text: str
    margin: str = ""
    wide: bool = False
    withheld: bool = False

    def __str__(self) -> str:
        """Return the cell as one text."""
        return " ".join(part for part in (self.text, self.margin, "wide" if self.wide else "") if part)


@dataclass(frozen=True)
class Answer:
    """What the gateway hands over; nothing in it is unprotected.

    `withheld` names cells of `table` (null there) with the reason; `notes` are sentences for the reader; `agreement` is
    ``id@version``; `datasets` are ``organisation/name@snapshot``.
    """

    table: pa.Table
    withheld: tuple[Withheld, ...]
    notes: tuple[str, ...]
    sql: str
    agreement: str
    datasets: tuple[str, ...]
    receipt: Receipt
    seconds: float = field(default=0.0, compare=False)
    margins: tuple[Margin, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the names of the answer's columns."""
        return tuple(self.table.column_names)

    @property
    def rows(self) -> list[list[object]]:
        """Return the rows as plain values: numbers, text, true or false, ISO dates, None where withheld or empty."""
        columns = [[_plain(value) for value in column.to_pylist()] for column in self.table.columns]
        return [list(row) for row in zip(*columns, strict=True)] if columns else []

    def to_arrow(self) -> pa.Table:
        """Return the answer as an Arrow table; withheld cells are null."""
        return self.table

    def to_pandas(self) -> pd.DataFrame:
        """Return the answer as a pandas data frame (needs the extra ``frames``)."""
        return self.table.to_pandas()

    def to_polars(self) -> pl.DataFrame:
        """Return the answer as a polars data frame (needs the extra ``frames``)."""
        import polars

        frame = polars.from_arrow(self.table)
        assert isinstance(frame, polars.DataFrame)
        return frame

    def as_dict(self) -> dict[str, object]:
        """Return the answer as the JSON shape of the terminal and the API."""
        said: dict[str, object] = {
            "answer": {"columns": list(self.columns), "rows": self.rows},
            "withheld": [{"row": cell.row, "column": cell.column, "reason": cell.reason} for cell in self.withheld],
            "notes": list(self.notes),
            "agreement": self.agreement,
            "datasets": list(self.datasets),
            "receipt": self.receipt.as_dict(),
        }
        if self.margins:
            said["margins"] = [margin.as_dict() for margin in self.margins]
        return said

    def to_json(self) -> str:
        """Return `as_dict` as JSON text."""
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=2)

    def to_csv(self) -> str:
        """Return the answer as CSV; withheld cells as ``[c]``, and text that a spreadsheet would run made harmless.

        Columns whose numbers have margins are followed by their lowest and highest.
        """
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        margins = self._margins()
        with_margin = {column for _, column in margins}
        heads = [[name, f"{name} low", f"{name} high"] if name in with_margin else [name] for name in self.columns]
        writer.writerow([_harmless(head) for named in heads for head in named])
        hidden = self._hidden()
        for number, row in enumerate(self.rows):
            cells: list[object] = []
            for name, value in zip(self.columns, row, strict=True):
                cells.append(CONFIDENTIAL if (number, name) in hidden else _harmless(value))
                if name in with_margin:
                    margin = margins.get((number, name))
                    said = margin.as_dict() if margin is not None else {"low": "", "high": ""}
                    cells += [said["low"], said["high"]]
            writer.writerow(cells)
        return out.getvalue()

    def _margins(self) -> dict[tuple[int, str], Margin]:
        return {(margin.row, margin.column): margin for margin in self.margins}

    def write_parquet(self, path: Path) -> None:
        """Write the answer as Parquet; withheld cells are null, and the file's metadata (``commonweal``) says why."""
        import pyarrow.parquet as pq

        pq.write_table(self.with_notes(), path)

    def to_arrow_stream(self) -> bytes:
        """Return the answer as an Arrow IPC stream; withheld cells are null, and the metadata (``commonweal``) says why."""
        from commonweal.gateway.answer_stream import write_stream  # it reads answers too

        return write_stream(self)

    def write_arrow(self, path: Path) -> None:
        """Write the answer as an Arrow IPC file; withheld cells are null, and the metadata (``commonweal``) says why."""
        import pyarrow as pa

        table = self.with_notes()
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)

    def with_notes(self) -> pa.Table:
        """Return the table with everything else that `as_dict` says as its metadata."""
        said = {name: value for name, value in self.as_dict().items() if name != "answer"}
        known = self.table.schema.metadata or {}
        return self.table.replace_schema_metadata({**known, SAID: json.dumps(said, ensure_ascii=False).encode()})

    def _hidden(self) -> set[tuple[int, str]]:
        return {(cell.row, cell.column) for cell in self.withheld}

    def shown(self) -> list[list[str]]:
        """Return the rows as text for people: thousands separated, withheld cells as ``[c]``, margins behind numbers."""
        return [[str(cell) for cell in row] for row in self.cells()]

    def cells(self) -> list[list[ShownCell]]:
        """Return the rows as `shown`, each cell in its parts."""
        hidden, margins = self._hidden(), self._margins()
        return [
            [
                ShownCell(CONFIDENTIAL, withheld=True)
                if (number, name) in hidden
                else _shown_cell(value, margins.get((number, name)))
                for name, value in zip(self.columns, row, strict=True)
            ]
            for number, row in enumerate(self.rows)
        ]

    @property
    def numbers(self) -> tuple[bool, ...]:
        """Return for each column whether it holds numbers."""
        return tuple(_is_number(column) for column in self.table.columns)

    def _repr_html_(self) -> str:
        """Show the answer in a notebook, withheld cells marked."""
        head = "".join(f"<th scope='col'>{html.escape(name)}</th>" for name in self.columns)
        body = "".join("<tr>" + "".join(f"<td>{html.escape(v)}</td>" for v in row) + "</tr>" for row in self.shown())
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self.legend())
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Show the answer in a terminal."""
        from rich.text import Text

        if self.table.num_rows:
            right = {i for i, column in enumerate(self.table.columns) if _is_number(column)}
            # Before the columns are measured: what stands in the place of a sign can be longer.
            rows = [[legible(text, options.encoding) for text in row] for row in self.shown()]
            yield sheet(
                [legible(name, options.encoding) for name in self.columns],
                rows,
                width=options.max_width,
                right=right,
                dim=CONFIDENTIAL,
            )
        for note in self.legend():
            yield Text(note, style="dim")

    def legend(self) -> list[str]:
        """Return the sentences that go with the table: what ``[c]`` means, what was done to it, where it is recorded."""
        reasons = list(dict.fromkeys(cell.reason for cell in self.withheld))
        legend = [f"{CONFIDENTIAL} withheld: {'; '.join(reasons)}."] if reasons else []
        return [*legend, *self.notes, f"Recorded as entry {self.receipt.index} under {self.agreement}."]


def _plain(value: object) -> object:
    if isinstance(value, datetime) and value.time() == time.min:
        return value.date().isoformat()
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float) and value != value:
        return None
    return value


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return (
            f"{value:,.0f}"
            if value == int(value) and abs(value) < 1e15
            else f"{value:,.4g}"
            if abs(value) < 1000
            else f"{value:,.1f}"
        )
    return "".join(character if character.isprintable() else " " for character in str(value))


def _shown_cell(value: object, margin: Margin | None) -> ShownCell:
    """Return a cell with what stands behind its number: how far off it may be, and whether that is wide.

    Nothing stands where it is sure. An interval that reaches much further to one side, or that plus or minus would take
    below nought, is written by its ends.
    """
    if margin is None or not isinstance(value, int | float) or margin.high <= margin.low:
        return ShownCell(_text(value))
    below, above = value - margin.low, margin.high - value
    half = max(below, above)
    if half > LOPSIDED * min(below, above) or value - half < 0 <= margin.low:
        low, high = (_text(_to_digits(end, margin.half)) for end in (margin.low, margin.high))
        return ShownCell(_text(value), f"({low} to {high})", margin.wide)
    return ShownCell(_text(value), f"±{_text(_to_digits(half, half))}", margin.wide)


def _to_digits(value: float, half: float) -> float | int:
    """Return a number to two digits of its margin."""
    if not math.isfinite(value) or half <= 0:
        return value
    digits = 1 - math.floor(math.log10(half))
    rounded = round(value, digits)
    return int(rounded) if digits <= 0 else rounded


def _harmless(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula; numbers stay numbers, and truth is written as in JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return harmless(value) if isinstance(value, str) else value


def _is_number(column: pa.ChunkedArray) -> bool:
    import pyarrow.types as types

    kind = column.type
    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind))
