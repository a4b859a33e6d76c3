"""The risk of a question: what the agreement's assessment, read anew at every question, adds to the ruling.

It looks at the document, the contracts, the day and the number of questions before; never at data, so that level and
refusal tell nothing about anyone. It refuses on the grounds in `GROUNDS` and no others: how much was asked before, by
whom and in what order refuses nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from threading import Lock

from sqlalchemy import Connection, func, select

from commonweal.agreement.document import Agreement
from commonweal.agreement.tables import agreements as agreement_table
from commonweal.agreement.term import day_of
from commonweal.catalogue.contract import Contract, Kind
from commonweal.catalogue.dataset import Dataset
from commonweal.catalogue.store import organisations
from commonweal.errors import Refused
from commonweal.ledger.tables import entry_table
from commonweal.risk.assessment import AgreementAssessment, assess
from commonweal.risk.facts import Facts, facts
from commonweal.risk.level import Level
from commonweal.risk.of_release import MANY, VERY_MANY
from commonweal.risk.released import OPENED, Openings, questions_after, released
from commonweal.risk.store import profile_was_allowed
from commonweal.risk.subjects import granted
from commonweal.risk.traits import is_offence

CLAUSE = "risk"

GROUNDS: Mapping[str, str] = {
    "profile": "The agreement's profile was admitted when it was assessed and is not any more: an accreditation is over, "
    "or the contract of a dataset has changed.",
    "special category": "A shared column has become special category data, and the agreement names no condition for it.",
    "direct identification": "A shared column has become an identifier, free text or unclassified, or a link that is "
    "shared as a plain column.",
}
"""On what a question is refused by risk: each follows from documents and the day alone."""


@dataclass(frozen=True)
class Assessment:
    """What risk says of one question: its level, why, and whether it may be asked. `reasons` are against it if not."""

    level: Level
    reasons: tuple[str, ...]
    permitted: bool
    remedy: str = ""
    who: str = ""

    def refusal(self) -> Refused:
        """Return the refusal to raise when it is not permitted."""
        return Refused(CLAUSE, list(self.reasons), remedy=self.remedy, who=self.who)


@dataclass(frozen=True)
class _Known:
    """What was worked out for one agreement, its contracts and a day."""

    contracts: tuple[Contract, ...]
    facts: Facts
    assessment: AgreementAssessment
    questions: int
    newest: int


class Risk:
    """Assesses questions, remembering what does not change from one to the next. Safe to share between threads."""

    def __init__(self, most: int = 256) -> None:
        """Remember up to `most` agreements."""
        self._most = most
        self._known: OrderedDict[tuple[object, ...], _Known] = OrderedDict()
        self._lock = Lock()
        self._openings = Openings()

    def of_question(
        self,
        connection: Connection,
        agreement: Agreement,
        datasets: Mapping[str, Dataset],
        reads: Iterable[str],
        now: datetime,
    ) -> Assessment:
        """Return the assessment of a question that reads the datasets `reads` under an agreement in force."""
        known = self._of_agreement(connection, agreement, datasets, day_of(now))
        grounds = list(_grounds(known.facts, reads))
        allowed = known.assessment.profile_allowed
        if not allowed and profile_was_allowed(connection, agreement.content_hash):
            grounds.append(f"the profile {_not_admitted(known.assessment)}")
        if grounds:
            who = "the officers of " + ", ".join(agreement.organisations)
            remedy = (
                f"Ask for a new version of the agreement; `commonweal risk assess {agreement.id}` says what to change."
            )
            return Assessment(Level.SEVERE, tuple(grounds), False, remedy, who)
        return Assessment(known.assessment.at_questions, _reasons(known.assessment), True)

    def _of_agreement(
        self, connection: Connection, agreement: Agreement, datasets: Mapping[str, Dataset], today: date
    ) -> _Known:
        contracts = tuple(datasets[t.dataset].contract for t in agreement.data if t.dataset in datasets)
        others = connection.execute(_CHANGES).one()
        key = (agreement.content_hash, today, *others)
        with self._lock:
            known = self._known.get(key)
        if known is None or not _same(known.contracts, contracts):
            known = self._worked_out(connection, agreement, datasets, today, contracts)
        else:
            known = _with_newer(connection, agreement, known)
        with self._lock:
            self._known[key] = known
            self._known.move_to_end(key)
            while len(self._known) > self._most:
                self._known.popitem(last=False)
        return known

    def _worked_out(
        self,
        connection: Connection,
        agreement: Agreement,
        datasets: Mapping[str, Dataset],
        today: date,
        contracts: tuple[Contract, ...],
    ) -> _Known:
        by_name = {t.dataset: datasets[t.dataset].contract for t in agreement.data if t.dataset in datasets}
        titles = {organisation.name: organisation.title for organisation in organisations(connection)}
        before = released(connection, agreement, by_name, today, self._openings)
        questions, newest = questions_after(connection, agreement.id, -1)
        gathered = facts(agreement, by_name, today=today, titles=titles, released=replace(before, questions=questions))
        return _Known(contracts, gathered, assess(gathered), questions, newest)


_CHANGES = select(
    select(func.count()).select_from(agreement_table).scalar_subquery(),
    select(func.max(entry_table.c.idx)).where(entry_table.c.kind == OPENED).scalar_subquery(),
)
"""What may change the record's findings besides questions: agreements added, tables opened."""


