"""``commonweal agreement``: check, add, sign, show, stop and export data sharing agreements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commonweal.cli import agreement_draft
from commonweal.cli.output import JsonFlag, console, emit, installation_here, note, printable, progress, table

if TYPE_CHECKING:
    from rich.console import Console
    from sqlalchemy import Connection

    from commonweal.agreement.document import Agreement
    from commonweal.agreement.reading import Problem
    from commonweal.agreement.state import Act
    from commonweal.installation import Installation

# The rooms below are imported inside the commands: they load the database, pydantic and sqlglot, which --help must not.

app = typer.Typer(help="Check, add, sign, list, suspend and export data sharing agreements.")
app.add_typer(agreement_draft.app, name="draft")

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The agreement, a YAML file.")]
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The agreement's id, for example arrears-and-care.")]
AsOption = Annotated[str, typer.Option("--as", metavar="ORGANISATION", help="The party in whose name it is done.")]
ByOption = Annotated[str | None, typer.Option("--by", metavar="EMAIL", help="The person who does it, for the record.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; the parties and those who are stopped will read it.")]
VersionOption = Annotated[int | None, typer.Option("--version", help="A version; otherwise the one that counts today.")]


class Format(StrEnum):
    """The forms in which an agreement leaves; those of `commonweal.agreement.exporting`, which --help must not load."""

    YAML = "yaml"
    JSON = "json"
    ODRL = "odrl"


@app.command()
def check(file: FileArgument, as_json: JsonFlag = False) -> None:
    """Read an agreement and list everything that is wrong with it, without adding it."""
    from commonweal.agreement.reading import Severity, text_of
    from commonweal.installation.agreeing import check_text

    text = text_of(file)
    with installation_here() as installation:
        found = check_text(installation, text, str(file))
    errors = sum(problem.severity is Severity.ERROR for problem in found)

    def render(console: Console) -> None:
        _print_problems(console, found)
        if not found:
            console.print("No problems.")
        elif not errors:
            console.print("No problems that stop it; the warnings are worth a look.")

    emit({"file": str(file), "usable": not errors, "problems": [each.as_dict() for each in found]}, as_json, render)
    if errors:
        raise typer.Exit(1)


@app.command()
def add(file: FileArgument, by: ByOption = None, as_json: JsonFlag = False) -> None:
    """Add an agreement, or the next version of one, with an assessment of its risk; the parties can then sign it."""
    from commonweal.agreement.reading import text_of
    from commonweal.installation.agreeing import add_text
    from commonweal.risk.showing import in_short

    text = text_of(file)
    with installation_here() as installation, _assessing() as advance:
        read, kept = add_text(installation, text, str(file), by=by, progress=advance)

    def render(console: Console) -> None:
        console.print(printable(f"Added {read.reference}: {read.title}"))
        console.print(printable(in_short(kept.result)), soft_wrap=True)

    added = {"id": read.id, "version": read.version, "content_hash": read.content_hash}
    emit({"added": added, "risk": _in_short(kept.result, kept.hash)}, as_json, render)
    note(f"What it rests on: commonweal risk show {read.id}")
    note(
        "Each party signs it: " + "; ".join(f"commonweal agreement sign {read.id} --as {n}" for n in read.organisations)
    )


@app.command()
def sign(identifier: IdArgument, organisation: AsOption, by: ByOption = None, as_json: JsonFlag = False) -> None:
    """Show the risk of the latest version, and sign it in the name of a party, with the key that is held for it here."""
    from commonweal.installation import agreeing
    from commonweal.risk.showing import print_summary

    def seen(_agreement: Agreement, result: dict[str, Any]) -> None:
        if not as_json:
            print_summary(console(), result)

    with installation_here() as installation, _assessing() as advance:
        signed = agreeing.sign(installation, identifier, organisation, by=by, seen=seen, progress=advance)
    document, standing, kept = signed.agreement, signed.standing, signed.assessment
    _say_left(signed.left)
    emit(
        {
            "signed": {"id": document.id, "version": document.version, "organisation": organisation},
            "risk": _in_short(kept.result, kept.hash) if kept else None,
            "state": standing.state.value,
            "in_force": standing.in_force,
            "reason": standing.reason,
        },
        as_json,
        lambda console: console.print(printable(f"{organisation} has signed {document.reference}. {standing.reason}")),
    )


@app.command("list")
def list_(as_json: JsonFlag = False) -> None:
    """List the agreements: the version that counts today, and a newer one that is on its way."""
    from commonweal.agreement.showing import agreement_in_short
    from commonweal.installation.agreed import listed

    with installation_here() as installation, installation.reading() as connection:
        found = listed(installation, connection, _everything)
    rows = [agreement_in_short(each.agreement, each.standing) for each in found]

    def render(console: Console) -> None:
        columns = ("id", "version", "title", "state", "until", "parties")
        spoken = [row | {"state": str(row["state"]).replace("-", " ")} for row in rows]
        lines = [[row[column] for column in columns] for row in spoken]
        table(console, columns, lines, empty="No agreement yet. commonweal agreement template prints one to fill in.")

    emit({"agreements": rows}, as_json, render)


@app.command()
def compare(
    identifier: IdArgument,
    first: Annotated[int, typer.Option("--from", metavar="VERSION", help="The version before.")],
    second: Annotated[int, typer.Option("--to", metavar="VERSION", help="The version after.")],
    as_json: JsonFlag = False,
) -> None:
    """List what differs between two versions, by clause, and whether more or less can be seen for it."""
    from commonweal.agreement import store
    from commonweal.agreement.comparing import compare as compared
    from commonweal.agreement.comparing import summary

    with installation_here() as installation, installation.reading() as connection:
        old, new = (store.agreement(connection, identifier, number) for number in (first, second))
    found = compared(old, new)

    def render(console: Console) -> None:
        console.print(printable(summary(found)))
        if found:
            lines = [[each.clause, each.change.value, each.effect.value, each.words] for each in found]
            table(console, ("clause", "change", "effect", "difference"), lines)

    shown = {"id": identifier, "from": first, "to": second, "summary": summary(found)}
    emit(shown | {"differences": [each.as_dict() for each in found]}, as_json, render)


@app.command()
def calendar(
    days: Annotated[int | None, typer.Option("--days", min=0, help="Only what is due within so many days.")] = None,
    ics: Annotated[
        Path | None, typer.Option("--ics", metavar="FILE.ics", help="Write it as a file for calendars too.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """List what is due under the agreements, by day: reviews, ends, certificates, accreditations."""
    from commonweal.agreement.calendar_file import calendar_file
    from commonweal.agreement.due import calendar as all_days
    from commonweal.agreement.due import due_within
    from commonweal.cli.writing import check_place, write_file
    from commonweal.installation.agreed import listed

    if ics is not None:
        check_place(ics)
    with installation_here() as installation, installation.reading() as connection:
        found = all_days((e.agreement, e.standing) for e in listed(installation, connection, _everything))
        now, today = installation.ledger.now(connection), _today(installation, connection)
        settings = installation.settings
    chosen = found if days is None else due_within(found, today, days)
    if ics is not None:
        name, address = f"Agreements, {settings.name}", settings.web.url.rstrip("/")
        write_file(ics, calendar_file(chosen, name=name, address=address, now=now).encode())
    lines = [[due.day.isoformat(), due.matter.value, due.reference, due.words] for due in chosen]
    columns = ("day", "what", "agreement", "what to do")
    emit(
        {"due": [due.as_dict() for due in chosen]},
        as_json,
        lambda console: table(console, columns, lines, empty="Nothing is due."),
    )


@app.command()
def siblings(identifier: IdArgument, as_json: JsonFlag = False) -> None:
    """List pairs of questions with groups that differ by few people, for officers and checkers to read side by side.

    Under profiles of rules such answers could be subtracted. Nothing is refused for it.
    """
    from commonweal.agreement import store
    from commonweal.gateway.siblings.store import siblings as found_by

    with installation_here() as installation, installation.reading() as connection:
        store.agreement(connection, identifier)
        rows = [pair.as_dict() for pair in found_by(connection, identifier)]

    def render(console: Console) -> None:
        lines = [
            [*map(str, row["entries"]), " and ".join(dict.fromkeys(row["agreements"])), row["dataset"], _apart(row)]  # type: ignore[call-overload]
            for row in rows
        ]
        columns = ("entry", "and entry", "agreement", "dataset", "apart")
        table(console, columns, lines, empty="No two questions have groups that differ by so few.")

    emit({"siblings": rows}, as_json, render)
    if rows:
        note("commonweal ledger show ENTRY says who asked what.")


def _apart(row: dict[str, object]) -> str:
    from commonweal.disclosure.reasons import plural

    return f"fewer than {row['fewer_than']} {plural(str(row['kind']))}"


@app.command()
def show(identifier: IdArgument, version: VersionOption = None, as_json: JsonFlag = False) -> None:
    """Show an agreement as an officer reads it: purpose, clauses and what each is worth, signatures, where it
    stands.
    """
    from commonweal.agreement import store
    from commonweal.agreement.showing import agreement_as_dict, print_agreement
    from commonweal.risk import store as assessments
    from commonweal.risk.showing import print_summary

    with installation_here() as installation, installation.reading() as connection:
        now = installation.ledger.now(connection)
        known = _public_keys(installation)
        if version is None:
            counting = store.current(connection, identifier, now, public_keys=known)
            document, standing = counting.agreement, counting.standing
        else:
            document = store.agreement(connection, identifier, version)
            standing = store.current_standing(connection, identifier, now, version=version, public_keys=known)
        signed = store.signatures(connection, identifier, document.version)
        events = store.events(connection, identifier)
        kept = assessments.latest(connection, document)

    def render(console: Console) -> None:
        print_agreement(console, document, standing, signed, events)
        if kept is not None:
            console.print()
            print_summary(console, kept.result, kept.hash)

    shown = agreement_as_dict(document, standing, signed, events)
    emit(shown | {"risk": _in_short(kept.result, kept.hash) if kept else None}, as_json, render)


@app.command()
def suspend(
    identifier: IdArgument, organisation: AsOption, reason: ReasonOption, by: ByOption = None, as_json: JsonFlag = False
) -> None:
    """Stop every answer at once, until the same party resumes it."""
    from commonweal.agreement.state import Act

    _happen(Act.SUSPEND, identifier, organisation, reason, by, as_json)


@app.command()
def resume(
    identifier: IdArgument, organisation: AsOption, reason: ReasonOption, by: ByOption = None, as_json: JsonFlag = False
) -> None:
    """Lift a party's own suspension."""
    from commonweal.agreement.state import Act

    _happen(Act.RESUME, identifier, organisation, reason, by, as_json)


