"""The path of a question. `ask` reads as the list of its steps; each step's result is the next one's input."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from commonweal.agreement.document import Agreement
from commonweal.agreement.ruling import Obligations, Ruling, admission, rule
from commonweal.agreement.store import current
from commonweal.catalogue.dataset import Dataset
from commonweal.catalogue.store import datasets as stored_datasets
from commonweal.disclosure.cells import ProtectedCells, Withheld
from commonweal.disclosure.profile import PROFILES
from commonweal.errors import CommonwealError, NotAllowed, Refused, Unavailable
from commonweal.gateway.answer import Answer, Margin
from commonweal.gateway.kept.content import as_bytes
from commonweal.gateway.kept.keeping import keep
from commonweal.gateway.measuring import Run, measured_and_protected
from commonweal.gateway.metered import path as metered
from commonweal.gateway.metered.margins import said_of, with_margins
from commonweal.gateway.metered.path import MeteredPlan
from commonweal.gateway.plan import Plan, planned
from commonweal.gateway.preparation import treated_tables
from commonweal.gateway.question import Question
from commonweal.gateway.recording import without_literals
from commonweal.gateway.surroundings import Surroundings
from commonweal.gateway.timing import Pace
from commonweal.gateway.treated import TreatedTable
from commonweal.identity.store import is_known
from commonweal.ledger.entry import Entry
from commonweal.query.question import Query, read_query
from commonweal.risk.question import Assessment

LOOK = 0.2
"""Seconds between two looks at the agreement while a treated table is made."""

if TYPE_CHECKING:
    import pyarrow as pa

    from commonweal.gateway.siblings.sketch import Sketch


@dataclass(frozen=True)
class Admitted:
    """A question under an agreement that is in force and names the person; with the datasets that exist."""

    question: Question
    agreement: Agreement
    datasets: Mapping[str, Dataset]


@dataclass(frozen=True)
class Permitted:
    """An admitted question that has been read, and that every clause permits; once `assessed`, with its risk."""

    admitted: Admitted
    query: Query
    ruling: Ruling
    obligations: Obligations
    risk: Assessment | None = None
    metered: MeteredPlan | None = None


@dataclass(frozen=True)
class Presented:
    """What may be handed over: the answer's table, what is withheld, sentences for the reader, and margins."""

    table: pa.Table
    withheld: tuple[Withheld, ...]
    notes: tuple[str, ...]
    margins: tuple[Margin, ...] = ()
    sketches: tuple[Sketch, ...] = ()


@dataclass(frozen=True)
class Intended:
    """A permitted question whose intent stands in the ledger; only such a one may run."""

    permitted: Permitted
    entry: Entry


def ask(question: Question, around: Surroundings) -> Answer:
    """Return the protected answer to a question, recorded.

    Raises:
        Refused: with the clause, reasons and remedy; the refusal is recorded too.
        NotFound: when there is no such agreement.
        NotAllowed: when the agreement ended, or was suspended, while the question ran.
        EngineFailed: the same for every failure of the engine.
        Unavailable: when the record cannot be written; then nothing has run.
    """
    pace = Pace(around.steps)
    around.least_copies.now_and_then()
    around.retention.now_and_then()
    intended = intend(permit(question, around), around)
    with recording_failure(intended, around, pace):
        plan = prepare(intended, around)
        return hand_over(intended, present(intended, plan, around), around, pace)


def permit(question: Question, around: Surroundings) -> Permitted:
    """Steps 1 to 5: admit the person, read the question, rule on it, assess its risk; a refusal is recorded and raised."""
    try:
        admitted = admit(question, around)
        query = read(admitted, around)
        return as_metered(assessed(with_obligations(admitted, query, ruled(admitted, query)), around), around)
    except Refused as refusal:
        raise recorded_refusal(question, refusal, around) from None


def admit(question: Question, around: Surroundings) -> Admitted:
    """Is the agreement in force, and is this person known here and named in it?"""
    with around.reading() as connection:
        found = current(connection, question.agreement, around.ledger.now(connection), public_keys=around.public_keys())
        datasets = {dataset.reference: dataset for dataset in stored_datasets(connection)}
        known = is_known(connection, question.person)
    findings = admission(
        found.agreement, found.standing, question.person, known=known, second_factor=question.second_factor
    )
    if not found.standing.in_force:
        around.least_copies.at_once()
    if not all(finding.permitted for finding in findings):
        raise Ruling(findings, None).refusal()
    return Admitted(question, found.agreement, datasets)


