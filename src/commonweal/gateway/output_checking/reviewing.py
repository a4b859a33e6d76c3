"""Looking at an output and deciding on it: the checkers' acts. Each act and its state change commit together."""

from __future__ import annotations

import secrets
from dataclasses import replace

from sqlalchemy import Connection

from commonweal.catalogue.store import datasets as stored_datasets
from commonweal.errors import CommonwealError, Conflict, NotAllowed
from commonweal.gateway.ask import Admitted, Intended, snapshots
from commonweal.gateway.output_checking import store
from commonweal.gateway.output_checking.checkers import clause_of
from commonweal.gateway.output_checking.content import Content, content_of
from commonweal.gateway.output_checking.desk import Case, Desk, case_of, must_be_in_force, must_be_possible
from commonweal.gateway.output_checking.entries import commitment, opened, record
from commonweal.gateway.output_checking.figures import exception_figures
from commonweal.gateway.output_checking.outcome import needs_another_organisation, outcome
from commonweal.gateway.output_checking.records import record_rows
from commonweal.gateway.output_checking.request import Decision, Kind, Request, Verdict
from commonweal.gateway.output_checking.requesting import checked_reason, permitted_but_for_rules
from commonweal.gateway.output_checking.sealing import Sealed
from commonweal.gateway.output_checking.showing import Shown, about
from commonweal.gateway.output_checking.state import OPEN, Act, State, leads
from commonweal.gateway.output_checking.telling import must_tell_no_figure
from commonweal.gateway.question import Question
from commonweal.ledger.entry import Entry
from commonweal.ledger.keyed import full_texts


def look(desk: Desk, number: int) -> Shown:
    """Return the output with everything that helps to judge it; the look is recorded before anything is computed.

    The first look computes the figures and seals them; later looks, and the release, are of exactly those.

    Raises:
        NotFound: when no such request concerns this person.
        Refused: when the contracts have changed so that the question is not permitted any more.
    """
    with desk.around.transaction() as c:
        case = case_of(c, desk, number)
        must_be_possible(case, Act.VIEW)
        must_be_in_force(c, desk, case)
        entry = record(c, desk, "viewed", case.request, case.person.email, seal=case.request.seal)
        if case.request.state is State.REQUESTED:
            store.change(c, number, case.now, state=State.IN_REVIEW)
        store.note_look(c, case.request, case.person.email, case.now)
    if not case.request.seal:
        _compute(desk, case, entry)
    with desk.around.reading() as c:
        case = case_of(c, desk, number)
        said = about(c, case)
    return Shown(said, _content(desk, case.request))


def _content(desk: Desk, request: Request) -> Content:
    if not request.seal:
        raise Conflict(
            f"Output {request.number} was settled or taken back meanwhile.",
            why="There is nothing to look at any more.",
            remedy=f"See where it stands: commonweal output show {request.number}",
        )
    return content_of(desk.vault.get(Sealed(request.sealed, request.seal)))


def _compute(desk: Desk, case: Case, entry: Entry) -> None:
    """Compute what is asked for, seal it, and note that this checker looks at it; of two at once, the first stays."""
    request = case.request
    try:
        intended = Intended(permitted_but_for_rules(_admitted(desk, case), desk.around), entry)
        content = (
            record_rows(intended, desk.around)
            if request.kind is Kind.ROWS
            else exception_figures(intended, request.wanted, desk.around)
        )
        sealed = desk.vault.put(content.as_bytes())
    except BaseException as error:
        kind = error.code if isinstance(error, CommonwealError) else "interrupted-or-unexpected"
        with desk.around.transaction() as c:
            record(c, desk, "failed", request, case.person.email, viewed=entry.index, error=kind)
        raise
    with desk.around.transaction() as c:
        now = desk.around.ledger.now(c)
        present = store.request_of(c, request.number)
        assert present is not None, "requests are never deleted"
        wanted = present.state in OPEN and present.round == request.round and not present.seal
        if wanted:
            read = tuple(snapshots(intended.permitted))
            store.change(c, request.number, now, sealed=sealed.name, seal=sealed.seal, datasets=read)
            present = replace(present, sealed=sealed.name, seal=sealed.seal, datasets=read)
            record(c, desk, "prepared", present, None, seal=sealed.seal, datasets=list(read))
        if present.state in OPEN and present.round == request.round:
            store.note_look(c, present, case.person.email, now)
    if not wanted:
        desk.vault.delete(sealed.name)


def _admitted(desk: Desk, case: Case) -> Admitted:
    """Return the request's question as one under the agreement, for computing; who asks was admitted when it was asked."""
    with desk.around.reading() as c:
        text = full_texts(c, [case.request.question]).get(case.request.question)
        datasets = {dataset.reference: dataset for dataset in stored_datasets(c)}
    if text is None:
        raise Conflict(
            "The text of this question was erased.",
            why="What cannot be read cannot be computed.",
            remedy="Send it back: commonweal output decide N --ask --reason ...",
        )
    return Admitted(Question(text, case.request.agreement, case.request.requester), case.agreement, datasets)