@app.command()
def withdraw(
    identifier: IdArgument, organisation: AsOption, reason: ReasonOption, by: ByOption = None, as_json: JsonFlag = False
) -> None:
    """Leave the agreement: every answer stops, and the others can go on with a new version only."""
    from commonweal.agreement.state import Act

    _happen(Act.WITHDRAW, identifier, organisation, reason, by, as_json)


@app.command()
def end(
    identifier: IdArgument, organisation: AsOption, reason: ReasonOption, by: ByOption = None, as_json: JsonFlag = False
) -> None:
    """End the agreement for good."""
    from commonweal.agreement.state import Act

    _happen(Act.END, identifier, organisation, reason, by, as_json)


@app.command()
def export(
    identifier: IdArgument,
    form: Annotated[
        Format, typer.Option("--format", help="yaml as written, canonical json as signed, odrl for others.")
    ] = Format.YAML,
    version: VersionOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Write an agreement to standard output: YAML to edit, the JSON that was signed, or ODRL 2.2 as JSON-LD."""
    from commonweal.agreement import store
    from commonweal.agreement.exporting import Format as Form
    from commonweal.agreement.exporting import exported

    with installation_here() as installation, installation.reading() as connection:
        if version is None:
            document = store.current(connection, identifier, installation.ledger.now(connection)).agreement
        else:
            document = store.agreement(connection, identifier, version)
    text = exported(document, Form(form.value))
    emit(
        {"id": document.id, "version": document.version, "format": form.value, "text": text},
        as_json,
        lambda _console: typer.echo(text, nl=not text.endswith("\n")),
    )


@app.command()
def template(
    datasets: Annotated[
        list[str] | None,
        typer.Option("--dataset", metavar="ORGANISATION/NAME", help="A dataset to share; give it again for more."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Print an agreement to fill in, with the datasets' columns and a safe treatment proposed for each."""
    from commonweal.agreement.template import template as filled
    from commonweal.catalogue import store as catalogue

    with installation_here() as installation, installation.reading() as connection:
        contracts = {name: catalogue.dataset(connection, name).contract for name in datasets or []}
        today = _today(installation, connection)
    text = filled(contracts, today)
    emit({"template": text}, as_json, lambda _console: typer.echo(text, nl=False))


def _everything(_agreement: Agreement) -> bool:
    """Let everything be seen: who owns the folder may."""
    return True


def _happen(act: Act, identifier: str, organisation: str, reason: str, by: str | None, as_json: bool) -> None:
    """Record what a party does and say where the agreement stands now."""
    from commonweal.installation import agreeing

    with installation_here() as installation:
        happened = agreeing.happen(installation, act, identifier, organisation, reason, by=by)
    _say_left(happened.left)
    counting = happened.current
    standing = counting.standing
    emit(
        {
            "agreement": identifier,
            "act": act.value,
            "organisation": organisation,
            "state": standing.state.value,
            "in_force": standing.in_force,
            "reason": standing.reason,
        },
        as_json,
        lambda console: console.print(
            printable(f"{counting.agreement.reference}: {standing.state.replace('-', ' ')}. {standing.reason}")
        ),
    )


@contextmanager
def _assessing() -> Iterator[Callable[[int, int], None]]:
    """Show that a risk is being assessed."""
    with progress("Assessing the risk", 1.0) as advance:
        yield lambda _done, total: advance(1 / (total + 1))


def _in_short(result: dict[str, Any], digest: str) -> dict[str, Any]:
    """Return a kept assessment as it stands beside an agreement in JSON."""
    return {key: result[key] for key in ("level", "profile_allowed", "on")} | {"assessment": digest}


def _say_left(left: tuple[str, ...]) -> None:
    """Say which treated tables are still there."""
    if left:
        note(f"Treated tables could not be deleted yet ({', '.join(left)}); the next question tries again.")


def _public_keys(installation: Installation) -> dict[str, bytes]:
    """Return the organisations' keys as the installation holds them: a signature by another key does not count."""
    return dict(installation.keys.public_keys())


def _print_problems(console: Console, found: tuple[Problem, ...]) -> None:
    """Print each problem with its line and what would mend it."""
    for problem in found:
        where = f"line {problem.line}" + (f", {problem.path}" if problem.path else "")
        console.print(printable(f"{problem.severity}  {where}: {problem.message}"), soft_wrap=True)
        if problem.suggestion:
            console.print(printable(f"         {problem.suggestion}"), soft_wrap=True)


def _today(installation: Installation, connection: Connection) -> date:
    """Return the day in the United Kingdom by the record's clock."""
    from commonweal.agreement.term import day_of

    return day_of(installation.ledger.now(connection))
