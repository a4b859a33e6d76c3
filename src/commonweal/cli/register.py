"""``commonweal register``: what the public is told, shown here and written as files that can be hosted anywhere."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commonweal.cli.output import JsonFlag, emit, fields, installation_here, note, printable, table

if TYPE_CHECKING:
    from rich.console import Console

    from commonweal.agreement.register.public import PublicAgreement, Register

# Rooms below are imported inside the commands: they load the database, pydantic and sqlglot, which --help must not.

app = typer.Typer(help="What the public is told of agreements: show it, and write it as files.")

EXPORT = "commonweal.web.register_export"
"""What writes the files, by name: this room knows no more of the other."""


@app.command()
def show(
    identifier: Annotated[str | None, typer.Argument(metavar="ID", help="An agreement; otherwise the list.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show the public register, or one agreement as the public is told of it."""
    from commonweal.agreement.register.as_json import agreement_as_dict, agreement_in_short, statistics_as_dict
    from commonweal.installation.register import found_in, public_register

    with installation_here() as installation:
        register = public_register(installation).read()
    if identifier is not None:
        found = found_in(register, identifier)
        emit(agreement_as_dict(found), as_json, lambda console: _print_one(console, found))
        return
    listed = {
        "agreements": [agreement_in_short(each) for each in register.agreements],
        "statistics": statistics_as_dict(register.statistics),
    }
    emit(listed, as_json, lambda console: _print_all(console, register))


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is not there yet.")],
    as_json: JsonFlag = False,
) -> None:
    """Write the whole register as plain files (pages, JSON, feed, proofs) that can be hosted anywhere."""
    with installation_here() as installation:
        names = import_module(EXPORT).export_register(installation, folder)
    emit(
        {"folder": str(folder), "files": list(names)},
        as_json,
        lambda console: console.print(f"Wrote {len(names)} files into {folder}", soft_wrap=True),
    )
    note("Open index.html, or put the folder on any web server; nothing in it needs this one.")


def _print_all(console: Console, register: Register) -> None:
    rows = [
        (each.id, each.version, each.title, each.status.value.replace("-", " "), each.until, each.questions.total)
        for each in register.agreements
    ]
    columns = ("id", "version", "title", "status", "until", "questions")
    table(console, columns, rows, empty="No agreement is public yet.")


def _print_one(console: Console, found: PublicAgreement) -> None:
    console.print(printable(f"{found.title}  ({found.reference})"), style="bold")
    console.print(printable(f"{found.status.value.replace('-', ' ')}: {found.standing}"))
    console.print(printable(found.purpose))
    fields(
        console,
        {
            "parties": ", ".join(party.title for party in found.parties),
            "datasets": ", ".join(each.dataset for each in found.datasets),
            "review": found.review,
            "questions": found.questions.total,
            "incidents": len(found.incidents),
            "comments": len(found.comments),
            "recorded as": f"entry {found.entry}" if found.entry is not None else "",
            "public hash": found.public_hash,
        },
    )
