"""How a command that failed says so: text for people, JSON for programs, and a reference when it is our fault."""

from __future__ import annotations

import json
import os
import secrets
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

import typer

from commonweal.cli.output import console, folder_here, printable, write_json
from commonweal.cli.refusal import print_refusal
from commonweal.errors import CommonwealError, Refused, UsageMistake

_PACKAGE = Path(__file__).resolve().parent.parent


def report(error: CommonwealError, *, as_json: bool) -> int:
    """Show an error that people can mend and return its exit code."""
    if as_json:
        write_json(error.as_dict())
    elif isinstance(error, Refused):
        print_refusal(error)
    else:
        _print(_lines(error))
    return error.exit_code


def report_interrupted(*, as_json: bool) -> int:
    """Say that the user ended it, and return 130, as shells do for Ctrl-C."""
    message, why = "Stopped before it was done.", "It was interrupted."
    remedy = "Nothing is half written; run the command again."
    if as_json:
        write_json({"error": {"code": "interrupted", "message": message, "why": why, "remedy": remedy}})
    else:
        _print([("Error", message), ("Next", remedy)])
    return 130


def report_usage(error: typer.TyperException, *, as_json: bool) -> int:
    """Show that the command line cannot be understood, with how the command is used, and return 2."""
    if isinstance(getattr(error, "message", None), str):
        error.message = error.message.replace(
            "Value error, ", ""
        )  # the library's own words, which tell nobody anything
    show = getattr(error, "show", None)
    if as_json or show is None:
        mistake = UsageMistake(error.format_message(), remedy="See how it is used: commonweal --help")
        return report(mistake, as_json=as_json)
    show()
    return error.exit_code


def report_unexpected(error: BaseException, *, as_json: bool) -> int:
    """Show a fault of the program in one sentence with a reference, keep its details for the owner, and return 1.

    The details are the kinds of error and the places in the program, never a message or a variable: either could hold a
    value from the data.
    """
    reference = secrets.token_hex(4)
    details = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "reference": reference,
        "errors": _chain(error),
    }
    kept = _keep(json.dumps(details) + "\n")
    where = f"{kept}, under the reference" if kept else "no file, because no installation was found"
    message = f"Something went wrong inside commonweal (reference {reference})."
    if as_json:
        why, remedy = "This is a fault of the program.", f"The details are in {where}."
        body = {"code": "unexpected", "message": message, "why": why, "remedy": remedy, "reference": reference}
        write_json({"error": body})
    else:
        _print(
            [("Error", message), ("Why", "This is a fault of the program."), ("Next", f"The details are in {where}.")]
        )
    return 1


def _lines(error: CommonwealError) -> list[tuple[str, str]]:
    lines = [("Error", error.message), ("Where", str(error.place or "")), ("Why", error.why), ("Next", error.remedy)]
    return [(label, text) for label, text in lines if text]


def _print(lines: list[tuple[str, str]]) -> None:
    target = console(stderr=True)
    for number, (label, text) in enumerate(lines):
        from rich.text import Text  # imported when used: see cli.output

        style = "bold red" if number == 0 else "bold"
        target.print(Text.assemble((f"{label}: ", style), printable(text)), soft_wrap=not sys.stderr.isatty())


def _chain(error: BaseException) -> list[dict[str, object]]:
    """Return the error and what caused it: for each its type and the lines of the program it came through."""
    chain: list[dict[str, object]] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = [
            f"{_short(frame.filename)}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(current.__traceback__)
        ]
        chain.append({"type": f"{type(current).__module__}.{type(current).__qualname__}", "frames": frames[-40:]})
        current = current.__cause__ or current.__context__
    return chain


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(_PACKAGE.parent)) if path.is_relative_to(_PACKAGE) else "/".join(path.parts[-2:])


def _keep(line: str) -> Path | None:
    """Append a line to the installation's log of faults, which only its owner can read; None if that cannot be."""
    try:
        path = folder_here() / "logs" / "errors.log"
        with os.fdopen(os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600), "a", encoding="utf-8") as file:
            file.write(line)
    except Exception:  # a fault in telling of a fault must not hide the first
        return None
    return path
