"""What a command shows: one JSON document for programs, or text and tables for people, never a mixture.

Standard output carries the answer and nothing else; notes, progress and errors go to standard error.
"""

from __future__ import annotations

import dataclasses
import io
import json
import math
import os
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from commonweal.installation import Installation

JsonFlag = Annotated[bool, typer.Option("--json", help="Write one JSON document and nothing else.")]
"""The option that every command has."""

WIDTH_OF_A_FILE = 160
"""Characters in a line when the output is not a terminal, so that tables are not folded for no reason."""


@dataclass
class _Invocation:
    """What holds for this run of the program: the folder named on the command line, and whether JSON is asked for."""

    folder: Path | None = None
    as_json: bool = False


_invocation = _Invocation()


def want_json(wanted: bool) -> None:
    """Say that this run shows one JSON document: a command that takes another option for it calls this."""
    _invocation.as_json = wanted


def json_is_wanted() -> bool:
    """Return whether this run of the program shows one JSON document."""
    return _invocation.as_json


def begin(*, folder: Path | None = None, as_json: bool | None = None) -> None:
    """Set what holds for this run of the program; `cli.main` calls it before any command."""
    _invocation.folder = folder
    if as_json is not None:
        _invocation.as_json = as_json


def folder_here() -> Path:
    """Return the folder named with ``--installation`` or in COMMONWEAL_INSTALLATION, else the nearest one upwards.

    `NotFound` if there is none.
    """
    from commonweal.installation.folder import find  # imported when used: the room loads the database

    return _invocation.folder or find(Path.cwd())


def installation_here() -> Installation:
    """Open the installation that `folder_here` finds; errors as `open_installation`."""
    from commonweal.installation import open_installation  # see above

    return open_installation(folder_here())


def emit(data: object, as_json: bool, render: Callable[[Console], None]) -> None:
    """Show a result: `data` as one JSON document, or what `render` prints for people."""
    _invocation.as_json = as_json
    if as_json:
        write_json(data)
    else:
        render(console())


def write_json(data: object) -> None:
    """Write one JSON document to standard output, a line a value, in UTF-8 or, where that cannot be, in ASCII."""
    ascii_only = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    sys.stdout.write(json.dumps(jsonable(data), indent=2, ensure_ascii=ascii_only, allow_nan=False) + "\n")


def jsonable(value: object) -> Any:
    """Return a value as JSON knows it.

    Dates and times in ISO 8601, durations in seconds, exact decimals as text, enums by value, bytes in hexadecimal, and
    null for what is no number. TypeError for anything else.
    """
    if isinstance(value, Enum):
        return jsonable(value.value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal | UUID | Path):
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    return _jsonable_whole(value)


def _jsonable_whole(value: object) -> Any:
    if isinstance(value, Mapping):
        return {str(jsonable(key)): jsonable(each) for key, each in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {part.name: jsonable(getattr(value, part.name)) for part in dataclasses.fields(value)}
    if isinstance(value, Set):
        return sorted((jsonable(each) for each in value), key=str)
    if isinstance(value, Sequence):
        return [jsonable(each) for each in value]
    dump = getattr(value, "model_dump", None)  # a pydantic model, without importing pydantic to ask
    if callable(dump):
        return dump(mode="json", by_alias=True)
    raise TypeError(f"a {type(value).__name__} has no form in JSON")


def console(*, stderr: bool = False) -> Console:
    """Return the console for people. Colours, boxes and width follow the terminal (NO_COLOR and COLUMNS are heeded)."""
    from rich.console import Console  # imported when used: JSON and --help need no Rich

    file = sys.stderr if stderr else sys.stdout
    known = file.isatty() or "COLUMNS" in os.environ
    width = None if known else WIDTH_OF_A_FILE
    return Console(file=file, width=width, highlight=False, markup=False, emoji=False)


def as_text(shown: object) -> str:
    """Return what the console prints for people, as plain text for a file."""
    from rich.console import Console  # see `console`

    target = Console(
        file=io.StringIO(), width=WIDTH_OF_A_FILE, highlight=False, markup=False, emoji=False, color_system=None
    )
    with target.capture() as captured:
        target.print(shown)
    return captured.get()


def note(text: str) -> None:
    """Say something beside the answer, such as what to do next: on standard error, and not with ``--json``."""
    if not _invocation.as_json:
        console(stderr=True).print(printable(text), style="dim", soft_wrap=True)


def printable(text: str) -> str:
    """Return a text that cannot steer the terminal: control and direction characters become a visible mark."""
    return "".join(
        mark if mark == "\n" or unicodedata.category(mark) not in {"Cc", "Cf", "Cs"} else "\N{REPLACEMENT CHARACTER}"
        for mark in text
    )


def shown(value: object) -> str:
    """Return a value as people read it in a table; nothing is shown for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return shown(value.value)
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return ", ".join(shown(each) for each in value)
    return printable(str(jsonable(value)))


def table(
    target: Console, columns: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str = "Nothing."
) -> None:
    """Print rows under their column names, numbers to the right; a block for each row where there is no room."""
    texts = [[shown(value) for value in row] for row in rows]
    if not rows:
        target.print(empty)
        return
    from rich.text import Text  # see `console`

    from commonweal.gateway.sheet import sheet  # imported when used, as are all rooms

    right = {i for i in range(len(columns)) if all(_is_number(row[i]) for row in rows)}
    shown_rows = sheet(columns, texts, width=target.width, right=right)
    target.print(shown_rows, soft_wrap=isinstance(shown_rows, Text))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def fields(target: Console, values: Mapping[str, object]) -> None:
    """Print one thing as a list of its parts, a line each."""
    longest = max(len(name) for name in values)
    for name, value in values.items():
        target.print(f"{name:{longest}}  {shown(value)}", soft_wrap=True)


@contextmanager
def progress(description: str, total: float | None = None) -> Iterator[Callable[[float], None]]:
    """Show on standard error that work is going on; gives a function that moves the bar on by an amount of `total`.

    Silent with ``--json`` and where standard error is no terminal.
    """
    if _invocation.as_json or not sys.stderr.isatty():
        yield lambda _amount: None
        return
    from rich.progress import Progress  # see `console`

    with Progress(console=console(stderr=True), transient=True) as bar:
        task = bar.add_task(printable(description), total=total)
        yield lambda amount: bar.advance(task, amount)
