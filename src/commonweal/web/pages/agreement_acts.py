"""What a party does to an agreement: has its risk assessed, signs it, suspends, resumes, withdraws, ends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request
from sqlalchemy import Connection
from starlette.responses import Response

from commonweal.agreement import store
from commonweal.agreement.comparing import Difference, compare, summary
from commonweal.agreement.document import Agreement
from commonweal.agreement.fields import Enforcement
from commonweal.agreement.showing import purpose_paragraph
from commonweal.agreement.signing import Promise, promises, what_changes
from commonweal.agreement.state import Act as Move
from commonweal.agreement.term import day_of
from commonweal.errors import Conflict
from commonweal.identity.permission import Act
from commonweal.installation import Installation, agreeing
from commonweal.installation.agreed import Seen, about, titles
from commonweal.risk import store as assessments
from commonweal.risk.showing import in_short
from commonweal.risk.store import Kept
from commonweal.web.agreed import looked_at, must_do
from commonweal.web.agreement_view import LEVEL_COLOURS
from commonweal.web.asker import Asker, Here, Signed
from commonweal.web.forms import Filled, FilledForm, page_router
from commonweal.web.page import Page, go, show
from commonweal.web.step_up import must_be_fresh

router = page_router()


@dataclass(frozen=True, kw_only=True)
class SignPage(Page):
    """What a signature stands for, and the signature."""

    document: Agreement
    organisation: str
    purpose: str
    changes: tuple[str, ...]
    enforced: tuple[Promise, ...]
    partly: tuple[Promise, ...]
    recorded: tuple[Promise, ...]
    differences: tuple[Difference, ...]
    differences_in_short: str
    counting: int | None
    risk: Kept | None
    risk_in_short: str
    level_colours: Mapping[str, str]
    signed: bool
    has_signed: tuple[str, ...]
    names: Mapping[str, str]


@dataclass(frozen=True)
class Stop:
    """Words for an act other than signing: the title, what follows, and the button."""

    title: str
    follows: str
    button: str


STOPS: Mapping[Move, Stop] = {
    Move.SUSPEND: Stop(
        "Suspend this agreement",
        "Every answer under it stops within a second, even one that is being worked out. Only your organisation can "
        "resume what it has suspended.",
        "Suspend it now",
    ),
    Move.RESUME: Stop(
        "Resume this agreement",
        "Your organisation's suspension is lifted. Questions are answered again if nothing else stands in the way.",
        "Resume it",
    ),
    Move.WITHDRAW: Stop(
        "Withdraw from this agreement",
        "Every answer under it stops, for good: the others can only go on with a new version without your "
        "organisation, and without its data.",
        "Withdraw",
    ),
    Move.END: Stop(
        "End this agreement",
        "Every answer under it stops, for everyone and for good. Only a new version, signed by all, can follow.",
        "End it for good",
    ),
}


@dataclass(frozen=True, kw_only=True)
class StopPage(Page):
    """A reason, and the button."""

    identifier: str
    document: Agreement
    move: Move
    stop: Stop
    reason: str


@router.get("/agreements/{identifier}/sign")
def sign_page(request: Request, installation: Here, asker: Signed, identifier: str) -> Response:
    """Show what the latest version would bind the person's organisation to."""
    return _sign_page(request, installation, asker, identifier, Filled())


@router.post("/agreements/{identifier}/sign")
def sign(request: Request, installation: Here, asker: Signed, identifier: str, form: FilledForm) -> Response:
    """Sign exactly what was shown; `Conflict` when another version, or nothing that was assessed, is there now."""
    with installation.reading() as connection:
        document = _latest(installation, connection, asker, identifier).agreement
        kept = assessments.latest(connection, document)
        now = installation.ledger.now(connection)
    must_be_fresh(asker, now)
    if form.text("read") != "yes":
        form.problems["read"] = "Say that you have read what your organisation signs."
        return _sign_page(request, installation, asker, identifier, form)
    if kept is None:
        raise Conflict(
            f"{document.reference} has not been assessed, so nothing was signed.",
            why="The risk is shown before a signature, always.",
            remedy="Have it assessed first, then read the page again.",
        )
    agreeing.sign(
        installation, identifier, asker.person.organisation, by=asker.person.email, expected=form.text("expected")
    )
    return go(f"/agreements/{identifier}?version={document.version}", done="agreement-signed")


