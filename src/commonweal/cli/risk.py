"""``commonweal risk``: how likely somebody could be recognised under an agreement, before it is signed and after."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commonweal.cli.output import JsonFlag, emit, installation_here, note, printable, progress

if TYPE_CHECKING:
    from rich.console import Console

    from commonweal.agreement.document import Agreement
    from commonweal.installation import Installation
    from commonweal.risk.assessment import AgreementAssessment

# The rooms below are imported inside the commands: they load the database, pydantic and sqlglot, which --help must not.

app = typer.Typer(help="Assess how likely an agreement's data could tell of somebody, and show it.")

AgreementArgument = Annotated[
    str, typer.Argument(metavar="AGREEMENT", help="An agreement's id, or the YAML file of one that is not added yet.")
]
VersionOption = Annotated[int | None, typer.Option("--version", help="A version; otherwise the latest.")]


@app.command()
def assess(
    agreement: AgreementArgument,
    picture: Annotated[
        Path | None, typer.Option(metavar="FILE.svg", help="Write the findings as a heat table into this file too.")
    ] = None,
    record: Annotated[
        bool, typer.Option("--record", help="Keep it, with an entry in the record; only for one that was added.")
    ] = False,
    data: Annotated[bool, typer.Option(help="Measure on the data how many are alone in their class.")] = True,
    version: VersionOption = None,
    by: Annotated[str | None, typer.Option("--by", metavar="EMAIL", help="Who has it made, for the record.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Assess an agreement against what is here today: findings with reason and source, profiles and limits advised."""
    from commonweal.installation.assessing import assess as assessed
    from commonweal.risk.showing import print_assessment

    with installation_here() as installation:
        document, added = _read(installation, agreement, version)
        _may_be_recorded(record, added=added, name=agreement)
        with progress("Assessing the risk", 1.0) as advance:
            made = assessed(installation, document, data=data, progress=lambda _done, total: advance(1 / (total + 1)))
        if record:
            _keep(installation, made, by)
    result, digest = made.as_dict(), made.hash
    if picture is not None:
        _draw(result, picture)
    emit(
        result | {"hash": digest, "recorded": record},
        as_json,
        lambda console: print_assessment(console, result, digest if record else ""),
    )
    if record:
        note(f"Kept, and shown when {document.id} is signed.")


@app.command()
def show(
    agreement: Annotated[str, typer.Argument(metavar="AGREEMENT", help="The agreement's id.")],
    version: VersionOption = None,
    picture: Annotated[
        Path | None, typer.Option(metavar="FILE.svg", help="Write the findings as a heat table into this file too.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show the newest assessment that was kept of an agreement, as it was made."""
    from commonweal.agreement import store
    from commonweal.risk import store as assessments
    from commonweal.risk.showing import print_assessment

    with installation_here() as installation, installation.reading() as connection:
        kept = assessments.needed(connection, store.agreement(connection, agreement, version))
    if picture is not None:
        _draw(kept.result, picture)

    def render(console: Console) -> None:
        print_assessment(console, kept.result, kept.hash)
        console.print(printable(f"Made {kept.at:%Y-%m-%d %H:%M} UTC."))

    emit(kept.as_dict(), as_json, render)


def _read(installation: Installation, name: str, version: int | None) -> tuple[Agreement, bool]:
    """Return the agreement of a file or an id, and whether it was added; what looks like a file is one."""
    from commonweal.agreement import store
    from commonweal.agreement.reading import read_agreement, text_of
    from commonweal.catalogue import store as catalogue
    from commonweal.identity import store as identity

    with installation.reading() as connection:
        if Path(name).suffix.lower() not in (".yaml", ".yml", ".json") and "/" not in name:
            return store.agreement(connection, name, version), True
        read = read_agreement(
            text_of(Path(name)),
            source=name,
            contracts={dataset.reference: dataset.contract for dataset in catalogue.datasets(connection)},
            organisations=[organisation.name for organisation in catalogue.organisations(connection)],
            people={person.email: person.organisation for person in identity.people(connection)},
        )
        return read, any(
            same.content_hash == read.content_hash
            for one in store.agreements(connection)
            if one.id == read.id
            for same in store.versions(connection, read.id)
        )


def _may_be_recorded(record: bool, *, added: bool, name: str) -> None:
    """Raise UsageMistake when an assessment of something that was never added is to be kept."""
    from commonweal.errors import UsageMistake

    if record and not added:
        raise UsageMistake(
            "Only the assessment of an agreement that was added can be kept.",
            remedy=f"Add it, which keeps one: commonweal agreement add {name}",
        )


def _keep(installation: Installation, made: AgreementAssessment, by: str | None) -> None:
    """Keep an assessment, with its entry in the ledger, in one transaction."""
    from commonweal.risk import store as assessments

    with installation.transaction() as connection:
        now = installation.ledger.now(connection)
        assessments.record(connection, installation.ledger, made, at=now, by=by)


def _draw(result: dict[str, Any], file: Path) -> None:
    """Write the heat table; BadInput when the file cannot be written."""
    from commonweal.errors import BadInput, Place
    from commonweal.risk.picture import svg

    try:
        file.write_text(svg(result), encoding="utf-8")
    except OSError:
        raise BadInput(
            f"{file} cannot be written.", remedy="Name a file in a folder that is there.", place=Place(file=str(file))
        ) from None
