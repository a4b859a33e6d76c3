"""Outputs that the rules do not let through: those that concern somebody, asking for one, where it stands, fetching it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import Request
from starlette.responses import Response

from commonweal.agreement.document import Agreement
from commonweal.errors import BadInput, CommonwealError, NotAllowed
from commonweal.gateway.output_checking.checkers import clause_of
from commonweal.gateway.output_checking.releasing import ReleasedFile
from commonweal.gateway.output_checking.request import Wanted
from commonweal.gateway.output_checking.requesting import LONGEST_REASON
from commonweal.gateway.output_checking.showing import Shown
from commonweal.gateway.output_checking.state import OPEN, Act, Doer, State, may
from commonweal.gateway.own_question import own_question
from commonweal.installation import Installation
from commonweal.installation.involvement import all_that_stand
from commonweal.ledger.reading import entry as recorded_entry
from commonweal.web.asker import Asker, Here, Signed
from commonweal.web.formats import CSV
from commonweal.web.forms import Filled, FilledForm, page_router
from commonweal.web.page import Page, go, show

router = page_router()

COLOURS: Mapping[State, str] = {
    State.REQUESTED: "govuk-tag--blue",
    State.IN_REVIEW: "govuk-tag--blue",
    State.PARTLY_CHECKED: "govuk-tag--blue",
    State.DISAGREED: "govuk-tag--yellow",
    State.RETURNED: "govuk-tag--yellow",
    State.RELEASED: "govuk-tag--green",
    State.REJECTED: "govuk-tag--red",
    State.WITHDRAWN: "govuk-tag--grey",
    State.EXPIRED: "govuk-tag--grey",
}

LARGEST = 2**31 - 1


@dataclass(frozen=True)
class Line:
    """An output as a line of a list."""

    number: int
    what: str
    agreement: str
    state: str
    colour: str
    meaning: str
    asked_on: str


@dataclass(frozen=True, kw_only=True)
class OutputsPage(Page):
    """The outputs to check, one's own, and others that were released under one's agreements."""

    to_check: tuple[Line, ...]
    own: tuple[Line, ...]
    others: tuple[Line, ...]
    may_ask: bool


@dataclass(frozen=True)
class AgreementChoice:
    """An agreement under which checkers release outputs."""

    id: str
    title: str


@dataclass(frozen=True, kw_only=True)
class NewOutputPage(Page):
    """The form: the question that it is about, or its fields; why it is needed, and how exact."""

    asked: int | None
    sql: str
    agreement: str
    agreements: tuple[AgreementChoice, ...]
    reason: str
    exact: bool
    longest: int = LONGEST_REASON


@dataclass(frozen=True)
class Step:
    """A step of the way of an output: its place is done, now, or to come."""

    title: str
    words: str
    place: str


@dataclass(frozen=True, kw_only=True)
class OutputPage(Page):
    """Where an output stands, as whoever looks may know it; never what is in it."""

    number: int
    what: str
    agreement: str
    agreement_id: str
    state: str
    colour: str
    meaning: str
    steps: tuple[Step, ...]
    round: int
    reason: str
    question: str
    datasets: tuple[str, ...]
    file: str
    requester: str
    decisions: tuple[Mapping[str, str], ...]
    remarks: tuple[str, ...]
    can_check: bool
    can_fetch: bool
    can_resubmit: bool
    can_withdraw: bool
    typed: str
    longest: int = LONGEST_REASON


@router.get("/outputs")
def outputs(request: Request, installation: Here, asker: Signed) -> Response:
    """Show the outputs that concern somebody."""
    to_check, own, others = [], [], []
    for each in asker.output_checking(installation).list():
        parts = parts_of(each)
        if Doer.REQUESTER in parts:
            own.append(_line(each))
        elif Doer.CHECKER in parts and each.state in OPEN:
            to_check.append(_line(each))
        else:
            others.append(_line(each))
    page = OutputsPage(
        title="Output checking",
        seen_by="you: what you asked for, what you may check, and what was released under your agreements",
        to_check=tuple(to_check),
        own=tuple(own),
        others=tuple(others),
        may_ask=bool(_agreements(installation, asker)),
    )
    return show(request, "outputs/list.html", page)


@router.get("/outputs/new")
def new_output(request: Request, installation: Here, asker: Signed, entry: str = "") -> Response:
    """Show the form, filled in from a question that was asked before."""
    asked = int(entry) if entry.isdecimal() and len(entry) < 16 else None
    return show(request, "outputs/new.html", _new_page(installation, asker, asked, Filled()))


@router.post("/outputs/new")
def ask_for(request: Request, installation: Here, asker: Signed, form: FilledForm) -> Response:
    """Ask for an output; nothing is computed."""
    entry = form.text("entry")
    asked = int(entry) if entry.isdecimal() and len(entry) < 16 else None
    page = _new_page(installation, asker, asked, form)
    reason = form.required("reason", "Say why it is needed, and why it is safe.", longest=LONGEST_REASON)
    upload = form.file("file")
    sql = form.text("sql") or None if asked is None else None
    agreement = page.agreement if asked is not None else form.text("agreement")
    if not agreement:
        form.problems["agreement"] = "Choose the agreement."
    if asked is None and (sql is None) == (upload is None):
        form.problems["sql"] = "Write the question, or choose a file: one of the two."
    if not form.problems:
        wanted = Wanted.EXACT if form.text("wanted") == "exact" else Wanted.UNSUPPRESSED
        desk = asker.output_checking(installation)
        try:
            if upload is None:
                made = desk.request(reason, agreement=agreement, sql=sql, entry=asked, wanted=wanted)
            else:
                with tempfile.TemporaryDirectory(prefix="commonweal-") as folder:
                    path = Path(folder) / (Path(upload.filename or "").name or "file")
                    path.write_bytes(upload.file.read())
                    made = desk.request(reason, agreement=agreement, file=path)
            return go(f"/outputs/{made.number}", done="output-requested")
        except BadInput as error:
            form.fault("reason" if "reason" in error.message else "file" if upload else "sql", error)
    return show(request, "outputs/new.html", _new_page(installation, asker, asked, form))


@router.get("/outputs/{number}")
def one(request: Request, installation: Here, asker: Signed, number: int) -> Response:
    """Show where an output stands."""
    return _show(request, installation, asker, number, Filled())


@router.post("/outputs/{number}/resubmit")
def resubmit(request: Request, installation: Here, asker: Signed, number: int, form: FilledForm) -> Response:
    """Answer the checkers' questions."""
    reason = form.required("reason", "Answer what the checkers ask.", longest=LONGEST_REASON)
    if not form.problems:
        try:
            asker.output_checking(installation).resubmit(known(number), reason)
            return go(f"/outputs/{number}", done="output-resubmitted")
        except BadInput as error:
            form.fault("reason", error)
    return _show(request, installation, asker, number, form)


