"""``commonweal backup``: copy this installation into one file while it works."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from commonweal.cli.output import JsonFlag, emit, installation_here, note, progress

app = typer.Typer()

PASSPHRASE = "COMMONWEAL_BACKUP_PASSPHRASE"  # noqa: S105 - the name of the variable
"""The environment variable with the passphrase of the keys: it is on no command line."""


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The new file, for example town.tar.")],
    keys: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=f"Write the private keys, encrypted, to this file; see {PASSPHRASE}."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Copy this installation into one file, and its keys into another; the ledger in the copy is verified."""
    from commonweal.installation.backing_up import back_up  # imported when used: see cli.output

    with installation_here() as installation, progress("Backing up", 1.0) as advance:
        shown = 0.0

        def step(done: int, total: int) -> None:
            nonlocal shown
            advance(done / max(total, 1) - shown)
            shown = done / max(total, 1)

        made = back_up(
            installation, file.absolute(), keys=keys.absolute() if keys else None,
            passphrase=os.environ.get(PASSPHRASE, ""), progress=step,
        )  # fmt: skip
    emit(
        {"file": str(file), "keys": str(keys) if keys else None, "files": made.files, "bytes": made.bytes}
        | {"entries": made.entries, "root": made.root},
        as_json,
        lambda console: console.print(
            f"Wrote {made.files:,} files ({made.bytes / 1e6:,.1f} MB) to {file.name}; its ledger of {made.entries:,} "
            "entries verifies.",
            soft_wrap=True,
        ),
    )
    if keys is None:
        note("The private keys are not in it, and cannot be made again: add --keys FILE, and keep that file apart.")
