"""``commonweal dataset``: add, show and list datasets, and mend what their contracts say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commonweal.cli.output import JsonFlag, emit, fields, installation_here, note, printable, progress, table
from commonweal.errors import Conflict, UsageMistake

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from commonweal.catalogue.dataset import Dataset
    from commonweal.catalogue.ingest import Ingested, ReadingLimits

# The rooms below are imported inside the commands: they load the database, which --help must not wait for.

app = typer.Typer(help="Add, describe and list datasets.")

ReferenceArgument = Annotated[
    str, typer.Argument(metavar="ORG/NAME", help="The dataset, for example northbank/housing.")
]
UrgentOption = Annotated[
    str,
    typer.Option(metavar="REASON", help="Why a new snapshot cannot wait, for example a duty to erase; it is recorded."),
]
SetAsideOption = Annotated[
    float | None,
    typer.Option(
        "--set-aside", metavar="SHARE", min=0, max=1, help="Allow this share of rows to be unreadable (0.01)."
    ),
]


@app.command()
def add(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A CSV, Parquet or Excel file, or a folder of them.")],
    name: Annotated[str, typer.Option(metavar="ORG/NAME", help="What to call it, for example northbank/housing.")],
    contract: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Its contract (ODCS 3 YAML); otherwise one is drafted.")
    ] = None,
    reference: Annotated[
        bool, typer.Option("--reference", help="The file stays the truth: `dataset refresh` reads it again.")
    ] = False,
    sheet: Annotated[str, typer.Option(metavar="NAME", help="The sheet of a workbook that has several.")] = "",
    as_of: Annotated[
        datetime | None,
        typer.Option(metavar="DATE", formats=["%Y-%m-%d"], help="The day the data speaks for; otherwise the file's."),
    ] = None,
    contract_out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the contract here, to be mended.")
    ] = None,
    set_aside: SetAsideOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Read a file or folder into a clean, fixed snapshot and add it as a dataset."""
    from commonweal.installation.reading import Reading, add_from, read_contract_file

    if contract_out is not None and contract_out.exists():
        raise Conflict("There is a file already where the contract is to be written.", remedy="Name another file.")
    wanted = read_contract_file(contract, name.rpartition("/")[2]) if contract else None
    how = Reading(reference, sheet, as_of.date() if as_of else None, _limits(set_aside))
    with installation_here() as installation, _bar() as moved:
        dataset, ingested = add_from(installation, name, path, contract=wanted, how=how, progress=moved)
    if contract_out is not None:
        _write_contract(contract_out, dataset)
    _emit_read("added", dataset, ingested, as_json)


