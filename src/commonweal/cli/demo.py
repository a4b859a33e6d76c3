"""``commonweal demo``: the invented borough of Fenwick, and what commonweal does there, in eight steps."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commonweal.cli.output import JsonFlag, console, note, progress, write_json
from commonweal.errors import UsageMistake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commonweal.demonstration.facts import Fact
    from commonweal.demonstration.folder import DemoFolder

app = typer.Typer()

QUICK = 20_000
WHOLE = 200_000


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is new, empty or a demonstration.")],
    fresh: Annotated[bool, typer.Option("--fresh", help="Build the demonstration in this folder again.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="A smaller borough: 20,000 people.")] = False,
    people: Annotated[int | None, typer.Option(help="How many people, about.", metavar="N")] = None,
    as_json: JsonFlag = False,
) -> None:
    """See what commonweal is for: five organisations, an agreement, a question answered, one refused, and the record.

    Everything is invented, and computed while you watch. Run it again to go on where it stopped.
    """
    if quick and people is not None:
        raise UsageMistake("--quick and --people are two ways to say how many.", remedy="Give one of them.")
    # Imported when used: they load numpy, the database and the engine, which --help must not wait for.
    from commonweal.demonstration.folder import open_folder

    began = time.perf_counter()
    opened = open_folder(folder, people or (QUICK if quick else WHOLE), fresh=fresh)
    if as_json:
        facts = [fact.as_dict() for fact in _facts(opened)]
        seconds = round(time.perf_counter() - began, 3)
        write_json(
            {"demonstration": {"folder": opened.path, "people": opened.people, "seconds": seconds, "steps": facts}}
        )
        return
    from commonweal.demonstration.telling import tell

    target = console()
    for fact in _facts(opened):
        tell(fact, target)
    note(f"The whole story took {time.perf_counter() - began:.0f} s.")


def _facts(folder: DemoFolder) -> Iterator[Fact]:
    """Yield the facts of the story, with a line on standard error for what goes on meanwhile."""
    from commonweal.demonstration.story import STEPS, story  # see `demo`

    facts = story(folder)
    for number, step in enumerate(STEPS, start=1):
        with progress(f"Step {number} of {len(STEPS)}: {step.doing}"):
            fact = next(facts)
        yield fact
