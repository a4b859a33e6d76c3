"""After the checkers: taking a request back, answering their questions, fetching what is released, and what time ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from commonweal.agreement.retention import end_of
from commonweal.agreement.standing import Standing
from commonweal.agreement.state import State as AgreementState
from commonweal.agreement.store import agreement as stored_agreement
from commonweal.agreement.store import current
from commonweal.errors import NotFound
from commonweal.gateway.answer import Answer
from commonweal.gateway.output_checking import store
from commonweal.gateway.output_checking.content import Content, content_of
from commonweal.gateway.output_checking.desk import Case, Desk, case_of, must_be_in_force, must_be_possible
from commonweal.gateway.output_checking.entries import record
from commonweal.gateway.output_checking.request import Kind, Request, Wanted
from commonweal.gateway.output_checking.requesting import checked_reason
from commonweal.gateway.output_checking.sealing import Sealed
from commonweal.gateway.output_checking.showing import Shown, about
from commonweal.gateway.output_checking.state import FINAL, WAITING_DAYS, Act, State
from commonweal.ledger.keyed import full_texts
from commonweal.ledger.receipt import Receipt

CHECKED = "Released after output checking: {what}."
_WHAT = {
    Wanted.EXACT: "the figures are exact and none is withheld",
    Wanted.UNSUPPRESSED: "nothing is withheld; counts are rounded as the agreement says",
}


@dataclass(frozen=True)
class ReleasedFile:
    """A file that checkers released: its name, bytes, their SHA-256 (hex), and the receipt of fetching it."""

    name: str
    content: bytes
    sha256: str
    agreement: str
    receipt: Receipt


def withdraw(desk: Desk, number: int) -> Shown:
    """Take one's own request back; what was computed for it is deleted."""
    with desk.around.transaction() as c:
        case = case_of(c, desk, number)
        must_be_possible(case, Act.WITHDRAW)
        store.change(c, number, case.now, state=State.WITHDRAWN)
        record(c, desk, "withdrawn", case.request, case.person.email)
        said = about(c, case_of(c, desk, number))
    desk.vault.delete(case.request.sealed)
    return Shown(said)


def resubmit(desk: Desk, number: int, reason: str) -> Shown:
    """Answer the checkers' questions on one's own request; all check anew, and figures are computed anew."""
    words = checked_reason(reason)
    with desk.around.transaction() as c:
        case = case_of(c, desk, number)
        must_be_possible(case, Act.RESUBMIT)
        must_be_in_force(c, desk, case)
        request = case.request
        digest = desk.around.ledger.text(c, words)
        changes = {"state": State.REQUESTED, "round": request.round + 1, "reason": digest, "note": ""}
        if request.kind is not Kind.FILE:
            changes |= {"sealed": "", "seal": ""}
        store.change(c, number, case.now, **changes)
        after = case_of(c, desk, number)
        record(c, desk, "resubmitted", after.request, case.person.email, reason=digest)
        said = about(c, after)
    if request.kind is not Kind.FILE:
        desk.vault.delete(request.sealed)
    return Shown(said)


def fetch(desk: Desk, number: int) -> Answer | ReleasedFile:
    """Return what was released, to its requester or a person of the agreement; recorded before it is handed over.

    Raises:
        NotFound: when no such request concerns this person.
        Conflict: when it is not released.
        NotAllowed: for a checker, and when the agreement is not in force.
    """
    with desk.around.reading() as c:
        case = case_of(c, desk, number)
        must_be_possible(case, Act.FETCH)
        must_be_in_force(c, desk, case)
        sql = full_texts(c, [case.request.question]).get(case.request.question, "")
    content = content_of(desk.vault.get(Sealed(case.request.sealed, case.request.seal)))
    with desk.around.transaction() as c:  # one with the look at the agreement: nobody can suspend it in between
        case = case_of(c, desk, number)
        must_be_possible(case, Act.FETCH)
        must_be_in_force(c, desk, case)
        entry = record(c, desk, "fetched", case.request, case.person.email, seal=case.request.seal)
        receipt = desk.around.ledger.receipt(c, entry.index)
    return _handed_over(case, content, sql, receipt)


def _handed_over(case: Case, content: Content, sql: str, receipt: Receipt) -> Answer | ReleasedFile:
    request = case.request
    if request.kind is Kind.FILE:
        about_file = content.beside["file"]
        return ReleasedFile(request.file_name, content.body, about_file["sha256"], request.reference, receipt)
    what = "rows about single people, with tokens" if request.kind is Kind.ROWS else _WHAT[request.wanted]
    notes = (CHECKED.format(what=what), *content.beside.get("notes", ()))
    return Answer(content.as_table(), (), notes, sql, request.reference, request.datasets, receipt)


def sweep(desk: Desk) -> None:
    """End every request whose time is over, record it, and delete what was sealed for those that have ended."""
    with desk.around.reading() as c:
        if not any(_over(c, desk, request) for request in _living(c)):
            _clear(c, desk)
            return
    with desk.around.transaction() as c:
        now = desk.around.ledger.now(c)
        for request in _living(c):
            because = _over(c, desk, request)
            if because:
                store.change(c, request.number, now, state=State.EXPIRED)
                record(c, desk, "expired", request, None, because=because)
    with desk.around.reading() as c:
        _clear(c, desk)


def _living(c: Connection) -> tuple[Request, ...]:
    return store.requests(c, *(state for state in State if state not in FINAL))


def _clear(c: Connection, desk: Desk) -> None:
    everything = store.requests(c)
    over = {request.sealed for request in everything if request.state in FINAL}
    desk.vault.clear({request.sealed for request in everything} - over, over)


def _over(c: Connection, desk: Desk, request: Request) -> str:
    """Return why a request's time is over, or nothing."""
    now = desk.around.ledger.now(c)
    try:
        counting = current(c, request.agreement, now, public_keys=desk.around.public_keys())
    except NotFound:
        return "unknown-agreement"
    if counting.agreement.content_hash != request.content_hash or _has_ended(counting.standing):
        return "agreement-over"
    if request.state is State.RELEASED:
        retention = stored_agreement(c, request.agreement, request.version).retention
        return "retention-over" if now >= end_of(retention.results, request.changed_at) else ""
    return "waited-too-long" if now >= request.changed_at + timedelta(days=WAITING_DAYS) else ""


def _has_ended(standing: Standing) -> bool:
    return standing.state in {AgreementState.ENDED, AgreementState.SUPERSEDED}
