"""``commonweal ledger``: the record of what was asked and answered, shown, verified and proved."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commonweal.cli.output import JsonFlag, emit, fields, folder_here, installation_here, note, progress, table
from commonweal.errors import BadInput, Conflict, NotFound, Place, UsageMistake

if TYPE_CHECKING:
    from rich.console import Console

    from commonweal.ledger import Entry

app = typer.Typer(help="The record of what was asked and answered: show, verify and prove it.")

_LARGEST_FILE = 1 << 22
_SHORT = 12
_LONG = 60


@app.command()
def show(
    kind: Annotated[
        str | None, typer.Option(help="Only this kind: question.asked, or question for all of them.")
    ] = None,
    agreement: Annotated[str | None, typer.Option(help="Only this agreement, by its id or id@version.")] = None,
    person: Annotated[
        str | None, typer.Option(metavar="EMAIL", help="Only what names this person, by e-mail address.")
    ] = None,
    dataset: Annotated[str | None, typer.Option(metavar="ORG/NAME", help="Only what is about this dataset.")] = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="Only from this day or time (UTC) on.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Only before this day or time (UTC).")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many entries, the newest.")] = 50,
    names: Annotated[bool, typer.Option("--names", help="Show people by e-mail address, where it is kept.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show entries, newest first. People are shown by their hash, unless --names is given."""
    from commonweal.ledger.keyed import emails  # imported when used: the rooms load the database
    from commonweal.ledger.searching import Sought, search

    start, end = (_time(text) if text else None for text in (since, until))
    with installation_here() as installation, installation.reading() as connection:
        digest = installation.ledger.person_hash(person) if person else ""
        sought = Sought(kind or "", agreement or "", digest, dataset or "", start, end)
        found = list(search(connection, sought, limit=limit))
        people = (str(each.body["person"]) for each in found if "person" in each.body)
        known = emails(connection, people) if names else {}

    def render(console: Console) -> None:
        rows = [_row(each, known) for each in found]
        table(console, ("entry", "time", "kind", "person", "agreement", "details"), rows, empty="No entries.")

    data: dict[str, object] = {"entries": [each.as_dict() for each in found]}
    emit(data | ({"people": known} if names else {}), as_json, render)


