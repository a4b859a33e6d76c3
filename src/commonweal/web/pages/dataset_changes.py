"""What stewards do: add a dataset, mend its contract, replace its data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from commonweal.catalogue.contract import Column, Contract, Kind
from commonweal.catalogue.dataset import Dataset
from commonweal.catalogue.describing import KIND_IN_WORDS, standard_of, unclassified, without_levels
from commonweal.catalogue.ingest import Ingested, RejectedReason
from commonweal.catalogue.level_bounds import in_words
from commonweal.catalogue.mending import MOST_ENTITIES, FormProblems, Written, written
from commonweal.catalogue.names import NAME
from commonweal.catalogue.odcs import write_contract
from commonweal.catalogue.standards import STANDARDS
from commonweal.errors import BadInput, Conflict
from commonweal.identity.permission import Act, Thing
from commonweal.installation import datasets
from commonweal.installation.datasets import SentFile
from commonweal.installation.reading import Reading
from commonweal.web.asker import Asker, Here, Signed
from commonweal.web.forms import Filled, FilledForm, page_router
from commonweal.web.page import Page, go, show
from commonweal.web.pages.dataset import dataset_named

router = page_router()

LONGEST_CONTRACT = 2 * 2**20
MOST_COLUMNS = 300
"""How many columns a form shows; a contract with more is mended as YAML."""

STEWARDS = "stewards of the organisation"


@dataclass(frozen=True, kw_only=True)
class AddPage(Page):
    """The form for a new dataset, with what was typed."""

    organisation: str
    name: str = ""
    as_of: str = ""
    sheet: str = ""


@dataclass(frozen=True)
class Drafted:
    """A column of a contract as it was read, for a steward to look at."""

    name: str
    type: str
    kind: str
    standard: str
    levels: str


@dataclass(frozen=True, kw_only=True)
class AddedPage(Page):
    """What a reading came to: rows, what was set aside and why, notes, the contract, and what is still to be done."""

    reference: str
    rows: int
    set_aside: int
    reasons: tuple[RejectedReason, ...]
    notes: tuple[str, ...]
    drafted: bool
    columns: tuple[Drafted, ...]
    about: bool
    unclassified: tuple[str, ...]
    without_levels: tuple[str, ...]


@dataclass(frozen=True)
class ColumnForm:
    """One column of the form that mends: its number, what it is, and what is written for it."""

    number: int
    name: str
    told: str
    written: Written


@dataclass(frozen=True, kw_only=True)
class ContractPage(Page):
    """A contract to be mended, column by column and as YAML, with what was typed."""

    reference: str
    head: dict[str, str]
    columns: tuple[ColumnForm, ...]
    keys: tuple[str, ...]
    kinds: tuple[tuple[str, str], ...]
    text: str
    urgent: str
    unclassified: tuple[str, ...]
    too_wide: bool
    is_draft: bool


@dataclass(frozen=True, kw_only=True)
class ReplacePage(Page):
    """The form for a new snapshot, with what was typed."""

    reference: str
    as_of: str = ""
    sheet: str = ""
    urgent: str = ""


@router.get("/catalogue/add")
def add_form(request: Request, asker: Signed) -> Response:
    """Show the form for a new dataset."""
    asker.must(Act.ADD_DATASET, Thing(organisation=asker.person.organisation))
    return show(request, "catalogue/add.html", _add_page(asker))


@router.post("/catalogue/add")
def add(request: Request, installation: Here, asker: Signed, form: FilledForm) -> Response:
    """Read a file that was sent, and add it as a dataset of the steward's own organisation."""
    own = asker.person.organisation
    asker.must(Act.ADD_DATASET, Thing(organisation=own))
    name = form.required("name", "Give the dataset a name.")
    if name and not NAME.fullmatch(name):
        form.problems["name"] = (
            "A name begins with a small letter and holds small letters, digits, - and _, 63 at most."
        )
    file, how, contract = _file(form, "Choose a file: CSV, Parquet or Excel."), _how(form), _contract_text(form)
    if file is not None and not form.problems:
        try:
            added, read = datasets.add_sent(
                installation,
                f"{own}/{name}",
                _sent(file),
                contract=contract,
                how=how,
                by=asker.person.email,
            )
            return show(request, "catalogue/added.html", _added_page(added, read, asker))
        except Conflict as error:
            form.fault("name", error)
        except BadInput as error:
            form.fault("contract" if error.place is not None and error.place.file == "contract" else "file", error)
    page = _add_page(asker, form)
    return show(request, "catalogue/add.html", page)