def read(admitted: Admitted, around: Surroundings, *, for_checkers: bool = False) -> Query:
    """What does the SQL read, link and compute? The same for the same words and contracts, so it is remembered.

    `for_checkers`: people, not rules, will judge what could be subtracted.
    """
    contracts = {reference: dataset.contract for reference, dataset in admitted.datasets.items()}
    agreed = [terms.dataset for terms in admitted.agreement.data]
    by_rules = admitted.agreement.safeguards.profile in PROFILES and not for_checkers
    text = admitted.question.sql
    return around.questions.get(
        (text, by_rules, tuple(agreed), tuple(sorted(contracts.items(), key=lambda item: item[0]))),
        lambda: read_query(text, contracts, agreed=agreed, by_rules=by_rules),
    )


def ruled(admitted: Admitted, query: Query) -> Ruling:
    """What do the terms say?"""
    return rule(admitted.agreement, query, {name: d.contract for name, d in admitted.datasets.items()})


def with_obligations(admitted: Admitted, query: Query, ruling: Ruling) -> Permitted:
    """Return the question with its obligations; Refused when a clause does not permit it."""
    if ruling.obligations is None:
        raise ruling.refusal()
    return Permitted(admitted, query, ruling, ruling.obligations)


def assessed(permitted: Permitted, around: Surroundings) -> Permitted:
    """Does it add up to too much, or has become what was not agreed to? Returns the question with its risk."""
    admitted = permitted.admitted
    with around.reading() as connection:
        now = around.ledger.now(connection)
        risk = around.risk.of_question(connection, admitted.agreement, admitted.datasets, permitted.query.datasets, now)
    if not risk.permitted:
        raise risk.refusal()
    return replace(permitted, risk=risk)


def as_metered(permitted: Permitted, around: Surroundings) -> Permitted:
    """Return a question under a metered profile with its plan; Refused when no shared table can answer it."""
    profile = permitted.obligations.metered
    if profile is None:
        return permitted
    admitted = permitted.admitted
    try:
        plan = metered.metered_plan(permitted.query, admitted.datasets, admitted.agreement, profile, around.shared)
    except Refused as refusal:
        from commonweal.gateway.metered.nearest import with_nearest  # only a refusal needs it

        near = with_nearest(refusal, admitted.question.sql, lambda sql: _is_answered(sql, permitted, around))
        raise metered.or_checked(near, admitted.agreement) from None
    return replace(permitted, metered=plan)


def _is_answered(sql: str, permitted: Permitted, around: Surroundings) -> bool:
    """Tell whether another question would be answered in the place of one, as far as can be told before it is asked."""
    admitted = replace(permitted.admitted, question=replace(permitted.admitted.question, sql=sql))
    try:
        query = read(admitted, around)
        other = assessed(with_obligations(admitted, query, ruled(admitted, query)), around)
        if other.obligations.metered is None:
            return False
        plan = metered.metered_plan(
            query, admitted.datasets, admitted.agreement, other.obligations.metered, around.shared
        )
        with around.reading() as connection:
            metered.checked(plan, connection, around.shared)
    except Refused:
        return False
    return True


def intend(permitted: Permitted, around: Surroundings) -> Intended:
    """Record the intent: no entry, no run. What a metered question opens is charged in the same transaction."""
    try:
        return _intended(permitted, around)
    except Refused as refusal:
        refusal = metered.or_checked(refusal, permitted.admitted.agreement)
        raise recorded_refusal(permitted.admitted.question, refusal, around) from None


def _intended(permitted: Permitted, around: Surroundings) -> Intended:
    admitted, plan, canonical = permitted.admitted, permitted.metered, permitted.query.canonical
    without = around.recorded.get(canonical, lambda: without_literals(canonical, around.ledger.hashed))
    with around.transaction() as connection:
        preview = metered.checked(plan, connection, around.shared) if plan is not None else None
        body = {
            "agreement": admitted.agreement.reference,
            "agreement_hash": admitted.agreement.content_hash,
            "person": around.ledger.person(connection, admitted.question.person),
            "purpose": str(admitted.agreement.purpose.code),
            "question": around.ledger.text(connection, admitted.question.sql),
            "sql": without,
            "datasets": snapshots(permitted),
        }
        if permitted.risk is not None:
            body["risk"] = permitted.risk.level.word
        entry = around.ledger.append(connection, "question.asked", body)
        if preview is not None:
            reference = admitted.agreement.reference
            metered.opened(preview, connection, around.shared, asked=entry.index, agreement=reference)
        return Intended(permitted, entry)


def snapshots(permitted: Permitted) -> list[str]:
    """Return which data the question reads, as ``organisation/name@snapshot``."""
    datasets = permitted.admitted.datasets
    return [f"{reference}@{datasets[reference].snapshot.id[:16]}" for reference in permitted.query.datasets]


def prepare(intended: Intended, around: Surroundings) -> Plan | MeteredPlan:
    """Split and rewrite over treated tables; a metered question has its plan already."""
    permitted = intended.permitted
    if permitted.metered is not None:
        return permitted.metered
    return over_rows(intended, around)


