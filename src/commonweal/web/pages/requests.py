"""Requests for access: those that concern somebody, making one, talking about it, granting or declining it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request
from starlette.responses import Response

from commonweal.agreement import store as agreements
from commonweal.agreement.comments.comment import LONGEST
from commonweal.agreement.requests.request import AccessRequest, RequestState, Wanted
from commonweal.catalogue import store as catalogue
from commonweal.errors import BadInput, CommonwealError, Conflict, NotFound
from commonweal.identity.permission import Act
from commonweal.installation import Installation
from commonweal.installation import requesting_access as access
from commonweal.installation.involvement import thing_of
from commonweal.web.agreed import sees
from commonweal.web.asker import Asker, Here, Signed
from commonweal.web.cards import organisation_titles
from commonweal.web.forms import Filled, FilledForm, page_router
from commonweal.web.page import Page, go, show

router = page_router()

COLOURS: Mapping[RequestState, str] = {
    RequestState.ASKED: "govuk-tag--blue",
    RequestState.ANSWERED: "govuk-tag--yellow",
    RequestState.GRANTED: "govuk-tag--green",
    RequestState.DECLINED: "govuk-tag--red",
    RequestState.WITHDRAWN: "govuk-tag--grey",
}

LARGEST = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class RequestsPage(Page):
    """The requests that wait for somebody, and the others that concern them."""

    waiting: tuple[access.SeenRequest, ...]
    others: tuple[access.SeenRequest, ...]
    colours: Mapping[RequestState, str]


@dataclass(frozen=True)
class DatasetChoice:
    """A dataset that may be asked for, with its columns, and which of them are chosen."""

    reference: str
    chosen: bool
    columns: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, kw_only=True)
class NewRequestPage(Page):
    """The form, filled in from a question or a dataset.

    `choices` are the datasets to tick; `columns` is shown for those that are chosen. `titles` are of organisations.
    """

    agreement: str
    agreement_title: str
    entry_of_question: int | None
    sql: str
    purpose: str
    benefit: str
    choices: tuple[DatasetChoice, ...]
    others: tuple[str, ...]
    owners: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RequestPage(Page):
    """A request with all that was said, and what the reader can do about it."""

    found: AccessRequest
    mine: bool
    decides: bool
    colour: str
    granting: tuple[str, ...]
    agreement_title: str
    agreement_seen: bool
    granted_id: str
    granted_version: str
    said: str
    reason: str
    drafting: bool
    longest: int = LONGEST


@router.get("/requests")
def requests(request: Request, installation: Here, asker: Signed) -> Response:
    """Show the requests that concern somebody."""
    with installation.reading() as connection:
        found = access.all_seen(connection, asker.person)
    page = RequestsPage(
        title="Requests for access",
        seen_by="you: your own, and those about your organisation's data if you decide on them",
        waiting=tuple(each for each in found if each.waits),
        others=tuple(each for each in found if not each.waits),
        colours=COLOURS,
    )
    return show(request, "requests/list.html", page)


@router.get("/requests/new")
def new_request(
    request: Request, installation: Here, asker: Signed, agreement: str = "", entry: str = "", sql: str = "",
    dataset: str = "",
) -> Response:  # fmt: skip
    """Show the form, filled in from a refusal or a dataset."""
    asker.must(Act.REQUEST_ACCESS)
    number = int(entry) if entry.isdecimal() and len(entry) < 16 else None
    named = Wanted("", "", (dataset,) if dataset else (), (), agreement, sql, number)
    wanted = access.filled_in(installation, named, by=asker.person.email)
    return show(request, "requests/new.html", _new_page(installation, asker, wanted, Filled()))


@router.post("/requests/new")
def make(request: Request, installation: Here, asker: Signed, form: FilledForm) -> Response:
    """Make a request."""
    asker.must(Act.REQUEST_ACCESS)
    entry = form.text("entry")
    chosen = form.many("datasets")
    wanted = Wanted(
        form.required("purpose", "Say what it is for.", longest=LONGEST),
        form.required("benefit", "Say who benefits, and how.", longest=LONGEST),
        chosen,
        tuple(each for each in form.many("columns") if each.rpartition(".")[0] in chosen),
        form.text("agreement"),
        form.text("sql"),
        int(entry) if entry.isdecimal() and len(entry) < 16 else None,
    )
    if form.text("act") == "columns":
        form.problems.clear()
        return show(request, "requests/new.html", _new_page(installation, asker, wanted, form))
    if not chosen:
        form.problems.setdefault("datasets", "Choose at least one dataset.")
    if not form.problems:
        try:
            made = access.make(installation, wanted, by=asker.person.email)
            return go(f"/requests/{made.number}", done="request-made")
        except (BadInput, Conflict) as error:
            form.fault(_field(error), error)
    return show(request, "requests/new.html", _new_page(installation, asker, wanted, form))


def _field(error: CommonwealError) -> str:
    for words, field in (("for", "purpose"), ("benefits", "benefit"), ("question", "sql")):
        if words in error.message.split(" "):
            return field
    return "datasets"


@router.get("/requests/{number}")
def one(request: Request, installation: Here, asker: Signed, number: int) -> Response:
    """Show a request."""
    return _show(request, installation, asker, number, Filled())


@router.post("/requests/{number}/say")
def say(request: Request, installation: Here, asker: Signed, number: int, form: FilledForm) -> Response:
    """Say something about a request."""
    words = form.required("said", "Write what you want to say.", longest=LONGEST)
    if not form.problems:
        try:
            access.say(installation, _known(number), words, by=asker.person.email)
            return go(f"/requests/{number}", done="request-said")
        except BadInput as error:
            form.fault("said", error)
    return _show(request, installation, asker, number, form)


@router.post("/requests/{number}/grant")
def grant(request: Request, installation: Here, asker: Signed, number: int, form: FilledForm) -> Response:
    """Close a request as granted by a version of an agreement."""
    reference = form.required("granted", "Choose the version that permits it.", longest=80)
    if not form.problems:
        try:
            access.grant(installation, _known(number), reference, by=asker.person.email)
            return go(f"/requests/{number}", done="request-granted")
        except (BadInput, NotFound) as error:
            form.fault("granted", error)
    return _show(request, installation, asker, number, form)


@router.post("/requests/{number}/decline")
def decline(request: Request, installation: Here, asker: Signed, number: int, form: FilledForm) -> Response:
    """Decline a request."""
    reason = form.required("reason", "Give the reason; the requester reads it.", longest=LONGEST)
    if not form.problems:
        try:
            access.decline(installation, _known(number), reason, by=asker.person.email)
            return go(f"/requests/{number}", done="request-declined")
        except BadInput as error:
            form.fault("reason", error)
    return _show(request, installation, asker, number, form)


@router.post("/requests/{number}/withdraw")
def withdraw(installation: Here, asker: Signed, number: int) -> Response:
    """Take a request back."""
    access.withdraw(installation, _known(number), by=asker.person.email)
    return go(f"/requests/{number}", done="request-withdrawn")


def _known(number: int) -> int:
    """Return a number that a database can hold; what is larger is no request's."""
    return number if 0 < number <= LARGEST else 0