@router.get("/catalogue/{organisation}/{name}/contract")
def contract_form(request: Request, installation: Here, asker: Signed, organisation: str, name: str) -> Response:
    """Show the contract, to be mended."""
    dataset = _changeable(installation, asker, organisation, name)
    return show(request, "catalogue/contract.html", _contract_page(dataset, write_contract(dataset.contract)))


@router.post("/catalogue/{organisation}/{name}/contract")
def mend_contract(
    request: Request, installation: Here, asker: Signed, form: FilledForm, organisation: str, name: str
) -> Response:
    """Mend the contract by what was written as YAML."""
    dataset = _changeable(installation, asker, organisation, name)
    text = form.required("text", "Write the contract.", longest=LONGEST_CONTRACT)
    if not form.problems:
        try:
            datasets.mend_text(installation, dataset.reference, text, urgent=_urgent(form), by=asker.person.email)
            return go(f"/catalogue/{dataset.reference}", done="contract-mended")
        except (BadInput, Conflict) as error:
            form.fault("text" if isinstance(error, BadInput) else "urgent", error)
    page = replace(_contract_page(dataset, text), problems=form.problems, urgent=_urgent(form))
    return show(request, "catalogue/contract.html", page)


@router.post("/catalogue/{organisation}/{name}/columns")
def mend_columns(
    request: Request, installation: Here, asker: Signed, form: FilledForm, organisation: str, name: str
) -> Response:
    """Mend the contract by what was chosen for each column."""
    dataset = _changeable(installation, asker, organisation, name)
    head, typed = _head(form, dataset.contract), _typed(form, dataset.contract)
    try:
        datasets.mend_columns(installation, dataset.reference, head, typed, urgent=_urgent(form), by=asker.person.email)
        return go(f"/catalogue/{dataset.reference}", done="contract-mended")
    except FormProblems as error:
        form.problems |= error.problems
    except (BadInput, Conflict) as error:
        form.fault("description" if isinstance(error, BadInput) else "urgent", error)
    page = _contract_page(dataset, write_contract(dataset.contract), head, typed)
    page = replace(page, problems=form.problems, urgent=_urgent(form))
    return show(request, "catalogue/contract.html", page)


@router.get("/catalogue/{organisation}/{name}/replace")
def replace_form(request: Request, installation: Here, asker: Signed, organisation: str, name: str) -> Response:
    """Show the form for a new snapshot."""
    dataset = _changeable(installation, asker, organisation, name)
    return show(request, "catalogue/replace.html", _replace_page(dataset))


@router.post("/catalogue/{organisation}/{name}/replace")
def replace_data(
    request: Request, installation: Here, asker: Signed, form: FilledForm, organisation: str, name: str
) -> Response:
    """Read a file that was sent by the dataset's contract, and make it its snapshot."""
    dataset = _changeable(installation, asker, organisation, name)
    file, how = _file(form, "Choose a file: CSV, Parquet or Excel."), _how(form)
    if file is not None and not form.problems:
        try:
            datasets.replace_sent(
                installation,
                dataset.reference,
                _sent(file),
                how=how,
                urgent=_urgent(form),
                by=asker.person.email,
            )
            return go(f"/catalogue/{dataset.reference}", done="data-replaced")
        except (BadInput, Conflict) as error:
            form.fault("file" if isinstance(error, BadInput) else "urgent", error)
    return show(request, "catalogue/replace.html", _replace_page(dataset, form))


def _changeable(installation: Here, asker: Asker, organisation: str, name: str) -> Dataset:
    """Return a dataset that the asker may change; `NotFound` before `NotAllowed`, since the catalogue is open to all."""
    asker.must(Act.SEE_CATALOGUE)
    dataset = dataset_named(installation, organisation, name)
    asker.must(Act.CHANGE_DATASET, Thing(organisation=dataset.organisation))
    return dataset


def _file(form: Filled, problem: str) -> UploadFile | None:
    file = form.file("file")
    if file is None:
        form.problems.setdefault("file", problem)
    return file


def _sent(file: UploadFile) -> SentFile:
    return SentFile(file.filename or "file", file.file)


def _contract_text(form: Filled) -> str:
    """Return the contract that was sent as a file beside the data, empty without one."""
    file = form.file("contract")
    if file is None:
        return ""
    try:
        return file.file.read(LONGEST_CONTRACT + 1).decode("utf-8-sig")
    except UnicodeDecodeError:
        form.problems["contract"] = "The contract is not UTF-8 text."
        return ""


