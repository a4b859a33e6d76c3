"""``commonweal token``: tokens for programs that ask as a person, under agreements that name them."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commonweal.cli.output import JsonFlag, emit, fields, installation_here, note, table
from commonweal.errors import BadInput

if TYPE_CHECKING:
    from datetime import date, datetime

    from rich.console import Console

    from commonweal.identity.tokens import Token

app = typer.Typer(help="Tokens for programs that ask as a person.")

PersonOption = Annotated[str, typer.Option("--as", metavar="EMAIL", help="Whose token it is.")]


@app.command()
def make(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What uses it, for example: nightly report.")],
    person: PersonOption,
    agreement: Annotated[
        list[str], typer.Option(metavar="ID", help="An agreement it is for; may be given more than once.")
    ],
    until: Annotated[str, typer.Option(metavar="DAY", help="Its last day, such as 2027-03-31; else in 90 days.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Make a token and show its secret, this once. One made here has no second factor behind it."""
    from commonweal.installation.tokens import end_of, make_token  # imported when used: the rooms load the database

    with installation_here() as installation:
        with installation.reading() as connection:
            now = installation.ledger.now(connection)
        last = _day(until) if until else (now + timedelta(days=90)).astimezone(UTC).date()
        token, secret = make_token(installation, person, name=name, agreements=agreement, until=end_of(last))
        described = _described(token, now)
    shown = {"secret": secret} | described
    emit({"token": described, "secret": secret}, as_json, lambda console: fields(console, shown))
    note("Keep it like a password. Send it as: Authorization: Bearer TOKEN")


@app.command("list")
def list_all(person: PersonOption, as_json: JsonFlag = False) -> None:
    """List a person's tokens, without their secrets."""
    from commonweal.identity import store, tokens  # see above

    with installation_here() as installation, installation.reading() as connection:
        now = installation.ledger.now(connection)
        found = tokens.tokens_of(connection, store.person(connection, person).email)
        described = [_described(each, now) for each in found]

    def render(console: Console) -> None:
        columns = ("id", "name", "agreements", "until", "state")
        rows = [tuple(each[column] for column in columns) for each in described]
        table(console, columns, rows, empty="No tokens. Make one: commonweal token make NAME --as EMAIL --agreement ID")

    emit({"tokens": described}, as_json, render)


@app.command()
def revoke(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="Its id, or at least 8 letters of its beginning.")],
    person: PersonOption,
    as_json: JsonFlag = False,
) -> None:
    """Revoke a token: nothing works with it any more, at once."""
    from commonweal.installation.tokens import revoke_token  # see above

    with installation_here() as installation:
        revoked = revoke_token(installation, person, identifier)
        with installation.reading() as connection:
            described = _described(revoked, installation.ledger.now(connection))
    emit({"token": described}, as_json, lambda console: fields(console, described))


def _described(token: Token, now: datetime) -> dict[str, Any]:
    return {
        "id": token.id[:16],
        "name": token.name,
        "agreements": sorted(token.agreements),
        "until": token.until.isoformat(timespec="seconds"),
        "state": "works" if token.works(now) else "revoked" if token.revoked else "ended",
        "second_factor": token.second_factor,
    }


def _day(text: str) -> date:
    from datetime import date as dates

    try:
        return min(dates.fromisoformat(text), dates.max - timedelta(days=1))
    except ValueError:
        raise BadInput(
            "This is not a day.", why="A day is written as year, month and day.", remedy="Write it so: 2027-03-31"
        ) from None
