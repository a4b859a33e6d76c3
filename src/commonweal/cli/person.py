"""``commonweal person``: the people who use this installation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from commonweal.cli.output import JsonFlag, emit, fields, installation_here, note, table

if TYPE_CHECKING:
    from rich.console import Console

    from commonweal.identity import Person
    from commonweal.identity.invitations import Invitation

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
    invited: Annotated[
        bool, typer.Option("--invite", help="Also make a link with which they set a password for the pages.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Add a person to an organisation, with one role or more."""
    from commonweal.identity.person import role_named  # imported when used: the rooms load the database
    from commonweal.installation import acts, people

    roles = [role_named(each) for each in role]
    with installation_here() as installation:
        added = acts.add_person(installation, email, organisation, roles, name)
        invitation = _invited(*people.invite(installation, added.email)) if invited else {}

    def render(console: Console) -> None:
        console.print(f"Added {added.email}.", style="bold")
        fields(console, {"organisation": added.organisation, "roles": added.roles} | invitation)

    emit({"person": _described(added)} | ({"invitation": invitation} if invitation else {}), as_json, render)
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


@app.command()
def invite(
    email: EmailArgument,
    forget_second_factor: Annotated[
        bool,
        typer.Option("--forget-second-factor", help="They have lost theirs: it goes when the link is used."),
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Make a link with which a person sets a password: it works once, for a week, and is shown only now."""
    from commonweal.installation import people  # see above

    with installation_here() as installation:
        invitation = _invited(*people.invite(installation, email, forget_second_factor=forget_second_factor))
    emit({"invitation": invitation}, as_json, lambda console: fields(console, invitation))
    note("Send it in a way that only they read. Who has it can sign in as them.")


@app.command()
def roles(
    email: EmailArgument,
    role: Annotated[list[str], typer.Option(help="A role they have from now on; may be given more than once.")],
    as_json: JsonFlag = False,
) -> None:
    """Give a person other roles, in place of those they have."""
    from commonweal.identity.person import role_named  # see above
    from commonweal.installation import people

    with installation_here() as installation:
        changed = people.change_roles(installation, email, [role_named(each) for each in role])
    described = _described(changed)
    emit({"person": described}, as_json, lambda console: fields(console, described))


@app.command()
def remove(email: EmailArgument, as_json: JsonFlag = False) -> None:
    """Remove a person: sessions end, tokens are revoked and questions that run are stopped, at once."""
    from commonweal.installation import people  # see above

    with installation_here() as installation:
        removed = people.remove_person(installation, email)
    told = {"removed": removed.person.email, "sessions_ended": removed.sessions, "tokens_revoked": removed.tokens}
    emit(told, as_json, lambda console: fields(console, told))


def _invited(invitation: Invitation, link: str) -> dict[str, Any]:
    return {"link": link, "until": invitation.until.isoformat(timespec="seconds")}


def _described(person: Person) -> dict[str, Any]:
    return {
        "email": person.email,
        "name": person.name,
        "organisation": person.organisation,
        "roles": [role.value for role in person.roles],
    }