def _how(form: Filled) -> Reading:
    """Return how a file is to be read; a day that is none is noted."""
    written, day = form.text("as_of"), None
    if written:
        try:
            day = date.fromisoformat(written)
        except ValueError:
            form.problems.setdefault("as_of", "Write the day as 2026-11-24.")
    return Reading(sheet=form.text("sheet")[:100], as_of=day)


def _urgent(form: Filled) -> str:
    return form.text("urgent")[:2000]


def _add_page(asker: Asker, form: Filled | None = None) -> AddPage:
    form = form or Filled()
    return AddPage(
        title="Add a dataset",
        seen_by=STEWARDS,
        back=("/catalogue", "Catalogue"),
        problems=form.problems,
        organisation=asker.person.organisation,
        name=form.text("name"),
        as_of=form.text("as_of"),
        sheet=form.text("sheet"),
    )


def _added_page(dataset: Dataset, read: Ingested, asker: Asker) -> AddedPage:
    contract = dataset.contract
    return AddedPage(
        title=f"{dataset.reference} is added",
        seen_by=STEWARDS,
        back=(f"/catalogue/{dataset.reference}", dataset.reference),
        reference=dataset.reference,
        rows=dataset.snapshot.rows,
        set_aside=read.rejected.count,
        reasons=read.rejected.reasons,
        notes=read.notes,
        drafted=read.drafted,
        columns=tuple(
            Drafted(
                column.name,
                column.logical_type,
                column.kind.value if column.kind else "",
                STANDARDS[standard].title if (standard := standard_of(column)) in STANDARDS else "",
                in_words(column.levels) if column.levels else "",
            )
            for column in contract.columns
        ),
        about=bool(contract.entities),
        unclassified=tuple(unclassified(contract)),
        without_levels=tuple(without_levels(contract)),
    )


def _replace_page(dataset: Dataset, form: Filled | None = None) -> ReplacePage:
    form = form or Filled()
    return ReplacePage(
        title=f"Replace the data of {dataset.reference}",
        seen_by=STEWARDS,
        back=(f"/catalogue/{dataset.reference}", dataset.reference),
        problems=form.problems,
        reference=dataset.reference,
        as_of=form.text("as_of"),
        sheet=form.text("sheet"),
        urgent=form.text("urgent"),
    )


def _contract_page(
    dataset: Dataset, text: str, head: dict[str, str] | None = None, typed: dict[str, Written] | None = None
) -> ContractPage:
    contract = dataset.contract
    wide = len(contract.columns) > MOST_COLUMNS
    shown = () if wide else tuple(enumerate(contract.columns))
    return ContractPage(
        title=f"The contract of {dataset.reference}",
        seen_by=STEWARDS,
        back=(f"/catalogue/{dataset.reference}", dataset.reference),
        reference=dataset.reference,
        head=head or _present_head(contract),
        columns=tuple(
            ColumnForm(number, column.name, _told(column), (typed or {}).get(column.name) or written(column))
            for number, column in shown
        ),
        keys=tuple(column.name for column in contract.columns if column.kind in (Kind.LINK, Kind.IDENTIFIER, None)),
        kinds=tuple((kind.value, f"{kind.value}: {words}") for kind, words in KIND_IN_WORDS.items()),
        text=text,
        urgent="",
        unclassified=tuple(unclassified(contract)),
        too_wide=wide,
        is_draft=contract.status == "draft",
    )


def _told(column: Column) -> str:
    """Return what is known of a column in a line: its type, and the standard it follows."""
    standard = standard_of(column)
    return f"{column.logical_type}{f', {STANDARDS[standard].title}' if standard in STANDARDS else ''}"


def _present_head(contract: Contract) -> dict[str, str]:
    head = {"description": contract.description, "membership": contract.membership, "status": contract.status}
    for number in range(1, MOST_ENTITIES + 1):
        known = contract.entities[number - 1] if len(contract.entities) >= number else None
        head |= {
            f"entity-kind-{number}": known.kind if known else "",
            f"entity-key-{number}": known.key if known else "",
        }
    return head


def _head(form: Filled, contract: Contract) -> dict[str, str]:
    """Return what was written for the contract as a whole."""
    names = [*_present_head(contract)]
    head = {name: form.text(name)[:4000] for name in names if name != "status"}
    return head | {"status": "active" if form.text("finished") else contract.status}


def _typed(form: Filled, contract: Contract) -> dict[str, Written]:
    """Return what was written for each column that was in the form."""
    return {
        column.name: Written(
            form.text(f"kind-{number}"), form.text(f"meaning-{number}")[:4000], form.text(f"levels-{number}")[:20000]
        )
        for number, column in enumerate(contract.columns)
        if f"kind-{number}" in form.data
    }