def decide(desk: Desk, number: int, verdict: Verdict, reason: str) -> Shown:
    """Give this person's decision, and settle the request when all needed ones are in.

    Raises:
        NotAllowed: for the requester, for a second colleague of the requester where another organisation is needed, and
            when the agreement is not in force.
        Conflict: in the wrong state, for a second decision, and for an approval of what was not looked at.
        BadInput: without a reason, or when it tells a figure.
    """
    words = checked_reason(reason)
    with desk.around.reading() as c:
        case = case_of(c, desk, number)
    if case.request.seal and case.request.kind is Kind.EXCEPTION and case.request.state in OPEN:
        must_be_possible(case, Act.VIEW)  # before anything is unsealed for somebody
        must_tell_no_figure(words, _content(desk, case.request).beside)
    with desk.around.transaction() as c:
        case = case_of(c, desk, number)
        earlier = store.decisions(c, case.request)
        own = any(each.checker == case.person.email for each in earlier)
        if case.request.state is State.DISAGREED and own and verdict is Verdict.ASK:
            _send_back(c, desk, case, earlier, words)
        else:
            _decide(c, desk, case, earlier, verdict, words)
        after = case_of(c, desk, number)
        said = about(c, after)
    if after.request.state is State.REJECTED:
        desk.vault.delete(after.request.sealed)
    return Shown(said)


def _decide(c: Connection, desk: Desk, case: Case, earlier: tuple[Decision, ...], verdict: Verdict, words: str) -> None:
    request, person = case.request, case.person
    must_be_possible(case, Act.DECIDE)
    must_be_in_force(c, desk, case)
    clause = clause_of(case.agreement)
    assert clause is not None, "without the clause nobody is a checker"
    if any(each.checker == person.email for each in earlier):
        raise Conflict(
            f"You have decided on output {request.number} already.",
            why="One person is one decision; it stands.",
            remedy="When all are in and they disagree, you may send it back: --ask",
        )
    if not store.looked_at(c, request, person.email, sealed=verdict is Verdict.APPROVE):
        raise Conflict(
            f"You have not looked at output {request.number} as it is now.",
            why="Nobody decides on what they have not seen.",
            remedy=f"Look at it first: commonweal output show {request.number}",
        )
    if person.organisation == request.organisation and needs_another_organisation(
        earlier, clause.least, request.organisation
    ):
        raise NotAllowed(
            "The decision that is missing must come from another organisation than the requester's.",
            why="At least one checker is no colleague of who asks.",
            remedy="Ask a checker of another party.",
        )
    digest = desk.around.ledger.hashed(words, "text")
    decision = Decision(
        request.number, request.round, person.email, person.organisation, verdict, secrets.token_hex(16), digest, words
    )
    store.add_decision(c, decision, case.now)
    seal = request.seal
    record(c, desk, "decided", request, person.email, decision=commitment(decision), reason=digest, seal=seal)
    decisions = (*earlier, decision)
    _settle(c, desk, case, decisions, outcome(decisions, clause.least, request.organisation))


def _settle(c: Connection, desk: Desk, case: Case, decisions: tuple[Decision, ...], after: State) -> None:
    request = case.request
    if not leads(request.state, Act.DECIDE, after):
        raise AssertionError(f"a decision cannot lead from {request.state} to {after}")
    store.change(c, request.number, case.now, state=after)
    if after in {State.RELEASED, State.REJECTED, State.RETURNED}:
        _open(c, desk, request, decisions)
        record(c, desk, after.value, request, None, decisions=opened(desk, decisions), seal=request.seal)
    elif after is State.DISAGREED and request.state is not State.DISAGREED:
        record(c, desk, "disagreed", request, None)


def _send_back(c: Connection, desk: Desk, case: Case, decisions: tuple[Decision, ...], words: str) -> None:
    """Send a request on which checkers disagree back to its requester, with all their reasons and one more remark."""
    must_be_possible(case, Act.SEND_BACK)
    must_be_in_force(c, desk, case)
    request = case.request
    note = desk.around.ledger.text(c, words)
    store.change(c, request.number, case.now, state=State.RETURNED, note=note)
    _open(c, desk, request, decisions)
    record(c, desk, "returned", request, case.person.email, decisions=opened(desk, decisions), reason=note)


def _open(c: Connection, desk: Desk, request: Request, decisions: tuple[Decision, ...]) -> None:
    """Move the words of all decisions to the erasable side table: they are no secret among checkers any more."""
    for decision in decisions:
        desk.around.ledger.text(c, decision.text)
    store.open_texts(c, request)
