"""``commonweal organisation``: the bodies that hold data and sign agreements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from commonweal.cli.output import JsonFlag, emit, fields, installation_here, note, table

if TYPE_CHECKING:
    from rich.console import Console

    from commonweal.installation import Installation

app = typer.Typer(help="The bodies that hold data and sign agreements.")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The short name, for example northbank.")]


@app.command()
def add(
    name: NameArgument,
    title: Annotated[str, typer.Option(help='What people call it, for example "Northbank Council".')],
    as_json: JsonFlag = False,
) -> None:
    """Add an organisation and make its signing key."""
    from commonweal.installation import acts  # imported when used: the room loads the database

    with installation_here() as installation:
        acts.add_organisation(installation, name, title)
        described = _described(installation, name)

    def render(console: Console) -> None:
        console.print(f"Added the organisation {name}.", style="bold")
        fields(console, {"title": title, "public key": described["public_key"]})

    emit({"organisation": described}, as_json, render)
    note(
        f"Next: commonweal person add EMAIL --organisation {name} --role analyst\n"
        f"      commonweal dataset add FILE --name {name}/NAME"
    )


@app.command("list")
def list_all(as_json: JsonFlag = False) -> None:
    """List the organisations."""
    from commonweal.catalogue import store  # see above

    with installation_here() as installation:
        with installation.reading() as connection:
            names = [organisation.name for organisation in store.organisations(connection)]
        described = [_described(installation, name) for name in names]

    def render(console: Console) -> None:
        rows = [(each["name"], each["title"], len(each["people"]), len(each["datasets"])) for each in described]
        empty = 'No organisation yet. Add one: commonweal organisation add NAME --title "What people call it"'
        table(console, ("name", "title", "people", "datasets"), rows, empty=empty)

    emit({"organisations": described}, as_json, render)


@app.command()
def show(name: NameArgument, as_json: JsonFlag = False) -> None:
    """Show an organisation: its title, public key, people and datasets."""
    with installation_here() as installation:
        described = _described(installation, name)
    emit(
        {"organisation": described},
        as_json,
        lambda console: fields(console, {key.replace("_", " "): value for key, value in described.items()}),
    )


def _described(installation: Installation, name: str) -> dict[str, Any]:
    """Return what the commands show of an organisation."""
    from commonweal.catalogue import store as catalogue  # see above
    from commonweal.identity import store as identity
    from commonweal.installation.keys import public_text

    with installation.reading() as connection:
        organisation = catalogue.organisation(connection, name)
        people = identity.people(connection, organisation=name)
        datasets = [each for each in catalogue.datasets(connection) if each.organisation == name]
    return {
        "name": organisation.name,
        "title": organisation.title,
        "public_key": public_text(installation.keys.public_key(name)),
        "people": [person.email for person in people],
        "datasets": [dataset.reference for dataset in datasets],
    }
