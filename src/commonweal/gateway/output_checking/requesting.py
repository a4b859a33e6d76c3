"""Asking for an output: what may be asked for at all, and the request as it is first kept. No data is touched."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from commonweal.agreement.ruling import Finding, Obligations, Ruling
from commonweal.errors import BadInput, CommonwealError, Conflict, NotAllowed, Refused, UsageMistake
from commonweal.gateway.ask import Admitted, Permitted, admit, is_in_force, read, ruled, snapshots
from commonweal.gateway.output_checking import store
from commonweal.gateway.output_checking.checkers import clause_of, judged_by
from commonweal.gateway.output_checking.content import Content
from commonweal.gateway.output_checking.desk import Desk
from commonweal.gateway.output_checking.entries import record
from commonweal.gateway.output_checking.request import Kind, Request, Wanted
from commonweal.gateway.output_checking.sealing import Sealed
from commonweal.gateway.output_checking.state import State
from commonweal.gateway.output_checking.uploads import Upload, read_upload
from commonweal.gateway.own_question import own_question
from commonweal.gateway.question import Question
from commonweal.gateway.recording import without_literals
from commonweal.gateway.surroundings import Surroundings
from commonweal.identity.person import normalised_email
from commonweal.identity.store import person as stored_person
from commonweal.query.relation import Level

CLAUSE = "safeguards: output_checking"
MOST_OPEN = 20
"""Requests of one person under one agreement that may wait at once: people have to read them."""

LONGEST_REASON = 4_000


@dataclass(frozen=True)
class Asking:
    """What somebody asks for: one of a question in SQL, a ledger entry that holds one, or a file."""

    agreement: str
    reason: str
    sql: str | None = None
    entry: int | None = None
    file: Path | None = None
    wanted: Wanted = Wanted.UNSUPPRESSED

    def __post_init__(self) -> None:
        """Refuse what is not one thing."""
        if sum(part is not None for part in (self.sql, self.entry, self.file)) != 1:
            raise UsageMistake(
                "It is not said what is asked for.",
                why="A request is about one question or one file.",
                remedy="Give one of: the SQL, --entry N for a question asked before, or --file FILE.",
            )


def checked_reason(text: str) -> str:
    """Return a reason for people; `BadInput` when it is empty, too long, or could mislead on a screen."""
    words = text.strip()
    if not words or len(words) > LONGEST_REASON or not all(mark.isprintable() or mark in "\n\t" for mark in words):
        raise BadInput(
            "This is no reason that can be kept.",
            why=f"People decide by it: it has 1 to {LONGEST_REASON:,} characters, all of which can be shown.",
            remedy="Write it with --reason.",
        )
    return words


def add_request(desk: Desk, asking: Asking) -> int:
    """Keep and record a request, and return its number.

    Raises:
        Refused: by a clause other than the disclosure rules, or when the agreement lets nobody check outputs; recorded.
        NotAllowed: for an entry that is no question of this person under this agreement.
        Conflict: when too many requests wait already, or the question's text was erased.
    """
    reason = checked_reason(asking.reason)
    text = asking.sql if asking.entry is None else _question_of(desk, asking.agreement, asking.entry)
    upload = None if asking.file is None else read_upload(asking.file)
    question = Question(text or "", asking.agreement, desk.person, second_factor=desk.second_factor)
    try:
        admitted = admit(question, desk.around)
        _must_allow(admitted)
        permitted = None if upload is not None else permitted_but_for_rules(admitted, desk.around)
    except Refused as refusal:
        raise _recorded(desk, question, refusal) from None
    return _keep(desk, asking, reason, admitted, permitted, upload)


def permitted_but_for_rules(admitted: Admitted, around: Surroundings) -> Permitted:
    """Return the question as one that every clause permits but those on how answers are protected; Refused otherwise.

    Data, columns, identifiers, links and purpose are the agreement's: nobody's approval can change them.
    """
    query = read(admitted, around, for_checkers=True)
    if query.level is Level.ROWS:
        clause = clause_of(admitted.agreement)
        if clause is None or not clause.record_level:
            raise _refusal(
                "it asks for rows about single people, and the agreement does not let checkers release any.",
                admitted, "Aggregate, or ask for a new version with `record_level: true`.",
            )  # fmt: skip
    ruling = ruled(admitted, query)
    against = tuple(f for f in ruling.findings if not f.permitted and not f.clause.startswith("safeguards"))
    if against:
        raise Ruling(against, None, ruling.nearest).refusal()
    return Permitted(admitted, query, ruling, Obligations(judged_by(admitted.agreement)[1], query.datasets))


def _must_allow(admitted: Admitted) -> None:
    if clause_of(admitted.agreement) is None:
        raise _refusal(
            "the agreement lets nobody release what its rules withhold.",
            admitted, "Ask for a new version of the agreement with `output_checking: {allowed: true}`.",
        )  # fmt: skip


def _refusal(reason: str, admitted: Admitted, remedy: str) -> Refused:
    officers = "the officers of " + ", ".join(admitted.agreement.organisations)
    return Ruling((Finding(CLAUSE, False, reason, officers, remedy),), None).refusal()


def _question_of(desk: Desk, agreement: str, index: int) -> str:
    """Return the text of a question that this person asked under this agreement, by its entry."""
    with desk.around.reading() as c:
        return own_question(c, desk.around.ledger, desk.person, agreement, index)


def _keep(
    desk: Desk, asking: Asking, reason: str, admitted: Admitted, permitted: Permitted | None, upload: Upload | None
) -> int:
    sealed = Sealed("", "") if upload is None else desk.vault.put(_file_content(upload).as_bytes())
    try:
        with desk.around.transaction() as c:
            return _add(c, desk, asking, reason, admitted, permitted, upload, sealed).number
    except CommonwealError:  # nothing was committed; what any other end leaves behind is cleared an hour later
        desk.vault.delete(sealed.name)
        raise


def _add(
    c: Connection,
    desk: Desk,
    asking: Asking,
    reason: str,
    admitted: Admitted,
    permitted: Permitted | None,
    upload: Upload | None,
    sealed: Sealed,
) -> Request:
    agreement, ledger, email = admitted.agreement, desk.around.ledger, normalised_email(desk.person)
    if not is_in_force(c, agreement, desk.around):
        raise NotAllowed("The agreement has just ended.", why="It is not in force.", remedy="Ask its officers.")
    if store.open_of(c, email, agreement.id) >= MOST_OPEN:
        raise Conflict(
            f"{MOST_OPEN} requests of yours wait already.",
            why="People have to read each of them.",
            remedy="Wait for decisions, or withdraw some: commonweal output withdraw N",
        )
    now = ledger.now(c)
    rows = permitted is not None and permitted.query.level is Level.ROWS
    kind = Kind.FILE if permitted is None else Kind.ROWS if rows else Kind.EXCEPTION
    wanted = asking.wanted if kind is Kind.EXCEPTION else Wanted.EXACT
    question = "" if permitted is None else ledger.text(c, admitted.question.sql)
    datasets = () if permitted is None else tuple(snapshots(permitted))
    request = Request(
        0, agreement.id, agreement.version, agreement.content_hash, kind, wanted, email,
        stored_person(c, email).organisation, ledger.text(c, reason), question, "" if upload is None else upload.name,
        State.REQUESTED, 1, sealed.name, sealed.seal, datasets, "", now, now,
    )  # fmt: skip
    added = store.add(c, request)
    facts: dict[str, Any] = {
        "agreement_hash": agreement.content_hash,
        "purpose": str(agreement.purpose.code),
        "kind": kind.value,
        "reason": request.reason,
    }
    if permitted is not None:
        facts |= {
            "wanted": wanted.value,
            "question": question,
            "sql": without_literals(permitted.query.canonical, ledger.hashed),
            "datasets": list(datasets),
        }
    if upload is not None:
        facts |= {"file": ledger.hashed(upload.sha256), "seal": sealed.seal}
    record(c, desk, "requested", added, email, **facts)
    return added


def _file_content(upload: Upload) -> Content:
    about = {"name": upload.name, "form": upload.form, "bytes": len(upload.content), "sha256": upload.sha256}
    return Content(upload.content, {"file": about})


def _recorded(desk: Desk, question: Question, refusal: Refused) -> Refused:
    """Record that a request was refused, and return the refusal with the entry's number."""
    ledger = desk.around.ledger
    with desk.around.transaction() as c:
        body: dict[str, Any] = {
            "agreement": question.agreement,
            "person": ledger.person(c, question.person),
            "clause": refusal.clause,
        }
        if question.sql:
            body["question"] = ledger.text(c, question.sql)
        entry = ledger.append(c, "output.refused", body)
    return Refused(
        refusal.clause, refusal.reasons, remedy=refusal.remedy, who=refusal.who, nearest=refusal.nearest,
        reference=f"entry {entry.index}", details=refusal.details,
    )  # fmt: skip