@app.command()
def who(
    named: Annotated[
        str, typer.Argument(metavar="NAME", help="A dataset, an agreement, a kind of record, or an e-mail address.")
    ],
    reason: Annotated[str, typer.Option(help="Why the report is needed; it is recorded.")],
    by: Annotated[str, typer.Option("--as", metavar="EMAIL", help="The officer who makes it.")],
    about: Annotated[
        str, typer.Option(metavar="WHAT", help="What NAME is: dataset, agreement, entity or asker.")
    ] = "dataset",
    since: Annotated[str | None, typer.Option(metavar="TIME", help="Only from this day or time (UTC) on.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Only before this day or time (UTC).")] = None,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write it to this new file.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Report who used data and why. That the report was made, by whom and why, is recorded."""
    from commonweal.identity import store as identity  # see above
    from commonweal.identity.permission import Act, must
    from commonweal.installation.who import About, Scope, make_report, to_csv

    if about not in list(About):
        raise UsageMistake("There is no such kind of report.", remedy=f"Write --about {', '.join(About)}.", why="")
    start, end = (_time(text) if text else None for text in (since, until))
    with installation_here() as installation:
        with installation.reading() as connection:
            must(identity.person(connection, by), Act.SEE_WHO)
        made = make_report(installation, Scope(About(about), named, start, end), reason, by=by)
    if csv is not None:
        _write(csv, to_csv(made))

    def render(console: Console) -> None:
        rows = [
            (use.entry, use.time.strftime("%Y-%m-%d %H:%M"), use.person, use.agreement, use.purpose, use.outcome)
            for use in made.uses
        ]
        table(
            console, ("entry", "time", "person", "agreement", "what for", "outcome"), rows, empty="Nothing was asked."
        )

    emit(made.as_dict(), as_json, render)
    note(f"Recorded as entry {made.entry}.")


@app.command()
def verify(
    against: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A checkpoint kept elsewhere: nothing it saw may be missing.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(metavar="KEY", help="The public key to trust, as text or in a file.")
    ] = None,
    database: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A database file, instead of this installation's.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Check every entry, hash and signature; name the first bad entry if there is one."""
    from commonweal.ledger.verification import verify as verify_file  # see above

    kept = _read(against) if against else None
    trusted = _key(key) if key else None
    with _bar("Verifying the ledger") as told:
        verified = verify_file(database or _database(), against=kept, key=trusted, progress=told)
    emit(verified.as_dict(), as_json, lambda console: console.print(str(verified), soft_wrap=True))
    if against is None:
        note("Whether the newest entries were cut off only a checkpoint kept elsewhere can tell: --against FILE")


@app.command()
def prove(
    index: Annotated[int, typer.Argument(help="The number of the entry.")],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the proof to this new file.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Write the proof that an entry is in the ledger, for anyone to check without us (C2SP tlog-proof)."""
    with installation_here() as installation, installation.reading() as connection:
        receipt = installation.ledger.receipt(connection, index)
    if out is None:
        _emit_text(receipt.proof, receipt.as_dict(), as_json)
        return
    _write(out, receipt.proof)
    emit(receipt.as_dict() | {"file": str(out)}, as_json, lambda console: console.print(f"Wrote {out}", soft_wrap=True))
    note(f"Anyone can check it: commonweal ledger verify-proof {out.name} --key KEY (see: commonweal ledger key)")


@app.command("verify-proof")
def verify_proof(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The proof; - for standard input.")],
    key: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="The ledger's public key, as text or in a file; else this installation's."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Check a proof. With --key it needs no installation, no network and no database."""
    from commonweal.ledger.proof import verify_proof as verify_text  # see above

    text = _read(file)
    proven = verify_text(text, _key(key) if key else _own_key(), source=file.name)

    def render(console: Console) -> None:
        at = proven.checkpoint
        console.print(f"proven: entry {proven.entry.index} of {at.size} in the ledger of {at.origin}", soft_wrap=True)
        shown = proven.entry.as_dict()
        body = {f"body.{name}": value for name, value in proven.entry.body.items()}
        shown_parts: Mapping[str, object] = {"time": shown["time"], "kind": shown["kind"]} | body
        fields(console, dict(shown_parts) | {"root": at.root.hex(), "signed by": str(proven.signed_by)})

    emit(proven.as_dict(), as_json, render)


@app.command()
def checkpoint(as_json: JsonFlag = False) -> None:
    """Write the signed checkpoint of everything recorded so far. Keep it elsewhere: it is what betrays a cut tail."""
    from commonweal.installation.publishing import publish_checkpoint  # see above

    with installation_here() as installation:
        text = publish_checkpoint(installation)
    origin, size, root = text.split("\n")[:3]
    _emit_text(text, {"origin": origin, "size": int(size), "root": root, "checkpoint": text}, as_json)


@app.command()
def key(as_json: JsonFlag = False) -> None:
    """Show the public key that signs this ledger, for those who check proofs and checkpoints."""
    text = _own_key()
    _emit_text(text + "\n", {"key": text, "origin": text.split("+")[0]}, as_json)


def _row(entry: Entry, known: Mapping[str, str]) -> tuple[object, ...]:
    body: dict[str, Any] = dict(entry.body)
    person, agreement = str(body.pop("person", "")), body.pop("agreement", "")
    details = "; ".join(f"{name}: {_brief(value)}" for name, value in body.items())
    back = "the clock had gone back; " if entry.clock_went_back else ""
    time = entry.time.strftime("%Y-%m-%d %H:%M:%S")
    return entry.index, time, entry.kind, known.get(person, _brief(person)), agreement, back + details


def _brief(value: object) -> str:
    """Return a value short enough for a table: hashes by their first digits."""
    if isinstance(value, list | tuple):
        return ", ".join(_brief(each) for each in value)
    text = str(value)
    if len(text) == 64 and not text.strip("0123456789abcdef"):
        return f"{text[:_SHORT]}\u2026"
    return text if len(text) <= _LONG else f"{text[:_LONG]}\u2026"


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise UsageMistake(
            "That is not a day or a time.", remedy="Write --since 2026-11-24 or --since 2026-11-24T09:00.", why=""
        ) from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _database() -> Path:
    """Return the database file of the installation here, without opening the installation: verifying writes nothing."""
    from commonweal.installation.folder import Layout  # see above
    from commonweal.installation.settings import read_settings

    layout = Layout(folder_here())
    return read_settings(layout.settings, os.environ).database.path(layout.folder)


def _own_key() -> str:
    """Return the public key of the installation here; UsageMistake if there is none to fall back on."""
    try:
        with installation_here() as installation:
            return str(installation.ledger.key)
    except NotFound:
        raise UsageMistake(
            "Whose ledger is it? No public key was given, and there is no installation here.",
            remedy="Give the public key of the ledger: --key FILE or --key TEXT (its keeper: commonweal ledger key).",
        ) from None


def _key(given: str) -> str:
    """Return a public key given as text or as the name of a file that holds it."""
    return given if given.count("+") >= 2 and not Path(given).exists() else _read(Path(given)).strip()


def _read(path: Path) -> str:
    """Return the text of a small file, or of standard input for ``-``."""
    name = "standard input" if str(path) == "-" else path.name
    try:
        if str(path) == "-":
            return sys.stdin.buffer.read(_LARGEST_FILE).decode().replace("\r\n", "\n")
        with path.open(encoding="utf-8") as file:
            return file.read(_LARGEST_FILE)
    except FileNotFoundError:
        raise NotFound(f"There is no file {name}.", remedy="Check the name of the file.") from None
    except UnicodeDecodeError:
        raise BadInput("This file is not text.", remedy="Use the file as it was written.", place=Place(name)) from None
    except OSError as error:
        raise BadInput(f"{name} cannot be read.", why=str(error.strerror), remedy="Check its rights.") from None


def _write(path: Path, text: str) -> None:
    from commonweal.installation.new_file import write_new  # see above

    try:
        write_new(path.absolute(), text.encode(), mode=0o644)
    except FileExistsError:
        raise Conflict(f"There is a file {path.name} already.", remedy="Name another file, or remove it.") from None
    except OSError as error:
        raise BadInput(f"{path.name} cannot be written.", why=str(error.strerror), remedy="Check the folder.") from None


def _emit_text(text: str, data: object, as_json: bool) -> None:
    """Write exactly this text, in UTF-8 whatever the terminal speaks: signed bytes may not be changed on the way."""
    emit(data, as_json, lambda _: typer.echo(text.encode(), nl=False))


@contextmanager
def _bar(description: str) -> Iterator[Callable[[str, int, int], None]]:
    """Show how far verification is."""
    with progress(description, total=1.0) as advance:
        shown = 0.0

        def told(_: str, done: int, total: int) -> None:
            nonlocal shown
            share = min(done / total, 1.0) if total else shown
            advance(share - shown)
            shown = share

        yield told
