"""``commonweal incident``: what went wrong under an agreement, recorded and told."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from commonweal.cli.output import JsonFlag, emit, installation_here, note, printable, table
from commonweal.errors import UsageMistake

if TYPE_CHECKING:
    from rich.console import Console

# Rooms below are imported inside the commands: they load the database, pydantic and sqlglot, which --help must not.

app = typer.Typer(help="Record what went wrong under an agreement, and list it.")


@app.command()
def add(
    agreement: Annotated[str, typer.Argument(metavar="ID", help="The agreement's id.")],
    organisation: Annotated[str, typer.Option("--as", metavar="ORGANISATION", help="The party that records it.")],
    happened: Annotated[str, typer.Option(metavar="DAY", help="When it happened, for example 2026-12-01.")],
    what: Annotated[str, typer.Option(help="What happened, in plain words; the public reads them.")],
    done: Annotated[str, typer.Option(help="What was done.")],
    told_ico: Annotated[str, typer.Option("--told-ico", help="yes, not-yet or not-needed.")],
    affected: Annotated[
        str, typer.Option(help="nobody, under-10, 10-to-99, 100-to-999, 1000-or-more or not-known.")
    ] = "not-known",
    suspend: Annotated[bool, typer.Option("--suspend", help="Suspend the agreement at once.")] = False,
    held_until: Annotated[
        str | None, typer.Option(metavar="DAY", help="Keep it back until the end of this day.")
    ] = None,
    held_because: Annotated[str, typer.Option(help="Why it is kept back.")] = "",
    by: Annotated[str | None, typer.Option(metavar="EMAIL", help="The person who does it, for the record.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Record an incident; with --suspend the agreement answers nothing from the same moment on."""
    from commonweal.agreement.incidents.incident import Affected, ToldIco
    from commonweal.installation.listening import Told, record_incident

    told = Told(
        _day(happened, "--happened"),
        what,
        done,
        ToldIco(_one_of(told_ico, [each.value for each in ToldIco], "--told-ico")),
        Affected(_one_of(affected, [each.value for each in Affected], "--affected")),
        suspend=suspend,
        held_until=_day(held_until, "--held-until") if held_until else None,
        held_because=held_because,
    )
    with installation_here() as installation:
        incident = record_incident(installation, agreement, organisation, told, by=by)
    emit(
        {"incident": incident},
        as_json,
        lambda console: console.print(printable(f"Recorded incident {incident.id} under {agreement}.")),
    )
    if suspend:
        note(f"{agreement} is suspended: commonweal agreement resume {agreement} --as {organisation} --reason WHY")


@app.command("list")
def list_(
    agreement: Annotated[str | None, typer.Argument(metavar="ID", help="Only under this agreement.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """List incidents, newest first, those kept back included."""
    from commonweal.agreement import store
    from commonweal.agreement.incidents.store import incidents

    with installation_here() as installation, installation.reading() as connection:
        if agreement is not None:
            store.agreement(connection, agreement)
        found = incidents(connection, None if agreement is None else [agreement])

    def render(console: Console) -> None:
        rows = [
            (each.happened, each.agreement, each.organisation, each.told_ico, each.affected, each.held_until, each.what)
            for each in found
        ]
        columns = ("happened", "agreement", "recorded by", "ICO told", "affected", "kept back until", "what")
        table(console, columns, rows, empty="No incident was recorded.")

    emit({"incidents": found}, as_json, render)


def _one_of(word: str, known: list[str], option: str) -> str:
    if word not in known:
        raise UsageMistake(f"{option} has no such value.", remedy=f"Choose one of {', '.join(known)}.")
    return word


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageMistake(f"{option} is not a day.", remedy="Write it as 2026-12-01.") from None
