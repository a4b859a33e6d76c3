"""``commonweal check``: the health of this installation."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from commonweal.cli.output import JsonFlag, emit, installation_here, table

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer()


@app.command()
def check(as_json: JsonFlag = False) -> None:
    """Look at this installation: who may read its folder, how its database writes, what holds its engine back.

    The exit code is 1 when something must be mended. A layer of the engine that this system does not grant is shown
    with its reason, and is no fault.
    """
    from commonweal.installation.health import health  # imported when used: see cli.output

    with installation_here() as installation:
        findings = health(installation)
    good = all(finding.good or not finding.must for finding in findings)

    def render(console: Console) -> None:
        rows = [(each.part, each.what, _said(each.good, each.must), each.why_not) for each in findings]
        table(console, ("part", "what", "holds", "why not"), rows)

    emit({"good": good, "findings": [asdict(finding) for finding in findings]}, as_json, render)
    if not good:
        raise typer.Exit(1)


def _said(good: bool, must: bool) -> str:
    if good:
        return "yes"
    return "NO" if must else "no"
