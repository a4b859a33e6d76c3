"""``commonweal ask``: a question in SQL under an agreement."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commonweal.cli.handing_over import Format, format_of, hand_over
from commonweal.cli.output import JsonFlag, emit, installation_here, printable, want_json
from commonweal.cli.writing import check_place
from commonweal.errors import Refused

if TYPE_CHECKING:
    from rich.console import Console

    from commonweal.gateway.explanation import Explanation

app = typer.Typer()


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
    form = format_of(form, out, explain)
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
    hand_over(answer, form, out, as_json)


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