@router.post("/agreements/{identifier}/assessment")
def assess(installation: Here, asker: Signed, identifier: str) -> Response:
    """Have the latest version assessed, and look at signing it."""
    with installation.reading() as connection:
        found = looked_at(installation, connection, asker, identifier)
        must_do(asker, Act.PROPOSE_AGREEMENT, found, connection)
    agreeing.assess_latest(installation, identifier, by=asker.person.email)
    return go(f"/agreements/{identifier}/sign", done="agreement-assessed")


def _add_routes(move: Move) -> None:
    """Add the page and the act of one way to stop or resume; each has its address, so that others can stand beside."""

    def page(request: Request, installation: Here, asker: Signed, identifier: str) -> Response:
        return _stop_page(request, installation, asker, identifier, move, Filled())

    def act(request: Request, installation: Here, asker: Signed, identifier: str, form: FilledForm) -> Response:
        return _stop(request, installation, asker, identifier, move, form)

    path = f"/agreements/{{identifier}}/{move.value}"
    router.add_api_route(path, page, methods=["GET"], name=f"{move.value}_page")
    router.add_api_route(path, act, methods=["POST"], name=move.value)


for _move in STOPS:
    _add_routes(_move)


def _stop(
    request: Request, installation: Installation, asker: Asker, identifier: str, move: Move, form: Filled
) -> Response:
    with installation.reading() as connection:
        found = looked_at(installation, connection, asker, identifier)
        must_do(asker, Act.STOP_AGREEMENT, found, connection)
    reason = form.required("reason", "Give the reason; the parties and those who are stopped will read it.")
    if form.problems:
        return _stop_page(request, installation, asker, identifier, move, form)
    agreeing.happen(installation, move, identifier, asker.person.organisation, reason, by=asker.person.email)
    return go(f"/agreements/{identifier}", done=f"agreement-{move.value}")


def _stop_page(
    request: Request, installation: Installation, asker: Asker, identifier: str, move: Move, form: Filled
) -> Response:
    with installation.reading() as connection:
        found = looked_at(installation, connection, asker, identifier)
        must_do(asker, Act.STOP_AGREEMENT, found, connection)
    page = StopPage(
        title=STOPS[move].title,
        seen_by="officers of its parties",
        back=(f"/agreements/{identifier}", found.agreement.title),
        problems=form.problems,
        identifier=identifier,
        document=found.agreement,
        move=move,
        stop=STOPS[move],
        reason=form.text("reason"),
    )
    return show(request, "agreements/stop.html", page)


def _latest(installation: Installation, connection: Connection, asker: Asker, identifier: str) -> Seen:
    """Return the latest version for who may sign it."""
    known = looked_at(installation, connection, asker, identifier)
    found = looked_at(installation, connection, asker, identifier, known.latest)
    asker.must(Act.SIGN_AGREEMENT, about(found.agreement))
    return found


def _sign_page(request: Request, installation: Installation, asker: Asker, identifier: str, form: Filled) -> Response:
    organisation = asker.person.organisation
    with installation.reading() as connection:
        found = _latest(installation, connection, asker, identifier)
        document = found.agreement
        has_signed = tuple(s.organisation for s in store.signatures(connection, document.id, document.version))
        kept = assessments.latest(connection, document)
        today = day_of(installation.ledger.now(connection))
        names = titles(connection)
    before = next((each for each in found.versions if each.version == found.counting != document.version), None)
    counting = found.counting if found.counting != document.version else None
    differences = compare(before, document) if before else ()
    page = SignPage(
        title="Sign this agreement",
        seen_by="officers of its parties",
        back=(f"/agreements/{identifier}?version={document.version}", "Agreement"),
        problems=form.problems,
        document=document,
        organisation=organisation,
        purpose=purpose_paragraph(document),
        changes=what_changes(document, organisation, has_signed, today, counting),
        enforced=promises(document, Enforcement.ENFORCED),
        partly=promises(document, Enforcement.PARTLY),
        recorded=promises(document, Enforcement.RECORDED),
        differences=differences,
        differences_in_short=summary(differences),
        counting=counting,
        risk=kept,
        risk_in_short=in_short(kept.result) if kept else "",
        level_colours=LEVEL_COLOURS,
        signed=organisation in has_signed,
        has_signed=has_signed,
        names=names,
    )
    return show(request, "agreements/sign.html", page)
