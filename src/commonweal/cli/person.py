"""``commonweal person``: the people who use this installation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from commonweal.cli.output import JsonFlag, emit, fields, installation_here, note, table

if TYPE_CHECKING:
    from rich.console import Console

    from commonweal.identity import Person

app = typer.Typer(help="The people who use this installation.")

EmailArgument = Annotated[str, typer.Argument(metavar="EMAIL", help="The e-mail address: who the person is here.")]


@app.command()
def add(
    email: EmailArgument,
    organisation: Annotated[str, typer.Option(help="The short name of the organisation the person belongs to.")],
    role: Annotated[
        list[str],
        typer.Option(
            help="steward, officer, analyst, checker, head-of-service or administrator; may be given more than once."
        ),
    ],
    name: Annotated[str, typer.Option(help="The person's name.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Add a person to an organisation, with one role or more."""
    from commonweal.identity.person import role_named  # imported when used: the rooms load the database
    from commonweal.installation import acts

    roles = [role_named(each) for each in role]
    with installation_here() as installation:
        added = acts.add_person(installation, email, organisation, roles, name)

    def render(console: Console) -> None:
        console.print(f"Added {added.email}.", style="bold")
        fields(console, {"organisation": added.organisation, "roles": added.roles})

    emit({"person": _described(added)}, as_json, render)
    note("Next: name the person in an agreement, under people:, and add it: commonweal agreement add FILE")


@app.command("list")
def list_all(
    organisation: Annotated[str | None, typer.Option(help="Only the people of this organisation.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """List the people."""
    from commonweal.catalogue import store as catalogue  # see above
    from commonweal.identity import store

    with installation_here() as installation, installation.reading() as connection:
        if organisation is not None:
            catalogue.organisation(connection, organisation)
        everyone = store.people(connection, organisation)

    def render(console: Console) -> None:
        rows = [(person.email, person.name, person.organisation, person.roles) for person in everyone]
        empty = "Nobody yet. Add someone: commonweal person add EMAIL --organisation NAME --role ROLE"
        table(console, ("email", "name", "organisation", "roles"), rows, empty=empty)

    emit({"people": [_described(person) for person in everyone]}, as_json, render)


@app.command()
def show(email: EmailArgument, as_json: JsonFlag = False) -> None:
    """Show a person: name, organisation and roles."""
    from commonweal.identity import store  # see above

    with installation_here() as installation, installation.reading() as connection:
        described = _described(store.person(connection, email))
    emit({"person": described}, as_json, lambda console: fields(console, described))


def _described(person: Person) -> dict[str, Any]:
    return {
        "email": person.email,
        "name": person.name,
        "organisation": person.organisation,
        "roles": [role.value for role in person.roles],
    }
