"""Who used data, and why: a report for officers, made from the ledger, and itself recorded with its reason.

It says who asked what, under which agreement and for which purpose, and how it ended. Nobody's records are looked up: a
report about one kind of record (people, households) lists the questions that read datasets where such records are. It
holds what the officer's organisation oversees (`overseeing`): never what others asked of each other's data.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from commonweal.agreement import store as agreements
from commonweal.catalogue import store as catalogue
from commonweal.errors import BadInput, NotFound
from commonweal.harmless import harmless
from commonweal.identity import store as identity
from commonweal.installation.overseeing import overseen_by
from commonweal.ledger.entry import Entry, read_time, time_text
from commonweal.ledger.keyed import emails, full_texts
from commonweal.ledger.reading import entry as ledger_entry
from commonweal.ledger.searching import Sought, following, search

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from commonweal.installation.installation import Installation
    from commonweal.ledger.canonical import JSON

KIND = "report.made"
LONGEST_REASON = 2000
USES = ("question.asked", "question.refused", "output.requested")
"""The kinds of entries that a report lists: what was asked of data, whether or not it was answered."""


class About(StrEnum):
    """What a report is about."""

    DATASET = "dataset"
    AGREEMENT = "agreement"
    ENTITY = "entity"  # a kind of record: every dataset about people, households ...
    ASKER = "asker"  # what one person asked


@dataclass(frozen=True)
class Scope:
    """What a report is about, by name, and in which period (`since` included, `until` not)."""

    about: About
    named: str
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Use:
    """One use of data: who asked (an e-mail address, or a hash where it was erased), why, of what, and how it ended."""

    entry: int
    time: datetime
    person: str
    agreement: str
    purpose: str
    datasets: tuple[str, ...]
    outcome: str
    sql: str

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON-ready values."""
        return {
            "entry": self.entry,
            "time": time_text(self.time),
            "person": self.person,
            "agreement": self.agreement,
            "purpose": self.purpose,
            "datasets": list(self.datasets),
            "outcome": self.outcome,
            "sql": self.sql,
        }


@dataclass(frozen=True)
class Report:
    """A report as it was made: the entry that records it, by whom and why, about what, and every use that it found."""

    entry: int
    made: datetime
    by: str
    reason: str
    scope: Scope
    uses: tuple[Use, ...]

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON-ready values."""
        scope = self.scope
        return {
            "report": self.entry,
            "made": time_text(self.made),
            "by": self.by,
            "reason": self.reason,
            "about": scope.about.value,
            "named": scope.named,
            "since": time_text(scope.since) if scope.since else "",
            "until": time_text(scope.until) if scope.until else "",
            "uses": [use.as_dict() for use in self.uses],
        }


def make_report(installation: Installation, scope: Scope, reason: str, *, by: str) -> Report:
    """Record that a report was asked for and why, and return it; `BadInput` without a reason, `NotFound` for its subject."""
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise BadInput(
            "A report needs its reason.",
            why=f"It is recorded who looked, and why: a sentence or two, at most {LONGEST_REASON:,} characters.",
            remedy="Say why it is needed, for example the number of the request for access.",
        )
    with installation.transaction() as connection:
        body: dict[str, JSON] = {
            "about": scope.about.value,
            "person": installation.ledger.person(connection, by),
            "reason": installation.ledger.text(connection, reason),
        }
        body |= _subject(installation, connection, scope)
        body |= {name: time_text(at) for name, at in (("since", scope.since), ("until", scope.until)) if at is not None}
        made = installation.ledger.append(connection, KIND, body)
    with installation.reading() as connection:
        return _report(connection, made, by)


def report(installation: Installation, index: int, *, by: str) -> Report:
    """Return a report that this person made, as it was then; `NotFound` when there is none, or it is another's."""
    with installation.reading() as connection:
        try:
            made = ledger_entry(connection, index)
        except NotFound:
            made = None
        if made is None or made.kind != KIND or made.body.get("person") != installation.ledger.person_hash(by):
            raise NotFound(
                "There is no such report of yours.",
                why="A report is for whoever gave the reason for it.",
                remedy="Make one of your own, with your reason.",
            )
        return _report(connection, made, by)


