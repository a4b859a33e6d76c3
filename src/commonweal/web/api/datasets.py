"""Datasets, for programs: found, shown, and (by their stewards) added, mended and replaced. Never their data."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Query, Request
from starlette.responses import Response

from commonweal.catalogue import store as catalogue
from commonweal.catalogue.dataset import Dataset
from commonweal.catalogue.document import content_hash
from commonweal.catalogue.odcs import write_contract
from commonweal.catalogue.search import LONGEST, Wanted
from commonweal.errors import BadInput, Conflict, Place
from commonweal.identity.permission import Act, Thing
from commonweal.installation import datasets as acts
from commonweal.installation.datasets import SentFile
from commonweal.installation.involvement import Stands, all_that_stand
from commonweal.installation.reading import Reading
from commonweal.ledger.searching import months
from commonweal.web.api.dataset_shapes import DatasetInShort, DatasetRead, Datasets, DatasetShown
from commonweal.web.api.problems import problems
from commonweal.web.api.sending import SentForm, form_body
from commonweal.web.asker import Asker, Here, Signed
from commonweal.web.cards import datasets_of, found_in, may_ask_under
from commonweal.web.forms import Filled, must_be_ours
from commonweal.web.pages.dataset import dataset_named

router = APIRouter(prefix="/api/datasets", tags=["datasets"])

ANY_AGREEMENT = "any"
YAML = "application/yaml"
_CONTRACT: dict[int | str, dict[str, Any]] = {
    200: {"description": "The contract", "content": {YAML: {"schema": {"type": "object"}}}}
}


@router.get("", responses=problems())
def datasets(
    request: Request,
    installation: Here,
    asker: Signed,
    q: Annotated[str, Query(max_length=LONGEST, description="Words to look for", examples=["school absence"])] = "",
    organisation: Annotated[str, Query(description="Only of this organisation")] = "",
    entity: Annotated[str, Query(description="Only about this kind of entity", examples=["person"])] = "",
    joins: Annotated[str, Query(description="Only with this key: uprn, usrn, nhs-number, person-key")] = "",
    under: Annotated[str, Query(description="Only those you may ask about under this agreement, or under `any`")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str, Query(description="`next` of the page before")] = "",
) -> Datasets:
    """List the datasets that fit, best first; without words, by name."""
    asker.must(Act.SEE_CATALOGUE)
    with installation.reading() as connection:
        stand = _covered(may_ask_under(all_that_stand(installation, connection), asker.person), asker)
        chosen = stand if under == ANY_AGREEMENT else [each for each in stand if each.agreement.id == under]
        wanted = Wanted(q, organisation, entity, joins, datasets_of(chosen) if under else None)
        found = found_in(request, connection, wanted)
        begin = _place(found.references, cursor)
        some = found.references[begin : begin + limit]
        shown = [DatasetInShort.of(each, asker, stand) for each in catalogue.datasets_named(connection, some)]
    after = some[-1] if begin + limit < len(found.references) else None
    return Datasets(datasets=shown, total=len(found.references), partly=found.partly, next=after)


@router.get("/{organisation}/{name}", responses=problems(404))
def dataset(organisation: str, name: str, installation: Here, asker: Signed) -> DatasetShown:
    """Show a dataset: whom it is about, its columns and what your agreements do to them, questions by month."""
    asker.must(Act.SEE_CATALOGUE)
    found = dataset_named(installation, organisation, name)
    with installation.reading() as connection:
        stand = _covered(may_ask_under(all_that_stand(installation, connection), asker.person), asker)
        counted = months(connection, "question.asked", found.reference)
    return DatasetShown.shown(found, asker, stand, counted)


@router.get("/{organisation}/{name}/contract", responses={**_CONTRACT, **problems(404)}, response_class=Response)
def contract(organisation: str, name: str, installation: Here, asker: Signed) -> Response:
    """Hand out the contract as ODCS 3.1 YAML; its ETag is what `If-Match` takes when it is mended."""
    asker.must(Act.SEE_CATALOGUE)
    found = dataset_named(installation, organisation, name)
    return Response(write_contract(found.contract), media_type=YAML, headers={"ETag": _tag(found)})


@router.post(
    "",
    status_code=201,
    responses=problems(404, 409, 413),
    openapi_extra=form_body(
        ("dataset", "file"),
        dataset="The name of the new dataset, organisation/name",
        file="CSV, TSV, Parquet or Excel (file)",
        contract="Its contract, ODCS 3 YAML; without one, one is drafted (file)",
        as_of="The day the data speaks for, for example 2026-11-24; otherwise today",
        sheet="The sheet of a workbook that has several",
    ),
)
def add(installation: Here, asker: Signed, form: SentForm) -> DatasetRead:
    """Add a dataset from a file that is sent. Columns without a kind cannot be shared until the contract is mended."""
    reference = _field(form, "dataset", "Name the dataset: organisation/name.")
    asker.must(Act.ADD_DATASET, Thing(organisation=reference.partition("/")[0]))
    file, contract_file = _file(form), form.file("contract")
    text = ""
    if contract_file is not None:
        try:
            text = contract_file.file.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise BadInput("The contract is not UTF-8 text.", place=Place("contract")) from None
    added, read = acts.add_sent(installation, reference, file, contract=text, how=_how(form), by=asker.person.email)
    return DatasetRead.of(added, read)


@router.put("/{organisation}/{name}/contract", responses=problems(404, 409))
def mend(
    organisation: str,
    name: str,
    request: Request,
    installation: Here,
    asker: Signed,
    text: Annotated[str, Body(media_type=YAML, description="The contract, ODCS 3 YAML")],
    urgent: Annotated[str, Query(max_length=2000, description="Why a new snapshot cannot wait; recorded")] = "",
    if_match: Annotated[str, Header(description="The ETag of the contract that was mended")] = "",
) -> DatasetRead:
    """Mend the contract; the data is read again by it."""
    must_be_ours(request)
    found = _changeable(installation, asker, organisation, name)
    if if_match and if_match != _tag(found):
        raise Conflict("The contract was changed meanwhile.", remedy="Fetch it again, and mend that.")
    mended, read = acts.mend_text(installation, found.reference, text, urgent=urgent, by=asker.person.email)
    return DatasetRead.of(mended, read)


@router.put(
    "/{organisation}/{name}/data",
    responses=problems(404, 409, 413),
    openapi_extra=form_body(
        ("file",),
        file="CSV, TSV, Parquet or Excel (file)",
        as_of="The day the data speaks for, for example 2026-11-24; otherwise today",
        sheet="The sheet of a workbook that has several",
        urgent="Why a new snapshot cannot wait, such as a duty to erase; recorded",
    ),
)
def replace(organisation: str, name: str, installation: Here, asker: Signed, form: SentForm) -> DatasetRead:
    """Give a dataset a new snapshot, read by its contract; the one before is deleted."""
    found = _changeable(installation, asker, organisation, name)
    new, read = acts.replace_sent(
        installation,
        found.reference,
        _file(form),
        how=_how(form),
        urgent=form.text("urgent")[:2000],
        by=asker.person.email,
    )
    return DatasetRead.of(new, read)


def _covered(stand: tuple[Stands, ...], asker: Asker) -> tuple[Stands, ...]:
    """Return the agreements that a token is for, all of them without one."""
    if asker.token is None:
        return stand
    return tuple(each for each in stand if asker.token.covers(each.agreement.id))


def _changeable(installation: Here, asker: Asker, organisation: str, name: str) -> Dataset:
    asker.must(Act.SEE_CATALOGUE)
    found = dataset_named(installation, organisation, name)
    asker.must(Act.CHANGE_DATASET, Thing(organisation=found.organisation))
    return found


def _place(references: tuple[str, ...], cursor: str) -> int:
    """Return where the page after a cursor begins."""
    if not cursor:
        return 0
    if cursor not in references:
        raise BadInput(
            "There is no such page.", why="What was found has changed.", remedy="Begin anew, without a cursor."
        )
    return references.index(cursor) + 1


def _tag(found: Dataset) -> str:
    return f'"{content_hash(found.contract)}"'


def _field(form: Filled, name: str, remedy: str) -> str:
    value = form.text(name)
    if not value:
        raise BadInput(f"The form has no field {name}.", remedy=remedy, place=Place(path=name))
    return value


def _file(form: Filled) -> SentFile:
    file = form.file("file")
    if file is None:
        raise BadInput("The form has no file.", remedy="Send it as the part named file.", place=Place(path="file"))
    return SentFile(file.filename or "file", file.file)


def _how(form: Filled) -> Reading:
    written = form.text("as_of")
    try:
        day = date.fromisoformat(written) if written else None
    except ValueError:
        raise BadInput("This is not a day.", remedy="Write it as 2026-11-24.", place=Place(path="as_of")) from None
    return Reading(sheet=form.text("sheet")[:100], as_of=day)