def over_rows(intended: Intended, around: Surroundings) -> Plan:
    """Return the plan that measures rows: by rules, and for people who check outputs under any profile."""
    permitted = intended.permitted
    treated = treated_for(intended, around)
    return planned(permitted.query, treated, permitted.admitted.datasets, permitted.admitted.agreement)


def treated_for(intended: Intended, around: Surroundings) -> dict[str, TreatedTable]:
    """Return the treated tables of a question's datasets, made if need be, as long as the agreement allows it."""
    permitted = intended.permitted
    admitted = permitted.admitted
    allowed = still_in_force(intended, around)
    next_look = time.monotonic() + LOOK

    def looking(_done: int, _total: int) -> None:
        """Stop making a table once the agreement has stopped allowing it."""
        nonlocal next_look
        if time.monotonic() >= next_look:
            if not allowed():
                raise _stopped(admitted, around)
            next_look = time.monotonic() + LOOK

    try:
        return treated_tables(
            admitted.agreement, permitted.query.datasets, admitted.datasets, permitted.obligations, around, looking
        )
    except Unavailable:
        if not allowed():  # its tables were deleted while this one was made
            raise _stopped(admitted, around) from None
        raise


def present(intended: Intended, plan: Plan | MeteredPlan, around: Surroundings) -> Presented:
    """Measure, protect, and work out what was written above the measures, from protected numbers alone."""
    if isinstance(plan, Plan):
        cells = measure(intended, plan, around)
        shown = around.presenter.present(plan.presentation, plan.titles, cells)
        notes, sketches = notes_for(shown.table, plan, cells), sketched_groups(intended, plan, cells, around)
        return Presented(shown.table, shown.withheld, notes, sketches=sketches)
    plain, shared = intended.permitted.admitted.question.plain, around.shared

    def read_now() -> Presented:
        read = metered.measured(plan, shared, still_in_force(intended, around), plain=plain)
        cells = {name: found.cells for name, found in read.items()}
        shown = around.presenter.present(plan.presentation, plan.titles, cells)
        shown, margins = with_margins(plan.presentation, shown, read, around.presenter)
        notes = (*notes_for(shown.table, plan, cells), *said_of(plan, margins))
        return Presented(shown.table, shown.withheld, notes, margins)

    outcome = shared.outcomes.get((plan.key, plain), read_now)
    assert isinstance(outcome, Presented)
    return outcome


def measure(intended: Intended, plan: Plan, around: Surroundings) -> dict[str, ProtectedCells]:
    """Measure where the data lives, and protect; exact cells do not leave this step."""
    rules = intended.permitted.obligations.rules
    return measured_and_protected(plan, rules, Run(around.engine, around.limits, still_in_force(intended, around)))


def sketched_groups(
    intended: Intended, plan: Plan, cells: Mapping[str, ProtectedCells], around: Surroundings
) -> tuple[Sketch, ...]:
    """Return sketches of the groups that are shown, where the profile points out questions about nearly the same people."""
    permitted = intended.permitted
    rules = permitted.obligations.rules
    if not rules.siblings:
        return ()
    from commonweal.gateway.siblings.sketch import sketched  # numpy, which other profiles' questions may do without
    from commonweal.gateway.siblings.store import is_known as is_kept

    def known(space: str, words: str) -> bool:
        with around.reading() as connection:
            return is_kept(connection, space, words)

    run = Run(around.engine, around.limits, still_in_force(intended, around))
    snapshot_of = {name: dataset.snapshot.id for name, dataset in permitted.admitted.datasets.items()}
    found = []
    for asked, measured in zip(permitted.query.measures, plan.measures, strict=True):
        own = cells[measured.name]
        found += sketched(asked, measured, own, plan, run, snapshot_of, around.ledger.hashed, known, rules.threshold)
    return tuple(found)


def still_in_force(intended: Intended, around: Surroundings) -> Callable[[], bool]:
    """Return the question that the engine asks while it works: may this still be answered?"""
    question, agreement = intended.permitted.admitted.question, intended.permitted.admitted.agreement

    def allowed() -> bool:
        with around.reading() as connection:
            return is_in_force(connection, agreement, around) and may_still_ask(connection, question)

    return allowed


def may_still_ask(connection: Connection, question: Question) -> bool:
    """Tell whether who asks is still known here, and what they proved it with still holds."""
    return is_known(connection, question.person) and question.holds(connection)


def is_in_force(connection: Connection, agreement: Agreement, around: Surroundings) -> bool:
    """Tell whether exactly this version is the one that counts now, and answers."""
    found = current(connection, agreement.id, around.ledger.now(connection), public_keys=around.public_keys())
    return found.standing.in_force and found.agreement.content_hash == agreement.content_hash


