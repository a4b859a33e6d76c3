"""``commonweal init``: a new installation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commonweal.cli.output import JsonFlag, emit, fields, note, printable

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer()


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is new or empty.")],
    name: Annotated[
        str | None,
        typer.Option(help="The installation's name, the origin of its ledger; otherwise the folder's name."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a new installation in a folder: settings, metadata database, keys and data store."""
    from commonweal.installation import create  # imported when used: it loads the database and the keys
    from commonweal.installation.keys import public_text

    with create(folder, name) as made:
        shown = {
            "name": made.settings.name,
            "folder": made.folder,
            "public_key": public_text(made.keys.installation.public_key()),
        }

    def render(console: Console) -> None:
        console.print(f"Made the installation {shown['name']}.", style="bold")
        fields(console, {"folder": shown["folder"], "public key": shown["public_key"]})

    emit({"installation": shown}, as_json, render)
    note(
        "Keep a backup of keys/: it cannot be made again.\n"
        f"Next: cd {printable(str(folder))}\n"
        '      commonweal organisation add NAME --title "What people call it"'
    )
