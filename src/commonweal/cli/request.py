"""``commonweal request``: ask for access to data, talk about it, grant or decline it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from commonweal.cli.output import JsonFlag, emit, fields, installation_here, note, printable, table

if TYPE_CHECKING:
    from rich.console import Console

    from commonweal.agreement.requests.request import AccessRequest

# Rooms below are imported inside the commands: they load the database, pydantic and sqlglot, which --help must not.

app = typer.Typer(help="Ask for access to data; talk about it; grant or decline it.")

NumberArgument = Annotated[int, typer.Argument(metavar="N", min=1, help="The request's number.")]
AsOption = Annotated[str, typer.Option("--as", metavar="EMAIL", help="Who does it.")]


@app.command("list")
def list_(person: AsOption, as_json: JsonFlag = False) -> None:
    """List the requests that concern you: your own, and those about your organisation's data if you decide on them."""
    from commonweal.identity.store import person as stored_person
    from commonweal.installation.requesting_access import all_seen

    with installation_here() as installation, installation.reading() as connection:
        found = all_seen(connection, stored_person(connection, person))

    def render(console: Console) -> None:
        rows = [
            (each.request.number, each.request.requester, ", ".join(each.request.datasets), each.request.state,
             each.request.asked_at.date(), each.waits)
            for each in found
        ]  # fmt: skip
        columns = ("request", "made by", "datasets", "state", "asked", "waits for you")
        table(console, columns, rows, empty="No requests concern you.")

    emit({"requests": [each.request for each in found]}, as_json, render)


@app.command()
def make(
    person: AsOption,
    purpose: Annotated[str, typer.Option(help="What it is for.")],
    benefit: Annotated[str, typer.Option(help="Who benefits, and how.")],
    datasets: Annotated[
        list[str] | None, typer.Option("--dataset", metavar="ORG/NAME", help="A dataset; may be given more than once.")
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="ORG/NAME.COLUMN", help="A column; may be given more than once."),
    ] = None,
    agreement: Annotated[
        str, typer.Option(metavar="ID", help="The agreement under which it is not permitted yet.")
    ] = "",
    sql: Annotated[str, typer.Option(metavar="SQL", help="The question that it is needed for.")] = "",
    entry: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="A question of yours that was refused, by its ledger entry.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Ask for access. Datasets and columns that are not named are taken from the question."""
    from commonweal.agreement.requests.request import Wanted
    from commonweal.installation.requesting_access import filled_in
    from commonweal.installation.requesting_access import make as make_request

    named = Wanted(purpose, benefit, tuple(datasets or ()), tuple(columns or ()), agreement, sql, entry)
    with installation_here() as installation:
        made = make_request(installation, filled_in(installation, named, by=person), by=person)
    _say(made, as_json)
    note(f"Those whose data it is decide. See where it stands: commonweal request show {made.number} --as {person}")


@app.command()
def show(number: NumberArgument, person: AsOption, as_json: JsonFlag = False) -> None:
    """Show a request and all that was said about it."""
    from commonweal.identity.store import person as stored_person
    from commonweal.installation.requesting_access import seen

    with installation_here() as installation, installation.reading() as connection:
        found = seen(connection, stored_person(connection, person), number).request
    emit({"request": found}, as_json, lambda console: _render(console, found))


@app.command()
def say(
    number: NumberArgument,
    words: Annotated[str, typer.Argument(metavar="WORDS", help="What you want to say; the others read it.")],
    person: AsOption,
    as_json: JsonFlag = False,
) -> None:
    """Say something about a request, as who made it or as one who decides."""
    from commonweal.installation import requesting_access

    with installation_here() as installation:
        _say(requesting_access.say(installation, number, words, by=person), as_json)


@app.command()
def grant(
    number: NumberArgument,
    agreement: Annotated[
        str, typer.Option("--agreement", metavar="ID@VERSION", help="The version, signed by all, that permits it.")
    ],
    person: AsOption,
    words: Annotated[str, typer.Option("--words", help="What the requester should know.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Close a request as granted by a version of an agreement that permits it."""
    from commonweal.installation import requesting_access

    with installation_here() as installation:
        _say(requesting_access.grant(installation, number, agreement, words=words, by=person), as_json)


@app.command()
def decline(
    number: NumberArgument,
    person: AsOption,
    reason: Annotated[str, typer.Option(help="Why; the requester reads it.")],
    as_json: JsonFlag = False,
) -> None:
    """Decline a request, with a reason."""
    from commonweal.installation import requesting_access

    with installation_here() as installation:
        _say(requesting_access.decline(installation, number, reason, by=person), as_json)


@app.command()
def withdraw(number: NumberArgument, person: AsOption, as_json: JsonFlag = False) -> None:
    """Take your request back."""
    from commonweal.installation import requesting_access

    with installation_here() as installation:
        _say(requesting_access.withdraw(installation, number, by=person), as_json)


def _say(request: AccessRequest, as_json: bool) -> None:
    emit({"request": request}, as_json, lambda console: console.print(f"Request {request.number}: {request.state}."))


def _render(console: Console, request: AccessRequest) -> None:
    fields(
        console,
        {
            "request": request.number,
            "made by": f"{request.requester}, {request.organisation}",
            "state": f"{request.state}: {request.meaning}",
            "agreement": request.agreement,
            "datasets": ", ".join(request.datasets),
            "columns": ", ".join(request.columns),
            "what it is for": request.purpose,
            "who benefits": request.benefit,
            "question": request.question,
            "granted by": request.granted,
        },
    )
    for each in request.moves:
        said = f": {each.words}" if each.words else ""
        console.print(printable(f"{each.at:%Y-%m-%d %H:%M} {each.person} {each.move}{said}"), soft_wrap=True)