def to_csv(made: Report) -> str:
    """Return the uses as CSV. A text that a spreadsheet would run as a formula begins with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["entry", "time", "person", "agreement", "purpose", "datasets", "outcome", "sql"])
    for use in made.uses:
        row = use.as_dict() | {"datasets": " ".join(use.datasets)}
        writer.writerow([harmless(str(value)) for value in row.values()])
    return out.getvalue()


def _subject(installation: Installation, connection: Connection, scope: Scope) -> dict[str, JSON]:
    """Return what the entry says of the subject, once it is known that there is such a thing."""
    if scope.about is About.ASKER:
        return {"asker": installation.ledger.person_hash(identity.person(connection, scope.named).email)}
    if scope.about is About.DATASET:
        catalogue.dataset(connection, scope.named)
        return {"dataset": scope.named, "named": scope.named}
    if scope.about is About.AGREEMENT:
        agreements.agreement(connection, scope.named)
        return {"agreement": scope.named, "named": scope.named}
    datasets = _about_one(connection, scope.named)
    if not datasets:
        raise NotFound(f"No dataset is about a {scope.named[:60]}.", remedy="Choose one of the kinds that are listed.")
    return {"named": scope.named, "among": list(datasets)}


def _about_one(connection: Connection, kind: str) -> tuple[str, ...]:
    """Return the datasets whose rows are about a kind of entity."""
    return tuple(
        each.reference
        for each in catalogue.datasets(connection)
        if any(entity.kind == kind for entity in each.contract.entities)
    )


def _report(connection: Connection, made: Entry, by: str) -> Report:
    """Return the report of an entry, from what had been recorded before it and its maker's organisation oversees."""
    body = made.body
    about = About(str(body["about"]))
    since, until = (read_time(body[name]) if name in body else None for name in ("since", "until"))
    overseen = overseen_by(connection, identity.person(connection, by).organisation)
    fitting = _asked(connection, about, body, Sought(since=since, until=until, before=made.index))
    asked = [each for each in fitting if overseen.holds(connection, each)]
    known = emails(connection, [*(str(each.body["person"]) for each in asked), str(body["person"])])
    outcomes = following(connection, [each.index for each in asked if each.kind == "question.asked"])
    outcomes = {index: entry for index, entry in outcomes.items() if entry.index < made.index}
    if any(each.kind == "output.requested" for each in asked):
        outcomes |= _of_outputs(connection, asked, made.index)
    if about is About.ASKER:
        named = emails(connection, [str(body["asker"])]).get(str(body["asker"]), "somebody who was erased")
    else:
        named = str(body["named"])
    reason = full_texts(connection, [str(body["reason"])]).get(str(body["reason"]), "The reason was erased.")
    maker = known.get(str(body["person"]), str(body["person"]))
    uses = tuple(_use(each, outcomes.get(each.index), known) for each in asked)
    return Report(made.index, made.time, maker, reason, Scope(about, named, since, until), uses)


def _asked(connection: Connection, about: About, body: Mapping[str, Any], sought: Sought) -> list[Entry]:
    """Return the questions that were asked, or refused, within a report's scope, newest first."""
    if about is About.ASKER:
        wanted = [replace(sought, person=str(body["asker"]))]
    elif about is About.DATASET:
        wanted = [replace(sought, dataset=str(body["dataset"]))]
    elif about is About.AGREEMENT:
        wanted = [replace(sought, agreement=str(body["agreement"]))]
    else:
        wanted = [replace(sought, dataset=str(each)) for each in body["among"]]
    found: dict[int, Entry] = {}
    for each in wanted:
        for kind in USES:
            found |= {entry.index: entry for entry in search(connection, replace(each, kind=kind))}
    return [found[index] for index in sorted(found, reverse=True)]


def _of_outputs(connection: Connection, asked: Iterable[Entry], before: int) -> dict[int, Entry]:
    """Return for each request for an output the newest entry about it."""
    newest: dict[object, Entry] = {}
    for entry in search(connection, Sought(kind="output", before=before)):
        newest.setdefault(entry.body.get("output"), entry)
    return {each.index: newest[each.body["output"]] for each in asked if each.kind == "output.requested"}


def _use(asked: Entry, outcome: Entry | None, known: Mapping[str, str]) -> Use:
    body: Mapping[str, Any] = asked.body
    person = str(body["person"])
    return Use(
        asked.index,
        asked.time,
        known.get(person, person),
        str(body["agreement"]),
        str(body.get("purpose", "")),
        tuple(str(each).partition("@")[0] for each in body.get("datasets", ())),
        _ended(asked, outcome),
        str(body.get("sql", "")),
    )


def _ended(asked: Entry, outcome: Entry | None) -> str:
    if asked.kind == "question.refused":
        return f"refused by {asked.body['clause']}"
    if outcome is None:
        return "no outcome recorded"
    if asked.kind == "output.requested":
        return f"asked of output checkers, last {outcome.kind.partition('.')[2]}"
    if outcome.kind == "question.answered":
        return f"answered, {outcome.body['rows']} rows, {outcome.body['withheld']} withheld"
    return {"question.explained": "worked out, nothing shown"}.get(outcome.kind, "no answer")