@router.post("/outputs/{number}/withdraw")
def withdraw(installation: Here, asker: Signed, number: int) -> Response:
    """Take an output back."""
    asker.output_checking(installation).withdraw(known(number))
    return go(f"/outputs/{number}", done="output-withdrawn")


@router.post("/outputs/{number}/fetch")
def fetch(installation: Here, asker: Signed, number: int) -> Response:
    """Give what was released, as a file; that is recorded."""
    released = asker.output_checking(installation).fetch(known(number))
    if isinstance(released, ReleasedFile):
        return attachment(released.name, released.content, "application/octet-stream")
    return attachment(f"output-{number}.csv", CSV.write(released), CSV.media_type)


def attachment(name: str, content: bytes, media_type: str) -> Response:
    """Return bytes that a browser keeps as a file and never shows."""
    headers = {
        "Content-Disposition": f"attachment; filename*=utf-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=media_type, headers=headers)


def known(number: int) -> int:
    """Return a number that a database can hold; what is larger is no output's."""
    return number if 0 < number <= LARGEST else 0


def parts_of(found: Shown) -> frozenset[Doer]:
    """Return what the reader is to an output."""
    return frozenset(Doer(each) for each in found.about["you_are"])


def what_is(about: Mapping[str, Any]) -> str:
    """Return in words what is asked for."""
    if about["kind"] == "file":
        return f"The file {about['file']}"
    if about["kind"] == "rows":
        return "Rows about single people, with tokens"
    return "Exact figures" if about["wanted"] == Wanted.EXACT.value else "Figures with nothing withheld"


def _line(found: Shown) -> Line:
    about = found.about
    return Line(
        found.number,
        what_is(about),
        about["agreement"],
        found.state.value,
        COLOURS[found.state],
        "",
        about["requested_at"],
    )


def steps(state: State, number_of_checkers: str = "two") -> tuple[Step, ...]:
    """Return the way of an output with where it stands on it. It tells no more than the state does."""
    ends = {
        State.RELEASED: ("Released", "It can be fetched while the agreement is in force."),
        State.REJECTED: ("Rejected", "The reasons are below."),
        State.RETURNED: ("Sent back", "Answer what the checkers ask, below."),
        State.WITHDRAWN: ("Taken back", ""),
        State.EXPIRED: ("Expired", "What was kept for it is deleted."),
    }
    title, words = ends.get(state, ("Released, or not", ""))
    checked = "to come" if state is State.REQUESTED else "now" if state in OPEN else "done"
    people = f"At least {number_of_checkers} people look at it and decide, each without knowing what others decided."
    return (
        Step("Asked for", "Nothing is computed before a checker looks.", "now" if state is State.REQUESTED else "done"),
        Step("Checked", people, checked),
        Step(title, words, "to come" if state in OPEN else "now"),
    )


def _show(request: Request, installation: Installation, asker: Asker, number: int, form: Filled) -> Response:
    found = asker.output_checking(installation).standing(known(number))
    about, state, parts = found.about, found.state, parts_of(found)

    def can(act: Act) -> bool:
        return any(may(state, act, part) for part in parts)

    page = OutputPage(
        title=f"Output {number}",
        seen_by="who asked for it, those who may check it and, once released, the people of the agreement",
        back=("/outputs", "Output checking"),
        problems=form.problems,
        number=number,
        what=what_is(about),
        agreement=about["agreement"],
        agreement_id=about["agreement"].partition("@")[0],
        state=state.value,
        colour=COLOURS[state],
        meaning=about["meaning"],
        steps=steps(state),
        round=about["round"],
        reason=about["reason"],
        question=about["question"],
        datasets=tuple(about["datasets"]),
        file=about["file"],
        requester=about.get("requester", ""),
        decisions=tuple(about.get("decisions", ())),
        remarks=tuple(about.get("remarks", ())),
        can_check=can(Act.VIEW),
        can_fetch=can(Act.FETCH),
        can_resubmit=can(Act.RESUBMIT),
        can_withdraw=can(Act.WITHDRAW),
        typed=form.text("reason"),
    )
    return show(request, "outputs/output.html", page)


def _new_page(installation: Installation, asker: Asker, asked: int | None, form: Filled) -> NewOutputPage:
    agreements = _agreements(installation, asker)
    sql, agreement = form.text("sql"), form.text("agreement")
    if asked is not None:
        with installation.reading() as connection:
            agreement = _agreement_of(installation, asked)
            sql = own_question(connection, installation.ledger, asker.person.email, agreement, asked)
        if agreement not in {each.id for each in agreements}:
            raise NotAllowed(
                "Nobody can release this output.",
                why="The agreement is not in force, does not name you, or lets nobody release what its rules withhold.",
                remedy="Ask for a new version of the agreement with output checking.",
            )
    return NewOutputPage(
        title="Ask for an output",
        seen_by="you",
        back=("/outputs", "Output checking"),
        problems=form.problems,
        asked=asked,
        sql=sql,
        agreement=agreement,
        agreements=tuple(AgreementChoice(each.id, each.title) for each in agreements),
        reason=form.text("reason"),
        exact=form.text("wanted") == "exact",
    )


def _agreement_of(installation: Installation, index: int) -> str:
    """Return the agreement of an entry, or nothing; whose question it is, `own_question` sees to."""
    with installation.reading() as connection:
        try:
            body = recorded_entry(connection, index).body
            asked = body.get("asked")
            body = recorded_entry(connection, asked).body if isinstance(asked, int) else body
        except CommonwealError:
            return ""
    return str(body.get("agreement", "")).partition("@")[0]


def _agreements(installation: Installation, asker: Asker) -> tuple[Agreement, ...]:
    """Return the agreements in force that name somebody and let checkers release outputs."""
    with installation.reading() as connection:
        stand = all_that_stand(installation, connection)
    return tuple(
        each.agreement
        for each in stand
        if each.standing.in_force and each.names(asker.person) and clause_of(each.agreement) is not None
    )