@app.command("list")
def list_all(
    matching: Annotated[
        str | None, typer.Option(metavar="WORDS", help='Only those with these words, best first: "school absence".')
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """List the datasets."""
    from commonweal.catalogue import store
    from commonweal.catalogue.describing import unclassified
    from commonweal.catalogue.search import Index, Wanted

    with installation_here() as installation, installation.reading() as connection:
        if matching is None:
            found = store.datasets(connection)
        else:
            index = Index()
            index.refresh(connection)
            found = store.datasets_named(connection, index.search(Wanted(matching)).references)

    def render(console: Console) -> None:
        rows = [
            (
                each.reference,
                each.snapshot.rows,
                len(each.contract.columns),
                [f"{entity.kind} ({entity.key})" for entity in each.contract.entities],
                each.snapshot.as_of.isoformat(),
                len(unclassified(each.contract)) or "",
            )
            for each in found
        ]
        columns = ("dataset", "rows", "columns", "about", "as of", "unclassified")
        empty = "No dataset yet. Add one: commonweal dataset add FILE --name ORG/NAME"
        empty = empty if matching is None else "No dataset has these words."
        table(console, columns, rows, empty=empty)

    emit({"datasets": [_described(each) for each in found]}, as_json, render)


@app.command()
def show(reference: ReferenceArgument, as_json: JsonFlag = False) -> None:
    """Show a dataset: whom it is about, its columns and their kinds, and what must be classified before sharing."""
    from commonweal.installation.reading import source_state

    dataset = _dataset(reference)
    described = _described(dataset) | {"source_is": source_state(dataset)}
    emit({"dataset": described}, as_json, lambda console: _print_dataset(console, dataset, described))


@app.command()
def contract(
    reference: ReferenceArgument,
    replacement: Annotated[
        Path | None, typer.Option("--set", metavar="FILE", help="Replace it by this one; the data is read again.")
    ] = None,
    set_aside: SetAsideOption = None,
    urgent: UrgentOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Print a dataset's contract, to be mended in a file; or replace it by a mended one."""
    from commonweal.catalogue.document import contract_document
    from commonweal.catalogue.odcs import write_contract
    from commonweal.installation.reading import mend, read_contract_file

    if replacement is None:
        dataset = _dataset(reference)
        text = write_contract(dataset.contract)
        # Not through the console, which would fold long lines: what is printed is to be kept in a file.
        emit(
            {"contract": contract_document(dataset.contract), "odcs": text},
            as_json,
            lambda _: typer.echo(text, nl=False),
        )
        return
    wanted = read_contract_file(replacement, reference.rpartition("/")[2])
    with installation_here() as installation, _bar() as moved:
        dataset, ingested = mend(
            installation, reference, wanted, limits=_limits(set_aside), progress=moved, urgent=urgent
        )
    _emit_read("mended", dataset, ingested, as_json)


@app.command()
def refresh(
    reference: ReferenceArgument,
    set_aside: SetAsideOption = None,
    urgent: UrgentOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Read the file of a dataset added with --reference again, if it has changed."""
    from commonweal.installation.reading import refresh as read_again

    with installation_here() as installation, _bar() as moved:
        found = read_again(installation, reference, limits=_limits(set_aside), progress=moved, urgent=urgent)
    if found is not None:
        _emit_read("refreshed", *found, as_json)
        return
    described = _described(_dataset(reference))
    emit({"unchanged": described}, as_json, lambda console: console.print(f"{reference} is as its file is."))


@app.command("replace")
def replace_data(
    reference: ReferenceArgument,
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The file or folder that has the new data.")],
    sheet: Annotated[str, typer.Option(metavar="NAME", help="The sheet of a workbook that has several.")] = "",
    as_of: Annotated[
        datetime | None,
        typer.Option(metavar="DATE", formats=["%Y-%m-%d"], help="The day the data speaks for; otherwise the file's."),
    ] = None,
    set_aside: SetAsideOption = None,
    urgent: UrgentOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Give a dataset a new snapshot from another file, read by the contract it has; the one before is deleted."""
    from commonweal.installation.reading import Reading, replace_from

    how = Reading(sheet=sheet, as_of=as_of.date() if as_of else None, limits=_limits(set_aside))
    with installation_here() as installation, _bar() as moved:
        dataset, ingested = replace_from(installation, reference, path, how=how, progress=moved, urgent=urgent)
    _emit_read("replaced", dataset, ingested, as_json)


@app.command()
def publish(
    to: Annotated[Path, typer.Option(metavar="FILE", help="The new file: FILE.ttl, or FILE.jsonld for JSON-LD.")],
    as_json: JsonFlag = False,
) -> None:
    """Write what datasets there are in public agreements for other catalogues (DCAT-AP 3): what visitors may read."""
    from commonweal.catalogue.dcat import catalogue_graph, written
    from commonweal.installation.new_file import write_new
    from commonweal.installation.public_catalogue import public_offers, publication

    if to.exists():
        raise Conflict("There is a file of that name already.", remedy="Name another file.")
    with installation_here() as installation:
        with installation.reading() as connection:
            offers = public_offers(installation, connection)
        graph = catalogue_graph(offers, publication(installation))
    write_new(to.absolute(), written(graph, "json-ld" if to.suffix == ".jsonld" else "turtle").encode(), mode=0o644)
    told = {"written": str(to), "datasets": [each.dataset.reference for each in offers]}
    emit(told, as_json, lambda console: console.print(f"Wrote {len(offers)} datasets to {printable(str(to))}"))


@app.command()
def export(
    references: Annotated[
        list[str] | None, typer.Argument(metavar="[ORG/NAME]...", help="Which; otherwise all.")
    ] = None,
    to: Annotated[Path, typer.Option(metavar="DIR", help="The folder to write into.")] = Path("contracts"),
    as_json: JsonFlag = False,
) -> None:
    """Write the contracts of datasets as ODCS files, one each: what the data means, never the data."""
    from commonweal.catalogue import store
    from commonweal.catalogue.odcs import write_contract
    from commonweal.installation.new_file import write_new

    with installation_here() as installation, installation.reading() as connection:
        found = [store.dataset(connection, each) for each in references] if references else store.datasets(connection)
    files = {to / f"{each.organisation}.{each.name}.odcs.yaml": each for each in found}
    for file in files:
        if file.exists():
            raise Conflict(
                f"There is a file {file.name} in that folder already.", remedy="Name another folder: --to DIR."
            )
    to.mkdir(parents=True, exist_ok=True)
    for file, each in files.items():
        write_new(file, write_contract(each.contract).encode(), mode=0o644)

    def render(console: Console) -> None:
        for file in files:
            console.print(printable(str(file)), soft_wrap=True)

    emit({"written": [str(file) for file in files]}, as_json, render)


def _dataset(reference: str) -> Dataset:
    from commonweal.catalogue import store

    with installation_here() as installation, installation.reading() as connection:
        return store.dataset(connection, reference)


def _limits(set_aside: float | None) -> ReadingLimits | None:
    from commonweal.catalogue.ingest import ReadingLimits

    return None if set_aside is None else ReadingLimits(rejected_share=set_aside)


@contextmanager
def _bar() -> Iterator[Callable[[str, float], None]]:
    """Show how far a reading is; the bar only goes forward."""
    with progress("Reading", 1.0) as advance:
        done = 0.0

        def moved(_doing: str, share: float) -> None:
            nonlocal done
            advance(max(0.0, share - done))
            done = max(done, share)

        yield moved


def _described(dataset: Dataset) -> dict[str, Any]:
    """Return what the commands say of a dataset: its contract and counts, where it was read from, no value of its data."""
    from commonweal.catalogue.describing import described

    source = dataset.source
    return described(dataset) | {
        "source": None if source is None else {"path": source.path, "by_reference": source.by_reference}
    }


def _emit_read(what: str, dataset: Dataset, ingested: Ingested, as_json: bool) -> None:
    """Show what a reading came to: the dataset, the rows set aside, the notes, and what to do next."""
    rejected = ingested.rejected
    told = {
        what: _described(dataset),
        "drafted": ingested.drafted,
        "set_aside": {"count": rejected.count, "file": rejected.path, "reasons": rejected.reasons},
        "notes": ingested.notes,
    }

    def render(console: Console) -> None:
        console.print(f"{what.capitalize()} {dataset.reference}: {dataset.snapshot.rows:,} rows.", style="bold")
        if rejected.count:
            console.print(
                printable(f"{rejected.count:,} rows could not be read and are set aside in {rejected.path}:"),
                soft_wrap=True,
            )
            rows = [(each.column or "(row)", each.reason, each.count, each.first_row) for each in rejected.reasons]
            table(console, ("column", "reason", "rows", "first row"), rows)
        for text in ingested.notes:
            console.print(printable(text), soft_wrap=True)
        if ingested.drafted:
            console.print("No contract was given. This one is proposed:")
        _print_columns(console, dataset)

    emit(told, as_json, render)
    _say_next(dataset, ingested)


def _say_next(dataset: Dataset, ingested: Ingested) -> None:
    from commonweal.catalogue.describing import unclassified

    missing = unclassified(dataset.contract)
    if ingested.drafted:
        note(
            "Kinds, ranges, code lists and levels are proposals made from the data: look at each, above all at what is called "
            "plain or public.\n"
            f"Mend them: commonweal dataset contract {dataset.reference} > contract.yaml\n"
            f"           commonweal dataset contract {dataset.reference} --set contract.yaml"
        )
    if missing:
        note(f"Cannot be shared until they have a kind: {', '.join(missing)}.")
    _say_without_levels(dataset)


def _say_without_levels(dataset: Dataset) -> None:
    """Say which columns cannot be asked about under the metered profiles, and how that is mended."""
    from commonweal.catalogue.describing import without_levels

    if without := without_levels(dataset.contract):
        note(
            f"Cannot be asked about under the profiles standard and formal, for want of levels: {', '.join(without)}.\n"
            "Give each a property levels in the contract, for example {amounts: [0, 100, 500, 2000], top: 10000}, "
            "and set it again; docs/how-to/add-a-dataset.md shows how."
        )


def _print_dataset(console: Console, dataset: Dataset, described: dict[str, Any]) -> None:
    fields(
        console,
        {
            "dataset": dataset.reference,
            "description": dataset.contract.description or None,
            "rows": f"{dataset.snapshot.rows:,}",
            "set aside": f"{dataset.snapshot.rejected_rows:,}",
            "as of": dataset.snapshot.as_of.isoformat(),
            "snapshot": dataset.snapshot.id,
            "contract": f"{described['contract']['id']} {described['contract']['version']}",
            "source": None if dataset.source is None else f"{dataset.source.path} ({described['source_is']})",
        },
    )
    _print_columns(console, dataset)
    if described["unclassified"]:
        note(f"Cannot be shared until they have a kind: {', '.join(described['unclassified'])}.")
    _say_without_levels(dataset)


def _print_columns(console: Console, dataset: Dataset) -> None:
    from commonweal.catalogue.describing import about_whom
    from commonweal.catalogue.level_bounds import in_words

    entities = about_whom(dataset.contract)
    console.print(f"about: {', '.join(entities) if entities else 'nobody is named: entities must be declared'}")
    console.print(f"who is in it: {dataset.contract.membership}")
    rows = [
        (
            column.name,
            column.physical_type,
            column.kind.value if column.kind else "(unclassified)",
            column.standard,
            ", ".join(
                [
                    *(["unique"] if column.unique else []),
                    *(["required"] if column.required else []),
                    *([f"{len(column.codes)} public codes"] if column.codes else []),
                    *(
                        [_range(column.minimum, column.maximum)]
                        if (column.minimum, column.maximum) != (None, None)
                        else []
                    ),
                ]
            ),
            in_words(column.levels) if column.levels else "",
        )
        for column in dataset.contract.columns
    ]
    table(console, ("column", "type", "kind", "standard", "rules", "levels"), rows)


def _range(low: float | None, high: float | None) -> str:
    return f"{'' if low is None else f'{low:g}'} to {'' if high is None else f'{high:g}'}".strip()


def _write_contract(path: Path, dataset: Dataset) -> None:
    """Write the contract to a new file; the dataset is added already, so a failure says where to find it."""
    from commonweal.catalogue.odcs import write_contract
    from commonweal.installation.new_file import write_new

    try:
        write_new(path, write_contract(dataset.contract).encode(), mode=0o644)
    except OSError as error:
        raise UsageMistake(
            "The dataset is added; its contract could not be written to that file.",
            why=f"{error.strerror}.",
            remedy=f"Print it: commonweal dataset contract {dataset.reference}",
        ) from None
