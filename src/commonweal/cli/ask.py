"""``commonweal ask``: a question in SQL under an agreement."""

from __future__ import annotations

import secrets
import sys
import textwrap
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commonweal.cli.output import (
    JsonFlag,
    as_text,
    console,
    emit,
    installation_here,
    note,
    printable,
    want_json,
    write_json,
)
from commonweal.cli.writing import check_place
from commonweal.errors import BadInput, Refused, UsageMistake

if TYPE_CHECKING:
    from rich.console import Console

    from commonweal.gateway.answer import Answer
    from commonweal.gateway.explanation import Explanation

app = typer.Typer()


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


@app.command()
def ask(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="The question; - reads it from standard input.")],
    agreement: Annotated[str, typer.Option(metavar="ID", help="The agreement to ask under.")],
    person: Annotated[str, typer.Option("--as", metavar="EMAIL", help="Who is asking.")],
    form: Annotated[
        Format | None,
        typer.Option("--format", help="How to write the answer; else as the file's name ends, or a table."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A file to write it to; Parquet and Arrow need one.")
    ] = None,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Show what each step decides and what the answer would lose; release nothing."),
    ] = False,
    plain: Annotated[
        bool,
        typer.Option("--plain", help="Under a metered profile: small groups as they were released, nothing drawn."),
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Ask a question in SQL. The answer is protected by the agreement, and recorded before it is shown."""
    if out is not None:
        check_place(out)
    form = _format(form, out, explain)
    as_json = as_json or (form is Format.JSON and out is None)
    want_json(as_json)
    text = sys.stdin.read() if sql == "-" else sql
    with installation_here() as installation:
        gateway = installation.gateway(person)
        try:
            if explain:
                _show_explanation(gateway.explain(text, agreement=agreement), as_json, text, agreement)
                return
            answer = gateway.ask(text, agreement=agreement, plain=plain)
        except Refused as refusal:
            raise _shown_refusal(refusal, as_json, text, agreement) from None
    if out is None:
        _show(answer, Format.JSON if as_json else form)
        return
    _write(answer, form, out)
    receipt = {"file": str(out), "rows": answer.table.num_rows, "receipt": answer.receipt.as_dict()}
    rows = "1 row" if answer.table.num_rows == 1 else f"{answer.table.num_rows:,} rows"
    emit(receipt, as_json, lambda target: target.print(f"Wrote {rows} to {out}.", soft_wrap=True))
    _say_legend(answer)


def _format(wanted: Format | None, out: Path | None, explain: bool) -> Format:
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


def _shown_refusal(refusal: Refused, as_json: bool, sql: str, agreement: str) -> Exception:
    """Return what to raise: the refusal itself with --json, else the exit code, after its page has been printed."""
    if as_json:
        return refusal
    from commonweal.cli.refusal import print_refusal  # imported when used: see cli.output

    print_refusal(refusal, sql=sql, agreement=agreement)
    return typer.Exit(refusal.exit_code)


def _show_explanation(explanation: Explanation, as_json: bool, sql: str, agreement: str) -> None:
    def render(target: Console) -> None:
        for number, step in enumerate(explanation.steps, 1):
            for line in textwrap.wrap(f"{number}. {step.name}: {step.decided}", target.width, subsequent_indent="   "):
                target.print(line, style="bold")
            for detail in step.details:
                for line in textwrap.wrap(
                    printable(detail),
                    target.width,
                    initial_indent="   - ",
                    subsequent_indent="     ",
                    break_on_hyphens=False,
                ):
                    target.print(line, soft_wrap=True)

    emit(explanation.as_dict(), as_json, render)
    if explanation.refusal is not None:
        code = explanation.refusal.exit_code
        raise typer.Exit(code) if as_json else _shown_refusal(explanation.refusal, as_json, sql, agreement)
