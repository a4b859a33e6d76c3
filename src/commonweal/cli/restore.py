"""``commonweal restore``: put a backup back into a new folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from commonweal.cli.backup import PASSPHRASE
from commonweal.cli.output import JsonFlag, emit

app = typer.Typer()


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `commonweal backup` wrote.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    keys: Annotated[Path, typer.Option(metavar="FILE", help=f"The file of its keys; see {PASSPHRASE}.")],
    against: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A checkpoint published elsewhere, which the copy must contain.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Put a backup back into a new folder, with a ledger that verifies, or not at all."""
    from commonweal.agreement.reading import text_of  # imported when used: see cli.output
    from commonweal.installation.backing_up import restore as put_back

    passphrase = os.environ.get(PASSPHRASE, "")
    checkpoint = text_of(against) if against else None
    verified = put_back(file.absolute(), folder, keys=keys.absolute(), passphrase=passphrase, against=checkpoint)
    emit(
        {"folder": str(folder), "verified": verified.as_dict()},
        as_json,
        lambda console: console.print(f"Restored to {folder}. {verified}", soft_wrap=True),
    )