def _ended(agreement: Agreement) -> NotAllowed:
    return NotAllowed(
        "The agreement ended while the question ran.",
        why="an agreement that is not in force answers nothing.",
        remedy=f"See: commonweal agreement show {agreement.id}",
    )


def _stopped(admitted: Admitted, around: Surroundings) -> NotAllowed:
    """Return the error for a question that may not go on: which of the two reasons it is."""
    with around.reading() as connection:
        return _ended(admitted.agreement) if may_still_ask(connection, admitted.question) else _no_longer()


def _no_longer() -> NotAllowed:
    return NotAllowed(
        "You may no longer ask.",
        why="your session was ended, your token was revoked, or you were removed while the question ran.",
        remedy="Sign in again, or ask the administrator of your organisation.",
    )


def hand_over(intended: Intended, shown: Presented, around: Surroundings, pace: Pace) -> Answer:
    """Wait for the next step of the schedule, record the outcome, and only then hand over."""
    admitted = intended.permitted.admitted
    kept = as_bytes(shown)
    pace.wait()
    with around.transaction() as connection:  # one with the look at the agreement: nobody can suspend it in between
        if not is_in_force(connection, admitted.agreement, around):
            raise _ended(admitted.agreement)
        if not may_still_ask(connection, admitted.question):
            raise _no_longer()
        body = {"asked": intended.entry.index, "rows": shown.table.num_rows, "withheld": len(shown.withheld)}
        if shown.sketches:
            _remember(connection, intended, shown.sketches, around)
        entry = around.ledger.append(connection, "question.answered", body)
        receipt = around.ledger.receipt(connection, entry.index)
        answer = Answer(
            shown.table, shown.withheld, shown.notes, admitted.question.sql, admitted.agreement.reference,
            tuple(snapshots(intended.permitted)), receipt, pace.seconds, shown.margins,
        )  # fmt: skip
        keep(connection, intended, answer, kept, around.ledger.now(connection))
    return answer


def _remember(connection: Connection, intended: Intended, found: Sequence[Sketch], around: Surroundings) -> None:
    """Keep the sketches, and note which earlier questions are siblings of this one; nothing of it changes an answer."""
    from commonweal.gateway.siblings.store import remember

    permitted = intended.permitted
    remember(
        connection,
        found,
        asked=intended.entry.index,
        agreement=permitted.admitted.agreement.id,
        key=around.secret("siblings"),
        fewer_than=permitted.obligations.rules.threshold,
    )


def notes_for(table: pa.Table, plan: Plan | MeteredPlan, protected: Mapping[str, ProtectedCells]) -> tuple[str, ...]:
    """Return the sentences for the reader of an answer: why it is empty, if it is, and what was done to it."""
    notes = dict.fromkeys(note for cells in protected.values() for note in cells.notes)
    if table.num_rows:
        return (*notes, *plan.notes)
    nothing_left = not any(cells.table.num_rows for cells in protected.values())
    which = "is large enough to be shown" if nothing_left else "that may be shown meets the question's conditions"
    return (f"Nothing to show: no group {which}.", *notes, *plan.notes)


@contextmanager
def recording_failure(intended: Intended, around: Surroundings, pace: Pace) -> Iterator[None]:
    """Record, whatever ends the steps within (Ctrl-C too), that nothing was handed over: the kind of error only.

    What may depend on the data waits for the next step first; not so the end of the agreement, and Ctrl-C.
    """
    try:
        yield
    except BaseException as error:
        try:
            if isinstance(error, Exception) and not isinstance(error, NotAllowed):
                pace.wait()
        finally:
            asked, kind = intended.entry.index, _kind(error)
            with around.transaction() as connection:
                around.ledger.append(connection, "question.failed", {"asked": asked, "error": kind})
        if isinstance(error, NotAllowed):
            around.least_copies.at_once()
        raise


def _kind(error: BaseException) -> str:
    if isinstance(error, CommonwealError):
        return error.code
    return "interrupted" if isinstance(error, KeyboardInterrupt) else "unexpected"


def recorded_refusal(question: Question, refusal: Refused, around: Surroundings) -> Refused:
    """Record a refusal, and return it with the entry's number as its reference."""
    with around.transaction() as connection:
        body = {
            "agreement": question.agreement,
            "person": around.ledger.person(connection, question.person),
            "question": around.ledger.text(connection, question.sql),
            "clause": refusal.clause,
        }
        entry = around.ledger.append(connection, "question.refused", body)
    return Refused(
        refusal.clause, refusal.reasons, remedy=refusal.remedy, who=refusal.who, nearest=refusal.nearest,
        reference=f"entry {entry.index}", details=refusal.details,
    )  # fmt: skip
