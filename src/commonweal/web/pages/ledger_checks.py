"""Verifying the whole ledger, and the report of who used data and why."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from fastapi import Request
from sqlalchemy import Connection
from starlette.responses import Response

from commonweal.catalogue import store as catalogue
from commonweal.errors import BadInput, NotFound, Tampered
from commonweal.identity.permission import Act
from commonweal.installation.involvement import all_that_stand
from commonweal.installation.publishing import publish_checkpoint
from commonweal.installation.who import LONGEST_REASON, About, Report, Scope, make_report, report, to_csv
from commonweal.ledger.verification import Verified, verify
from commonweal.web.asker import Asker, Here, Signed
from commonweal.web.forms import Filled, FilledForm, page_router
from commonweal.web.page import Page, go, show

router = page_router()

OFFICERS = "officers"


@dataclass(frozen=True, kw_only=True)
class VerifyPage(Page):
    """The last checkpoint and, once it was asked for, what verifying came to and how long it took (seconds)."""

    checkpoint: str
    against: str = ""
    verified: Verified | None = None
    failure: str = ""
    why: str = ""
    place: str = ""
    remedy: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class WhoPage(Page):
    """The form for a report, with what was typed."""

    about: str
    dataset: str
    agreement: str
    entity: str
    asker: str
    since: str
    until: str
    reason: str
    datasets: tuple[str, ...]
    agreements: tuple[tuple[str, str], ...]
    entities: tuple[str, ...]
    longest: int = LONGEST_REASON


@dataclass(frozen=True, kw_only=True)
class ReportPage(Page):
    """A report as it was made."""

    report: Report
    subject: str
    until: datetime | None


@router.get("/ledger/verify")
def verify_form(request: Request, installation: Here, asker: Signed) -> Response:
    """Show the last checkpoint and the button that verifies the whole."""
    asker.must(Act.SEE_LEDGER)
    return show(request, "ledger/verify.html", _verify_page(publish_checkpoint(installation)))


@router.post("/ledger/verify")
def verify_whole(request: Request, installation: Here, asker: Signed, form: FilledForm) -> Response:
    """Verify every entry, hash and signature, and show what it came to. A large ledger takes its time."""
    asker.must(Act.SEE_LEDGER)
    against = form.text("against")
    path = installation.settings.database.path(installation.folder)
    begun = time.monotonic()
    page = _verify_page(publish_checkpoint(installation))
    told: dict[str, object] = {"against": against}
    try:
        kept = f"{against}\n" if against else None
        told |= {"verified": verify(path, against=kept, key=str(installation.ledger.key))}
    except Tampered as error:
        told |= {"failure": error.message, "why": error.why, "remedy": error.remedy, "place": str(error.place or "")}
    except BadInput as error:
        form.fault("against", error)
        told |= {"problems": form.problems}
    values = vars(page) | told | {"seconds": time.monotonic() - begun}
    return show(request, "ledger/verify.html", VerifyPage(**values))


@router.get("/ledger/who")
def who_form(
    request: Request, installation: Here, asker: Signed, about: str = "", dataset: str = "", agreement: str = ""
) -> Response:
    """Show the form for a report of who used data and why."""
    asker.must(Act.SEE_WHO)
    with installation.reading() as connection:
        page = _who_page(connection, installation, Filled(), about=about, dataset=dataset, agreement=agreement)
    return show(request, "ledger/who.html", page)


@router.post("/ledger/who")
def who(request: Request, installation: Here, asker: Signed, form: FilledForm) -> Response:
    """Record that a report is made and why, and show it."""
    asker.must(Act.SEE_WHO)
    scope = _scope(form)
    reason = form.required("reason", "Say why the report is needed.", longest=LONGEST_REASON)
    if scope is not None and not form.problems:
        try:
            made = make_report(installation, scope, reason, by=asker.person.email)
            return go(f"/ledger/who/{made.entry}")
        except (NotFound, BadInput) as error:
            form.fault(scope.about.value, error)
    with installation.reading() as connection:
        page = _who_page(connection, installation, form)
    return show(request, "ledger/who.html", page)


@router.get("/ledger/who/{index:int}")
def who_report(request: Request, installation: Here, asker: Signed, index: int) -> Response:
    """Show a report that this officer made, as it was then."""
    made = _own_report(installation, asker, index)
    until = made.scope.until - timedelta(days=1) if made.scope.until else None
    page = ReportPage(
        title="Who used data, and why",
        seen_by="you, who gave the reason for it",
        entry=made.entry,
        back=("/ledger", "Ledger"),
        report=made,
        subject=subject_in_words(made.scope),
        until=until,
    )
    return show(request, "ledger/report.html", page)


@router.get("/ledger/who/{index:int}.csv")
def who_csv(installation: Here, asker: Signed, index: int) -> Response:
    """Hand out a report as CSV."""
    made = _own_report(installation, asker, index)
    headers = {"Content-Disposition": f'attachment; filename="report-{made.entry}.csv"'}
    return Response(to_csv(made), media_type="text/csv; charset=utf-8", headers=headers)


def subject_in_words(scope: Scope) -> str:
    """Return what a report is about, in words."""
    return {
        About.DATASET: f"the dataset {scope.named}",
        About.AGREEMENT: f"the agreement {scope.named}",
        About.ENTITY: f"every dataset with records about a {scope.named}",
        About.ASKER: f"what {scope.named} asked",
    }[scope.about]


def _own_report(installation: Here, asker: Asker, index: int) -> Report:
    asker.must(Act.SEE_WHO)
    return report(installation, index, by=asker.person.email)


def _verify_page(checkpoint: str) -> VerifyPage:
    return VerifyPage(
        title="Verify the ledger",
        seen_by="officers, heads of service and administrators",
        back=("/ledger", "Ledger"),
        checkpoint=checkpoint,
    )


def _scope(form: Filled) -> Scope | None:
    """Return what a report is to be about; None with the problem noted."""
    try:
        about = About(form.text("about"))
    except ValueError:
        form.problems["about"] = "Choose what the report is about."
        return None
    named = form.required(about.value, "Say which one.", longest=400)
    since, until = _day(form, "since"), _day(form, "until")
    return Scope(about, named, since, until + timedelta(days=1) if until is not None else None)


def _day(form: Filled, name: str) -> datetime | None:
    text = form.text(name)
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
    except ValueError:
        form.problems[name] = "Write the day as 2026-11-24."
        return None


def _who_page(
    connection: Connection,
    installation: Here,
    form: Filled,
    *,
    about: str = "",
    dataset: str = "",
    agreement: str = "",
) -> WhoPage:
    references = tuple(key.reference for key in catalogue.keys(connection))
    stand = all_that_stand(installation, connection)
    entities = {entity.kind for each in catalogue.datasets(connection) for entity in each.contract.entities}
    chosen = form.text("about") or about or ("dataset" if dataset else "agreement" if agreement else "")
    return WhoPage(
        title="Who used data, and why",
        seen_by=OFFICERS,
        back=("/ledger", "Ledger"),
        problems=form.problems,
        about=chosen if chosen in list(About) else "",
        dataset=form.text("dataset") or dataset,
        agreement=form.text("agreement") or agreement,
        entity=form.text("entity"),
        asker=form.text("asker"),
        since=form.text("since"),
        until=form.text("until"),
        reason=form.text("reason"),
        datasets=references,
        agreements=tuple((each.agreement.id, each.agreement.title) for each in stand),
        entities=tuple(sorted(entities)),
    )