def _show(request: Request, installation: Installation, asker: Asker, number: int, form: Filled) -> Response:
    with installation.reading() as connection:
        found = access.seen(connection, asker.person, _known(number))
        about = found.request
        can_decide = found.decides and about.is_open
        granting = access.granting(installation, connection, about) if can_decide else ()
        title, agreement_seen = "", False
        if about.agreement:
            document = agreements.agreement(connection, about.agreement)
            agreement_seen = sees(asker)(document)
            title = document.title if agreement_seen else about.agreement
    granted_id, _, version = about.granted.partition("@")
    page = RequestPage(
        title=f"Request {number} for access",
        seen_by="who made it, and officers and stewards of those whose data it is",
        entry=about.moves[-1].entry if about.moves else None,
        back=("/requests", "Requests for access"),
        problems=form.problems,
        found=about,
        mine=found.mine,
        decides=found.decides,
        colour=COLOURS[about.state],
        granting=granting,
        agreement_title=title,
        agreement_seen=agreement_seen,
        granted_id=granted_id,
        granted_version=version,
        said=form.text("said"),
        reason=form.text("reason"),
        drafting=can_decide and asker.may(Act.PROPOSE_AGREEMENT, thing_of(document)) if about.agreement else False,
    )
    return show(request, "requests/request.html", page)


def _new_page(installation: Installation, asker: Asker, wanted: Wanted, form: Filled) -> NewRequestPage:
    with installation.reading() as connection:
        title = ""
        shared: frozenset[str] = frozenset()
        if wanted.agreement:
            document = agreements.agreement(connection, wanted.agreement)
            asker.must(Act.SEE_AGREEMENT, thing_of(document))
            title, shared = document.title, frozenset(terms.dataset for terms in document.data)
        known = [key.reference for key in catalogue.keys(connection)]
        nearby = [each for each in known if each in shared or each in wanted.datasets]
        datasets = catalogue.datasets_named(connection, nearby)
        titles = organisation_titles(connection)
    choices = tuple(
        DatasetChoice(
            each.reference,
            each.reference in wanted.datasets,
            tuple((c.name, f"{each.reference}.{c.name}" in wanted.columns) for c in each.contract.columns),
        )
        for each in sorted(datasets, key=lambda each: (each.reference not in wanted.datasets, each.reference))
    )
    owners = sorted({each.partition("/")[0] for each in wanted.datasets if each in known})
    return NewRequestPage(
        title="Request access",
        seen_by="you",
        back=("/requests", "Requests for access"),
        problems=form.problems,
        agreement=wanted.agreement,
        agreement_title=title,
        entry_of_question=wanted.entry,
        sql=wanted.sql,
        purpose=wanted.purpose,
        benefit=wanted.benefit,
        choices=choices,
        others=tuple(sorted(set(known) - set(nearby))),
        owners=tuple(titles.get(each, each) for each in owners),
    )
