"""Gathering what the public is told, from the agreements, the record, comments and incidents; nothing is kept.

What is public: a version whose own document says `public: true`, from the moment a party has signed it. Each version is
judged by its own words: a later one that is not public is not mentioned, and what happened under it is not counted.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Connection

from commonweal.agreement import store
from commonweal.agreement.comments import store as comments
from commonweal.agreement.data import DatasetTerms
from commonweal.agreement.document import Agreement
from commonweal.agreement.fields import FIELDS, ROWS, split_sentence, worth_of_row
from commonweal.agreement.incidents import store as incidents
from commonweal.agreement.register.document import public_canonical
from commonweal.agreement.register.history import history_of
from commonweal.agreement.register.plain_words import assessment_of, law_of, protections_of, retention_of
from commonweal.agreement.register.public import (
    Outcomes,
    PublicAgreement,
    PublicBenefit,
    PublicColumn,
    PublicContact,
    PublicDataset,
    PublicParty,
    PublicStatus,
    PublicVersion,
    Worth,
)
from commonweal.agreement.register.tally import Tally, months_of, refusals_of, together
from commonweal.agreement.signature import Signature
from commonweal.agreement.standing import Event, Standing
from commonweal.agreement.state import State
from commonweal.agreement.term import day_of
from commonweal.catalogue import store as catalogue
from commonweal.catalogue.contract import Column
from commonweal.catalogue.dataset import Dataset
from commonweal.catalogue.standards import STANDARDS
from commonweal.ledger.reading import entries

NOTICE = timedelta(days=28)
"""How long before its day a review is shown as due."""

_STATUS = {
    State.PROPOSED: PublicStatus.PROPOSED,
    State.SIGNED: PublicStatus.SIGNED,
    State.IN_FORCE: PublicStatus.IN_FORCE,
    State.SUSPENDED: PublicStatus.SUSPENDED,
    State.ENDED: PublicStatus.ENDED,
    State.SUPERSEDED: PublicStatus.SUPERSEDED,
}


@dataclass(frozen=True)
class Around:
    """What all agreements share while they are gathered."""

    connection: Connection
    now: datetime
    public_keys: Mapping[str, bytes]
    titles: Mapping[str, str]
    datasets: Mapping[str, Dataset]


@dataclass(frozen=True)
class _Kept:
    """What is kept of one agreement: its public versions with their standing, oldest first, and what was done to them."""

    versions: tuple[Agreement, ...]
    standings: Mapping[int, Standing]
    signatures: tuple[Signature, ...]
    events: tuple[Event, ...]
    all_events: tuple[Event, ...]
    added: Mapping[int, tuple[int, datetime, str]]  # version: entry, time, the public hash recorded
    all_public: bool


@dataclass(frozen=True)
class Told:
    """A public agreement without its numbers, and the references under which its questions stand in the record.

    `agreement` is None when the public is told nothing.
    """

    agreement: PublicAgreement | None
    references: tuple[str, ...] = ()


def around(connection: Connection, now: datetime, public_keys: Mapping[str, bytes]) -> Around:
    """Return what gathering needs."""
    titles = {each.name: each.title for each in catalogue.organisations(connection)}
    datasets = {each.reference: each for each in catalogue.datasets(connection)}
    return Around(connection, now, public_keys, titles, datasets)


def told_of(near: Around, identifier: str) -> Told:
    """Return what the public is told of an agreement, without its numbers."""
    kept = _kept(near, identifier)
    if not kept.versions:
        return Told(None)
    counting = store.current(near.connection, identifier, near.now, public_keys=near.public_keys).agreement
    shown = next((each for each in kept.versions if each.version == counting.version), kept.versions[-1])
    references = [each.reference for each in kept.versions] + ([identifier] if kept.all_public else [])
    return Told(_told(near, kept, shown), tuple(references))


def counted(every: Iterable[Told], tally: Tally, now: datetime) -> tuple[PublicAgreement, ...]:
    """Return the public agreements with their numbers, by title."""
    found = [_counted(told.agreement, told.references, tally, now) for told in every if told.agreement is not None]
    return tuple(sorted(found, key=lambda each: (each.title.casefold(), each.id)))


def _counted(agreement: PublicAgreement, references: Iterable[str], tally: Tally, now: datetime) -> PublicAgreement:
    found = tally.of(references)
    months = months_of(found.months)
    return replace(
        agreement,
        questions=together(months),
        questions_this_month=together(each for each in months if each.month == f"{now:%Y-%m}"),
        months=months,
        refusals=refusals_of(found.refusals),
    )


def _kept(near: Around, identifier: str) -> _Kept:
    c = near.connection
    everything = store.versions(c, identifier)
    signatures = store.signatures(c, identifier)
    signed = {each.version for each in signatures}
    public = tuple(each for each in everything if each.transparency.public and each.version in signed)
    if not public:
        return _Kept((), {}, (), (), (), {}, False)
    numbers = {each.version for each in public}
    standings = {
        number: store.current_standing(c, identifier, near.now, version=number, public_keys=near.public_keys)
        for number in numbers
    }
    added = {
        int(entry.body["version"]): (entry.index, entry.time, str(entry.body.get("public_hash", "")))  # type: ignore[arg-type]
        for entry in entries(c, kind="agreement.added", agreement=identifier)
        if entry.kind == "agreement.added" and entry.body.get("agreement") == identifier
    }
    every = store.events(c, identifier)
    # An event holds for older versions too; once a version that is not public has taken over, it is that one's.
    over = standings[max(numbers)].state is State.SUPERSEDED
    done = tuple(each for each in every if each.version in numbers or (not over and each.version > max(numbers)))
    own = tuple(each for each in signatures if each.version in numbers)
    return _Kept(public, standings, own, done, every, added, all(each.transparency.public for each in everything))


def _told(near: Around, kept: _Kept, shown: Agreement) -> PublicAgreement:
    purpose, subjects = shown.purpose, shown.subjects
    standing = kept.standings[shown.version]
    today = day_of(near.now)
    told = comments.published(near.connection, shown.id)
    went_wrong = incidents.shown(near.connection, kept.standings, shown.id, today)
    entry, _, recorded = kept.added.get(shown.version, (None, None, ""))
    document = public_canonical(shown)
    hashed = hashlib.sha256(document).hexdigest()
    themes = sorted({purpose.code.value.replace("-", " "), *(subjects.personal_data if subjects else ())})
    return PublicAgreement(
        id=shown.id,
        version=shown.version,
        title=shown.title,
        status=_status(shown, standing, near.now),
        standing=_standing_words(kept, standing),
        purpose=purpose.statement,
        purpose_code=purpose.code.value,
        necessity=purpose.necessity,
        aims=purpose.aims,
        alternatives=purpose.alternatives or "",
        benefits=benefits_of(shown),
        parties=_parties(near, shown),
        people=tuple(sorted(Counter(person.role.value for person in shown.people).items())),
        about=subjects.people if subjects else (),
        personal_data=subjects.personal_data if subjects else (),
        themes=tuple(themes),
        datasets=tuple(_dataset(near, terms) for terms in shown.data),
        links=tuple((left, right) for left, right in shown.links),
        law=law_of(shown),
        powers=tuple((power.name, power.status.value) for power in shown.legal.power),
        assessment=assessment_of(shown.legal.dpia),
        protections=protections_of(shown),
        worth=_worth(),
        split=split_sentence(),
        method="Questions are answered where the data is kept; no copy is handed over.",
        frequency=shown.sharing.frequency or "",
        retention=retention_of(shown),
        start=shown.term.start,
        until=shown.term.until,
        review=shown.term.review,
        rights=_rights(shown),
        contact=_contact_of(shown),
        privacy_notice=shown.transparency.privacy_notice or "",
        notice_text=shown.transparency.notice_text or "",
        automated_decisions=_automated(shown),
        algorithm=_algorithm(shown),
        questions=Outcomes(),
        questions_this_month=Outcomes(),
        months=(),
        refusals=(),
        incidents=went_wrong,
        comments=told,
        versions=_versions(near, kept),
        history=history_of(kept.versions, kept.signatures, kept.events, went_wrong, told, near.titles, today),
        content_hash=shown.content_hash,
        public_hash=hashed,
        entry=entry if recorded == hashed else None,
        document=document,
    )


def benefits_of(agreement: Agreement) -> tuple[PublicBenefit, ...]:
    """Return the benefits that are expected. What came of them is told here too once something measures it."""
    return tuple(PublicBenefit(each.to, each.what, each.measure or "") for each in agreement.purpose.benefits)


def _status(agreement: Agreement, standing: Standing, now: datetime) -> PublicStatus:
    """Return the status for the public; unlike other registers, this one heeds the review."""
    if standing.state is State.IN_FORCE and day_of(now) >= agreement.term.review - NOTICE:
        return PublicStatus.REVIEW_DUE
    return _STATUS.get(standing.state, PublicStatus.SUSPENDED)


def _standing_words(kept: _Kept, standing: Standing) -> str:
    """Return the reason of a standing without what a party wrote for the other parties, or what is not public."""
    if standing.state is State.SUPERSEDED:
        newer = [version for version, each in kept.standings.items() if each.state is not State.SUPERSEDED]
        if not any(f"Version {version} " in standing.reason for version in newer):
            return "This version is no longer in force."
    for event in kept.all_events:
        if standing.reason.endswith(f": {event.reason}"):
            return standing.reason.removesuffix(f": {event.reason}") + "."
    return standing.reason


def _parties(near: Around, agreement: Agreement) -> tuple[PublicParty, ...]:
    return tuple(
        PublicParty(
            party.organisation,
            near.titles.get(party.organisation, party.organisation),
            party.role.value,
            PublicContact(party.contact.name, party.contact.email, party.contact.phone or ""),
            PublicContact(party.dpo.name, party.dpo.email, party.dpo.phone or "") if party.dpo else None,
            party.responsible_owner or "",
        )
        for party in agreement.parties
    )


def _dataset(near: Around, terms: DatasetTerms) -> PublicDataset:
    known = near.datasets.get(terms.dataset)
    columns = known.contract.by_name if known else {}
    return PublicDataset(
        terms.dataset,
        near.titles.get(terms.organisation, terms.organisation),
        (known.contract.description if known else "") or terms.dataset.partition("/")[2].replace("_", " "),
        terms.because or "",
        tuple(
            PublicColumn(
                name,
                held_in(name, columns.get(name)),
                treatment.describe(),
                treatment.promise,
            )
            for name, treatment in terms.columns.items()
            if treatment.name != "withhold"
        ),
        "all rows" if terms.rows is None else f"only rows where {terms.rows}",
    )


def held_in(name: str, column: Column | None) -> str:
    """Return what a column holds, in words: as its contract describes it, else by its standard, else by its name."""
    if column is not None and column.description:
        return column.description
    standard = STANDARDS.get(column.standard) if column is not None else None
    if standard is None:
        standard = next((each for each in STANDARDS.values() if re.fullmatch(each.names, name)), None)
    return standard.title if standard is not None else name.replace("_", " ")


@cache
def _worth() -> tuple[Worth, ...]:
    """Return all things that an agreement holds, with what this software does about each."""
    how = {row: " ".join(dict.fromkeys(each.how for each in FIELDS if each.row == row)) for row in ROWS}
    return tuple(Worth(name, worth_of_row(row), how[row]) for row, (name, _) in ROWS.items())


_RIGHTS = {
    "access": "To see what is held about you",
    "rectification": "To have it put right",
    "erasure": "To have it erased",
    "objection": "To object",
    "complaints": "To complain",
}


def _rights(agreement: Agreement) -> tuple[tuple[str, str], ...]:
    rights = agreement.rights
    if rights is None:
        return ()
    said = tuple((words, getattr(rights, name)) for name, words in _RIGHTS.items() if getattr(rights, name))
    return (*said, ("You get an answer within", rights.within)) if rights.within else said


def _contact_of(agreement: Agreement) -> PublicContact:
    """Return whom the public writes to: the contact for rights, or the first party's."""
    contact = agreement.rights.contact if agreement.rights else agreement.parties[0].contact
    return PublicContact(contact.name, contact.email, contact.phone or "")


def _automated(agreement: Agreement) -> str:
    decisions = agreement.automated_decisions
    if decisions is None:
        return ""
    if not decisions.used:
        return "No decision about a person is made by a machine alone."
    return f"Decisions about people are made by a machine. {decisions.human_review or ''}".strip()


def _algorithm(agreement: Agreement) -> tuple[tuple[str, str], ...]:
    if agreement.algorithm is None:
        return ()
    written = agreement.algorithm.model_dump(exclude_none=True)
    return tuple((name.replace("_", " "), str(value)) for name, value in written.items())


def _versions(near: Around, kept: _Kept) -> tuple[PublicVersion, ...]:
    found = []
    for each in reversed(kept.versions):
        changes = " ".join(change.what for change in each.changes if change.version == each.version)
        added = kept.added.get(each.version)
        status = _status(each, kept.standings[each.version], near.now)
        found.append(
            PublicVersion(
                each.version,
                status,
                added[1] if added else None,
                each.term.start,
                each.term.until,
                changes,
                each.content_hash,
            )
        )
    return tuple(found)
