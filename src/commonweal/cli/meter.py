"""``commonweal meter``: what the shared tables have cost, by secret, and which are open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from commonweal.cli.output import JsonFlag, emit, installation_here, note, table

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer(help="What the shared tables have cost, by secret, and what is open.")

_BAR = 20


@app.command()
def show(as_json: JsonFlag = False) -> None:
    """Show every account: what it has cost, what is left, and how well a fair bit of one person could be guessed."""
    from commonweal.gateway.metered.accounts import (  # imported when used: the gateway loads the engine's rooms
        accounts,
        over_snapshots,
    )

    with installation_here() as installation, installation.reading() as connection:
        found = accounts(connection)

    def render(console: Console) -> None:
        if not found:
            console.print("Nothing has been opened: no question was asked under a metered profile.")
            return
        rows = []
        for account in found:
            full = round(_BAR * min(account.rho / account.cap, 1))
            bar = "█" * full + "░" * (_BAR - full)
            guess = f"{account.percent} %"
            rows.append([account.secret, account.snapshot, f"{account.rho:.4f}", bar, guess, str(account.tables)])
        table(console, ["secret", "snapshot", "spent", f"of {found[0].cap:g}", "best guess", "tables"], rows)
        if several:
            console.print("Over several snapshots, of those who did not change:", style="bold")
            over = [[each.secret, str(each.snapshots), f"{each.rho:.4f}", f"{each.percent} %"] for each in several]
            table(console, ["secret", "snapshots", "spent", "best guess"], over)

    several = over_snapshots(found)
    body = {"accounts": [account.as_dict() for account in found], "over_snapshots": [e.as_dict() for e in several]}
    emit(body, as_json, render)
    if found:
        note(
            "best guess: how often anybody who knows everything else could guess a fair bit of one person; 50 % is chance."
        )


@app.command()
def tables(as_json: JsonFlag = False) -> None:
    """List the tables that are open; what is open can be asked again for ever at no further cost."""
    from commonweal.gateway.metered.accounts import open_tables  # see above

    with installation_here() as installation, installation.reading() as connection:
        found = open_tables(connection)

    def render(console: Console) -> None:
        if not found:
            console.print("No table is open.")
            return
        rows = [
            [each.table, ", ".join(each.columns) or "everybody", each.agreement, str(each.entry),
             f"{max(each.rho.values(), default=0.0):.4f}"]
            for each in found
        ]  # fmt: skip
        table(console, ["table", "by", "opened under", "entry", "cost"], rows)

    emit({"tables": [each.as_dict() for each in found]}, as_json, render)
