"""``commonweal output``: ask checkers to release what the rules withhold, check it, fetch it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commonweal.cli.output import JsonFlag, emit, fields, installation_here, note, printable, table, write_json
from commonweal.cli.writing import check_place, write_file
from commonweal.errors import Refused, UsageMistake

if TYPE_CHECKING:
    from rich.console import Console

    from commonweal.gateway.answer import Answer
    from commonweal.gateway.output_checking.releasing import ReleasedFile
    from commonweal.gateway.output_checking.showing import Shown

# The rooms are imported inside the commands: they load the database, which --help must not.

app = typer.Typer(help="Ask checkers to release what the rules withhold; check it; fetch it.")

NumberArgument = Annotated[int, typer.Argument(metavar="N", min=1, help="The request's number.")]
AsOption = Annotated[str, typer.Option("--as", metavar="EMAIL", help="Who does it.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why. Never a figure that is not released.")]

_FIRST_LINES = 200


@app.command()
def request(
    agreement: Annotated[str, typer.Option(metavar="ID", help="The agreement to ask under.")],
    reason: Annotated[str, typer.Option(help="Why it is needed, and why it is safe: the checkers read this.")],
    person: AsOption,
    sql: Annotated[
        str | None, typer.Argument(metavar="SQL", help="The question; - reads it from standard input.")
    ] = None,
    entry: Annotated[
        int | None, typer.Option(metavar="N", help="A question of yours asked before, by its ledger entry.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A file made elsewhere: CSV, Parquet, text, PNG.")
    ] = None,
    exact: Annotated[
        bool,
        typer.Option("--exact", help="Ask for exact figures; otherwise nothing is withheld, and counts stay rounded."),
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Ask for an output that the rules do not let through. Nothing is computed before a checker looks."""
    from commonweal.gateway.output_checking.request import Wanted

    text = sys.stdin.read() if sql == "-" else sql
    wanted = Wanted.EXACT if exact else Wanted.UNSUPPRESSED
    with installation_here() as installation:
        try:
            made = installation.output_checking(person).request(
                reason, agreement=agreement, sql=text, entry=entry, file=file, wanted=wanted
            )
        except Refused as refusal:
            if as_json or text is None:
                raise
            from commonweal.cli.refusal import print_refusal  # imported when used: see cli.output

            print_refusal(refusal, sql=text, agreement=agreement)
            raise typer.Exit(refusal.exit_code) from None
    emit(made.as_dict(), as_json, lambda target: target.print(f"Requested as output {made.number}."))
    note(f"Two others decide. See where it stands: commonweal output show {made.number} --as {person}")


@app.command("list")
def list_(person: AsOption, as_json: JsonFlag = False) -> None:
    """List the requests that concern you: your own, those you may check, and what was released to you."""
    with installation_here() as installation:
        found = installation.output_checking(person).list()
    columns = ("number", "agreement", "kind", "wanted", "file", "state", "you_are")

    def render(target: Console) -> None:
        rows = [[each.about[name] for name in columns] for each in found]
        table(target, [name.replace("_", " ") for name in columns], rows, empty="No requests concern you.")

    emit({"outputs": [dict(each.about) for each in found]}, as_json, render)


