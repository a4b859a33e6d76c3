"""``commonweal ask``: a question in SQL under an agreement."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commonweal.cli.output import JsonFlag, console, emit, installation_here, write_json
from commonweal.errors import UsageMistake

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


@app.command()
def ask(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="The question; - reads it from standard input.")],
    agreement: Annotated[str, typer.Option(help="The agreement to ask under.")],
    person: Annotated[str, typer.Option("--as", metavar="EMAIL", help="Who is asking.")],
    form: Annotated[Format, typer.Option("--format", help="How to write the answer.")] = Format.TABLE,
    out: Annotated[Path | None, typer.Option(help="A file to write it to; Parquet and Arrow need one.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show what each step decides; release nothing.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Ask a question in SQL. The answer is protected by the agreement, and recorded before it is shown."""
    text = sys.stdin.read() if sql == "-" else sql
    if form in {Format.PARQUET, Format.ARROW} and out is None and not explain:
        raise UsageMistake(f"The format {form} needs a file.", why="it is not text.", remedy="Add --out FILE.")
    with installation_here() as installation:
        installation.engine.prepare()  # it loads its libraries while we load ours
        gateway = installation.gateway(person)
        if explain:
            _show_explanation(gateway.explain(text, agreement=agreement), as_json)
            return
        answer = gateway.ask(text, agreement=agreement)
    if out is None:
        _show(answer, Format.JSON if as_json else form)
    else:
        _write(answer, form, out)
        receipt = {"file": out, "rows": answer.table.num_rows, "receipt": answer.receipt.as_dict()}
        emit(receipt, as_json, lambda target: target.print(f"Wrote {answer.table.num_rows} rows to {out}."))


def _show(answer: Answer, form: Format) -> None:
    if form is Format.JSON:
        write_json(answer.as_dict())
    elif form is Format.CSV:
        sys.stdout.write(answer.to_csv())
    else:
        console().print(answer)


def _write(answer: Answer, form: Format, out: Path) -> None:
    if form is Format.PARQUET:
        answer.write_parquet(out)
    elif form is Format.ARROW:
        answer.write_arrow(out)
    else:
        out.write_text(
            answer.to_csv() if form in {Format.CSV, Format.TABLE} else answer.to_json(), encoding="utf-8", newline=""
        )


def _show_explanation(explanation: Explanation, as_json: bool) -> None:
    def render(target: Console) -> None:
        for number, step in enumerate(explanation.steps, 1):
            target.print(f"{number}. {step.name}: {step.decided}", style="bold", highlight=False, markup=False)
            for detail in step.details:
                target.print(f"   {detail}", highlight=False, markup=False)

    emit(explanation.as_dict(), as_json, render)
    if explanation.refusal is not None:
        raise explanation.refusal if not as_json else typer.Exit(explanation.refusal.exit_code)