def _same(kept: tuple[Contract, ...], now: tuple[Contract, ...]) -> bool:
    """Return whether contracts are the same; the store hands out one object for one text, so this is quick."""
    return len(kept) == len(now) and all(a is b or a == b for a, b in zip(kept, now, strict=True))


def _with_newer(connection: Connection, agreement: Agreement, known: _Known) -> _Known:
    """Return what is known, with the questions run since; assessed anew only when their number changes a level."""
    more, newest = questions_after(connection, agreement.id, known.newest)
    if not more:
        return known
    questions = known.questions + more
    gathered = replace(known.facts, released=replace(known.facts.released, questions=questions))
    if _step(questions) == _step(known.questions):
        return replace(known, facts=gathered, questions=questions, newest=newest)
    return _Known(known.contracts, gathered, assess(gathered), questions, newest)


def _step(questions: int) -> int:
    return (questions >= MANY) + (questions >= VERY_MANY)


def _not_admitted(assessment: AgreementAssessment) -> str:
    chosen = assessment.admitted(assessment.profile)
    return f"{chosen.profile} may not be used any more: {chosen.reason}."


def _reasons(assessment: AgreementAssessment) -> tuple[str, ...]:
    """Return the sentences of the findings that make the level, data left out."""
    kept = [finding for finding in assessment.findings if not finding.known.from_data]
    return tuple(finding.sentence for finding in kept if finding.level >= Level.HIGH)


_MADE_SAFE = frozenset({"link", "pseudonym", "redact"})
"""Treatments under which what identifies directly does not reach a question."""


def _grounds(gathered: Facts, reads: Iterable[str]) -> Iterator[str]:
    """Yield what has become of the columns of the datasets that a question reads, which nobody agreed to."""
    agreement = gathered.agreement
    for reference in reads:
        contract = gathered.contracts.get(reference)
        if contract is None:
            continue
        for name, treatment in granted(agreement, gathered.contracts, reference).items():
            column = contract.by_name[name]
            if column.kind is Kind.SPECIAL and agreement.legal.special_category is None and not is_offence(column):
                yield f"the column {name} of {reference} has become special category data, and no condition is named."
            elif column.kind in (None, Kind.IDENTIFIER, Kind.TEXT) and treatment.name not in _MADE_SAFE:
                kind = "unclassified" if column.kind is None else f"of the kind {column.kind}"
                yield f"the column {name} of {reference} has become {kind}, and is shared."
            elif column.kind is Kind.LINK and treatment.name != "link":
                yield f"the column {name} of {reference} has become a link, and is shared as a plain column."