@app.command()
def show(
    number: NumberArgument,
    person: AsOption,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="For checkers: write the file that is to be released here.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show a request. A checker sees the output, and which cells break which rule; that look is recorded."""
    if out is not None:
        check_place(out)
    with installation_here() as installation:
        found = installation.output_checking(person).show(number)
    if out is not None:
        if found.content is None or found.about["kind"] != "file":
            raise UsageMistake(
                "There is no file to write.", why="--out is for checkers, and for files.", remedy="Leave it out."
            )
        write_file(out, found.content.body)
    emit(found.as_dict(), as_json, lambda target: _render(target, found))


@app.command()
def decide(
    number: NumberArgument,
    person: AsOption,
    reason: ReasonOption,
    approve: Annotated[bool, typer.Option("--approve", help="It may be released.")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="It may not be released.")] = False,
    ask: Annotated[bool, typer.Option("--ask", help="Send it back to the requester with a question.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Decide on a request, as a checker who has looked at it. What others decided is shown only afterwards."""
    from commonweal.gateway.output_checking.request import Verdict

    chosen = [verdict for verdict, wanted in zip(Verdict, (approve, reject, ask), strict=True) if wanted]
    if len(chosen) != 1:
        raise UsageMistake("It is not said what you decide.", remedy="Give one of --approve, --reject and --ask.")
    with installation_here() as installation:
        found = installation.output_checking(person).decide(number, chosen[0], reason)
    emit(found.as_dict(), as_json, lambda target: _render(target, found))


@app.command()
def resubmit(number: NumberArgument, person: AsOption, reason: ReasonOption, as_json: JsonFlag = False) -> None:
    """Answer the checkers' questions on your request; they check it anew."""
    with installation_here() as installation:
        found = installation.output_checking(person).resubmit(number, reason)
    emit(found.as_dict(), as_json, lambda target: _render(target, found))


@app.command()
def withdraw(number: NumberArgument, person: AsOption, as_json: JsonFlag = False) -> None:
    """Take your request back."""
    with installation_here() as installation:
        found = installation.output_checking(person).withdraw(number)
    emit(found.as_dict(), as_json, lambda target: target.print(f"Output {number} is withdrawn."))


@app.command()
def fetch(
    number: NumberArgument,
    person: AsOption,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write a table here as CSV.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a released file here.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Fetch what was released, while the agreement is in force. It is recorded."""
    from commonweal.gateway.output_checking.releasing import ReleasedFile

    if csv is not None and out is not None:
        raise UsageMistake("There are two files to write.", remedy="Give --csv for a table, or --out for a file.")
    for place in (csv, out):
        if place is not None:
            check_place(place)
    with installation_here() as installation:
        checking = installation.output_checking(person)
        _check_form(checking.standing(number), csv, out)
        released = checking.fetch(number)
    if isinstance(released, ReleasedFile):
        assert out is not None, "checked before it was fetched"
        _hand_file(released, out, as_json)
    else:
        _hand_answer(released, csv, as_json)


def _check_form(found: Shown, csv: Path | None, out: Path | None) -> None:
    """See, before it is fetched and recorded, that there is somewhere to put it."""
    is_file = found.about["kind"] == "file"
    if is_file and out is None:
        raise UsageMistake("A released file needs a place.", why="It is not text.", remedy="Add --out FILE.")
    if not is_file and out is not None:
        raise UsageMistake("This output is a table.", why="--out is for files.", remedy="Use --csv FILE.")


def _hand_file(released: ReleasedFile, out: Path, as_json: bool) -> None:
    write_file(out, released.content)
    body = {"file": str(out), "sha256": released.sha256, "receipt": released.receipt.as_dict()}
    emit(body, as_json, lambda target: target.print(f"Wrote {out}.", soft_wrap=True))


def _hand_answer(answer: Answer, csv: Path | None, as_json: bool) -> None:
    if csv is not None:
        write_file(csv, answer.to_csv().encode())
        body = {"file": str(csv), "rows": answer.table.num_rows, "receipt": answer.receipt.as_dict()}
        emit(body, as_json, lambda target: target.print(f"Wrote {csv}.", soft_wrap=True))
        note("\n".join(answer.legend()))
    elif as_json:
        write_json(answer.as_dict())
    else:
        emit({}, False, lambda target: target.print(answer))


def _render(target: Console, found: Shown) -> None:
    """Print a request as its reader may see it."""
    said = dict(found.about)
    remarks, decisions = said.pop("remarks", None), said.pop("decisions", None)
    before = said.pop("released_before", None)
    fields(target, {name.replace("_", " "): value for name, value in said.items() if value not in ("", [], None)})
    for remark in remarks or []:
        target.print(printable(f"remark: {remark}"), soft_wrap=True)
    if decisions:
        target.print("")
        columns = ("checker", "organisation", "verdict", "reason")
        table(target, columns, [[each[name] for name in columns] for each in decisions])
    if before:
        target.print("")
        target.print("Released before, about the same data:", style="bold")
        table(target, ("number", "agreement", "question"), [list(each.values()) for each in before])
    if found.content is not None:
        _render_content(target, found.as_dict()["for_checkers"], found)


def _render_content(target: Console, checks: Mapping[str, Any], found: Shown) -> None:
    """Print what is to be released, and what breaks which rule: for checkers."""
    target.print("")
    target.print("FOR CHECKERS ONLY. What would be released:", style="bold")
    if "table" in checks:
        table(target, checks["table"]["columns"], checks["table"]["rows"], empty="No rows.")
    if "lines" in checks:
        target.print("")
        target.print(f"Each number, beside what {checks['profile']} lets through:", style="bold")
        columns = ("cell", "number", "exact", "protected", "entities", "breaks")
        table(target, columns, [_line(line) for line in checks["lines"]], empty="No cells.")
        broken = sum(bool(line["breaks"]) for line in checks["lines"])
        target.print(f"{broken} of {len(checks['lines'])} numbers break a rule.")
    if "rows_alone" in checks:
        compared = ", ".join(checks["compared"]) or "nothing"
        target.print(printable(f"{checks['rows']} rows; entities: {_counts(checks['entities'])}."))
        target.print(
            printable(
                f"Alike in {compared}: at least {checks['smallest_class']}; {checks['rows_alone']} rows are alone."
            )
        )
    if "file" in checks:
        fields(target, checks["file"])
        if checks["file"]["form"] in ("CSV", "text") and found.content is not None:
            text = found.content.body.decode("utf-8-sig").splitlines()
            for line in text[:_FIRST_LINES]:
                target.print(printable(line), soft_wrap=True)
            if len(text) > _FIRST_LINES:
                target.print(f"... and {len(text) - _FIRST_LINES} lines more: --out FILE writes all of it.")
        else:
            target.print("Write it to look at it: --out FILE")


def _line(line: Mapping[str, Any]) -> list[object]:
    cell = ", ".join(f"{name} {value}" for name, value in line["cell"].items()) or "everybody"
    protected = "[c]" if line["withheld"] else line["protected"]
    breaks = "; ".join(f"{each['rule']}: {each['found']}" for each in line["breaks"])
    return [cell, line["number"], line["value"], protected, _counts(line["entities"]), breaks]


def _counts(entities: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {kind}" for kind, number in entities.items())
