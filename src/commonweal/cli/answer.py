"""``commonweal answer``: answers that are kept, listed, shown again, deleted, published."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commonweal.cli.handing_over import Format, format_of, hand_over
from commonweal.cli.output import JsonFlag, emit, installation_here, note, table, want_json
from commonweal.cli.writing import check_place

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer(help="List, show, delete and publish answers that are kept.")

NumberArgument = Annotated[int, typer.Argument(metavar="N", min=0, help="The answer's ledger entry, as it was told.")]
AsOption = Annotated[str, typer.Option("--as", metavar="EMAIL", help="Who does it.")]


@app.command("list")
def list_(
    person: AsOption,
    everyone: Annotated[
        bool, typer.Option("--all", help="For officers: all answers under agreements of your organisation.")
    ] = False,
    text: Annotated[str, typer.Option("--find", metavar="TEXT", help="With this in the SQL; your own only.")] = "",
    before: Annotated[int | None, typer.Option(metavar="N", help="Older than this answer.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many.")] = 20,
    as_json: JsonFlag = False,
) -> None:
    """List kept answers, newest first: your own, however they were asked for."""
    with installation_here() as installation:
        kept = installation.gateway(person).answers
        found = kept.list(all_of_agreements=everyone, text=text, before=before, limit=limit)

    def render(target: Console) -> None:
        columns = ["answer", "at", "agreement", "rows", "withheld", *(["asked by"] if everyone else []), "question"]
        rows = [
            [each.number, f"{each.at:%Y-%m-%d %H:%M}", each.reference, each.rows, each.withheld,
             *([each.person or "(erased)"] if everyone else []), " ".join(each.sql.split()) or "(erased)"]
            for each in found
        ]  # fmt: skip
        table(target, columns, rows, empty="No answers are kept for you.")

    emit({"answers": [each.as_dict() for each in found]}, as_json, render)
    if len(found) == limit:
        note(f"Older ones: --before {found[-1].number}")


@app.command()
def show(
    number: NumberArgument,
    person: AsOption,
    form: Annotated[
        Format | None,
        typer.Option("--format", help="How to write the answer; else as the file's name ends, or a table."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A file to write it to; Parquet and Arrow need one.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show an answer again, as it was handed over. Opening somebody else's is recorded."""
    if out is not None:
        check_place(out)
    form = format_of(form, out)
    as_json = as_json or (form is Format.JSON and out is None)
    want_json(as_json)
    with installation_here() as installation:
        opened = installation.gateway(person).answers.open(number)
    if form is Format.TABLE and out is None and not as_json:
        from commonweal.gateway.telling import sentence  # imported when used: see cli.output

        note(sentence(opened.answer))
    hand_over(opened.answer, form, out, as_json)


@app.command()
def delete(number: NumberArgument, person: AsOption, as_json: JsonFlag = False) -> None:
    """Delete an answer before its time, as who asked it or as an officer of a party. The record of it stays."""
    with installation_here() as installation:
        installation.gateway(person).answers.erase(number)
    emit({"deleted": number}, as_json, lambda target: target.print(f"Deleted answer {number}."))


@app.command()
def publish(
    number: NumberArgument,
    name: Annotated[str, typer.Option(metavar="NAME", help="The name of the table it becomes.")],
    person: AsOption,
    as_json: JsonFlag = False,
) -> None:
    """Publish an answer as a file for everybody who has a token, as an officer of a party.

    The agreement must be public, in force, and say onward_sharing: published. Programs fetch it by Delta Sharing.
    """
    from commonweal.installation.published_answers import publish_answer  # imported when used: see cli.output

    with installation_here() as installation:
        made = publish_answer(installation, number, name, by=person)
    said = (
        f"Published answer {made.answer} as {made.name}, {made.rows} rows, under {made.agreement}; entry {made.entry}."
    )
    emit({"published": made.as_dict()}, as_json, lambda target: target.print(said, markup=False))


@app.command()
def published(as_json: JsonFlag = False) -> None:
    """List what is published and may be had now."""
    from commonweal.installation.published_answers import published_answers  # see above

    with installation_here() as installation, installation.reading() as connection:
        found = published_answers(installation, connection)

    def render(target: Console) -> None:
        rows = [[each.name, each.agreement, each.answer, each.rows, each.at[:16].replace("T", " ")] for each in found]
        table(target, ["name", "agreement", "answer", "rows", "at"], rows, empty="Nothing is published.")

    emit({"published": [each.as_dict() for each in found]}, as_json, render)


@app.command()
def withdraw(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name it is published under.")],
    person: AsOption,
    as_json: JsonFlag = False,
) -> None:
    """Withdraw a published answer, as an officer of a party. Its file is deleted; the record stays."""
    from commonweal.installation.published_answers import withdraw_published  # see above

    with installation_here() as installation:
        withdraw_published(installation, name, by=person)
    emit({"withdrawn": name}, as_json, lambda target: target.print(f"Withdrew {name}.", markup=False))
