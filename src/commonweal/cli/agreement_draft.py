"""``commonweal agreement draft``: drafts of agreements, from the library or from nothing, part by part, then proposed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commonweal.cli.output import JsonFlag, emit, installation_here, note, printable, table

if TYPE_CHECKING:
    from rich.console import Console

    from commonweal.agreement.drafting.store import Draft
    from commonweal.installation import Installation

# Rooms below are imported inside the commands: they load the database, pydantic and sqlglot, which --help must not.

app = typer.Typer(help="Draft agreements part by part, from the library or from nothing, and propose them.")

IdArgument = Annotated[str, typer.Argument(metavar="DRAFT", help="The draft's id, as `agreement draft list` shows it.")]
AsOption = Annotated[str, typer.Option("--as", metavar="ORGANISATION", help="The organisation that drafts.")]
ByOption = Annotated[str, typer.Option("--by", metavar="EMAIL", help="The person who does it, for the record.")]


@app.command()
def library(as_json: JsonFlag = False) -> None:
    """List the agreements to start from: those that come with commonweal, and public ones here."""
    from commonweal.installation import drafting

    with installation_here() as installation, installation.reading() as connection:
        found = drafting.library(installation, connection)
    lines = [{"name": each.name, "title": each.title, "purpose": each.purpose, "source": each.source} for each in found]

    def render(console: Console) -> None:
        table(console, ("name", "title", "from"), [(each.name, each.title, each.source) for each in found], empty="")

    emit({"library": lines}, as_json, render)


@app.command("list")
def list_(organisation: AsOption, as_json: JsonFlag = False) -> None:
    """List the drafts of an organisation."""
    from commonweal.agreement.drafting.store import drafts

    with installation_here() as installation, installation.reading() as connection:
        found = drafts(connection, organisation)
    lines = [{"id": each.id, "title": each.title, "maker": each.maker, "revision": each.revision} for each in found]

    def render(console: Console) -> None:
        rows = [(each.id, each.title, each.maker, each.changed_at.date()) for each in found]
        table(console, ("draft", "title", "begun by", "saved"), rows, empty="There are no drafts.")

    emit({"drafts": lines}, as_json, render)


@app.command()
def new(
    organisation: AsOption,
    by: ByOption,
    start: Annotated[str, typer.Option("--from", metavar="NAME", help="An agreement of the library.")] = "",
    stands_for: Annotated[
        list[str] | None,
        typer.Option("--place", metavar="OLD=NEW", help="What takes the place of an example's party or dataset."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Begin a draft, from nothing or from one of the library."""
    from commonweal.agreement.drafting.starting import from_nothing
    from commonweal.catalogue.store import organisation as known
    from commonweal.installation import drafting

    places = dict(each.split("=", 1) for each in stands_for or () if "=" in each)
    with installation_here() as installation:
        with installation.reading() as connection:
            known(connection, organisation)
            chosen = drafting.in_library(installation, connection, start) if start else None
        document = drafting.like(installation, chosen, places) if chosen else from_nothing(organisation)
        _say(installation, drafting.make(installation, organisation, document, by=by), as_json)


@app.command()
def show(
    identifier: IdArgument,
    text: Annotated[bool, typer.Option("--text", help="Print the document so far, as YAML.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show how far a draft is and what is wrong with it."""
    from commonweal.agreement.drafting.store import draft

    with installation_here() as installation:
        with installation.reading() as connection:
            found = draft(connection, identifier)
        _say(installation, found, as_json, text=text)


@app.command()
def put(
    identifier: IdArgument,
    part: Annotated[str, typer.Argument(metavar="PART", help="The part, for example law.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="YAML that holds the part as an agreement has it.")],
    as_json: JsonFlag = False,
) -> None:
    """Put a part of a draft from a file; what is wrong with it is kept, and told."""
    from commonweal.agreement.drafting.filling import with_part
    from commonweal.agreement.drafting.parts import PART
    from commonweal.agreement.reading import text_of
    from commonweal.agreement.yaml_places import read_yaml
    from commonweal.errors import BadInput
    from commonweal.installation import drafting

    if part not in PART:
        raise BadInput("An agreement has no such part.", remedy=f"There are {', '.join(PART)}.")
    given = read_yaml(text_of(file))
    if given.broken or not isinstance(given.value, dict):
        said = given.mistakes[0][2] if given.mistakes else "It holds no keys."
        raise BadInput(f"{file} cannot be read.", why=said, remedy="Write the part as it stands in an agreement.")
    with installation_here() as installation:
        kept = drafting.save(installation, identifier, lambda before, _: with_part(before, PART[part], given.value))
        _say(installation, kept, as_json)


@app.command()
def propose(identifier: IdArgument, by: ByOption, as_json: JsonFlag = False) -> None:
    """Add a draft as an agreement, with an assessment of its risk; the parties can then sign it."""
    from commonweal.installation import drafting

    with installation_here() as installation:
        added, _ = drafting.propose(installation, identifier, by=by, permitted=lambda _read, _before: None)
    emit(
        {"added": {"id": added.id, "version": added.version, "content_hash": added.content_hash}},
        as_json,
        lambda console: console.print(printable(f"Added {added.reference}: {added.title}")),
    )
    note(f"Each party signs it: commonweal agreement sign {added.id} --as ORGANISATION")


@app.command()
def delete(identifier: IdArgument, by: ByOption, as_json: JsonFlag = False) -> None:
    """Delete a draft and the comments on it."""
    from commonweal.installation import drafting

    with installation_here() as installation:
        drafting.delete(installation, identifier, by=by)
    emit({"deleted": identifier}, as_json, lambda console: console.print("The draft is deleted."))


def _say(installation: Installation, draft: Draft, as_json: bool, *, text: bool = False) -> None:
    """Say how far a draft is."""
    from commonweal.agreement.drafting.parts import PARTS
    from commonweal.installation import drafting

    looked = drafting.look(installation, draft)

    def render(console: Console) -> None:
        if text:
            console.print(printable(looked.text), soft_wrap=True, end="")
            return
        console.print(printable(f"Draft {draft.id}: {draft.title}"))
        table(console, ("part", "is", "asks"), [(p.name, looked.progress[p.name], p.asks) for p in PARTS], empty="")
        for problem in looked.problems:
            console.print(printable(f"{problem.severity}  {problem}"), soft_wrap=True)

    said = {
        "id": draft.id,
        "title": draft.title,
        "revision": draft.revision,
        "usable": looked.usable,
        "progress": {name: each.value for name, each in looked.progress.items()},
        "problems": [each.as_dict() for each in looked.problems],
        "text": looked.text,
    }
    emit({"draft": said}, as_json, render)
