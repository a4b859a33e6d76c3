"""Handing an answer over in a terminal: as a table, in a format, or to a file; what belongs to it is said beside it."""

from __future__ import annotations

import secrets
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from commonweal.cli.output import as_text, console, emit, note, write_json
from commonweal.errors import BadInput, UsageMistake

if TYPE_CHECKING:
    from commonweal.gateway.answer import Answer


class Format(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"
    ARROW = "arrow"


_BY_SUFFIX = {
    ".csv": Format.CSV, ".json": Format.JSON, ".parquet": Format.PARQUET, ".arrow": Format.ARROW, ".txt": Format.TABLE,
}  # fmt: skip


def hand_over(answer: Answer, form: Format, out: Path | None, as_json: bool) -> None:
    """Show an answer in a format, or write it to a file and say so."""
    if out is None:
        _show(answer, Format.JSON if as_json else form)
        return
    _write(answer, form, out)
    receipt = {"file": str(out), "rows": answer.table.num_rows, "receipt": answer.receipt.as_dict()}
    rows = "1 row" if answer.table.num_rows == 1 else f"{answer.table.num_rows:,} rows"
    emit(receipt, as_json, lambda target: target.print(f"Wrote {rows} to {out}.", soft_wrap=True))
    _say_legend(answer)


def format_of(wanted: Format | None, out: Path | None, explain: bool = False) -> Format:
    """Return the format that is asked for, by its name or by the file's."""
    if wanted is None and out is not None:
        wanted = _BY_SUFFIX.get(out.suffix.lower())
        if wanted is None:
            known = ", ".join(_BY_SUFFIX)
            raise UsageMistake(
                f"How to write {out.name} is not clear.", why=f"The formats known by a file's name are {known}.",
                remedy="Add --format, or give the file one of these endings.",
            )  # fmt: skip
    if wanted in {Format.PARQUET, Format.ARROW} and out is None and not explain:
        raise UsageMistake(f"The format {wanted} needs a file.", why="It is not text.", remedy="Add --out FILE.")
    return wanted or Format.TABLE


def _show(answer: Answer, form: Format) -> None:
    if form is Format.JSON:
        write_json(answer.as_dict())
    elif form is Format.CSV:
        encoding = sys.stdout.encoding or "utf-8"
        # Values of a file are not put into other letters: two could become one.
        sys.stdout.write(answer.to_csv().encode(encoding, "backslashreplace").decode(encoding))
        _say_legend(answer)
    else:
        console().print(answer)


def _say_legend(answer: Answer) -> None:
    """Say beside a file or CSV what belongs to the answer and has no place in it."""
    note("\n".join(answer.legend()))


def _write(answer: Answer, form: Format, out: Path) -> None:
    """Write the answer to a file, whole or not at all; what stood there before is replaced."""
    part = out.with_name(f".{out.name}.part-{secrets.token_hex(4)}")
    try:
        if form is Format.PARQUET:
            answer.write_parquet(part)
        elif form is Format.ARROW:
            answer.write_arrow(part)
        else:
            part.write_text(_text(answer, form), encoding="utf-8", newline="")
        part.replace(out)
    except OSError as error:
        raise BadInput(
            f"{out} cannot be written.",
            why=str(error.strerror or "the disk refuses."),
            remedy="Ask again with another --out.",
        ) from None
    finally:
        part.unlink(missing_ok=True)


def _text(answer: Answer, form: Format) -> str:
    if form is Format.JSON:
        return answer.to_json() + "\n"
    return answer.to_csv() if form is Format.CSV else as_text(answer)
