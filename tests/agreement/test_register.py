"""What the public is told of agreements, version by version; and that it is counted alike however the record is read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from commonweal.agreement import store, tables
from commonweal.agreement.comments import tables as comment_tables
from commonweal.agreement.document import Agreement
from commonweal.agreement.incidents import store as incidents
from commonweal.agreement.incidents import tables as incident_tables
from commonweal.agreement.incidents.incident import Affected, ToldIco
from commonweal.agreement.reading import read_agreement
from commonweal.agreement.register import atrs, dea
from commonweal.agreement.register.as_json import agreement_as_dict
from commonweal.agreement.register.document import public_canonical, public_document, public_hash
from commonweal.agreement.register.feed import feed_of
from commonweal.agreement.register.gathering import around, counted, told_of
from commonweal.agreement.register.public import PublicAgreement, PublicStatus, Register
from commonweal.agreement.register.search import Wanted, found
from commonweal.agreement.register.statistics import statistics_of
from commonweal.agreement.register.tally import Tally
from commonweal.agreement.signature import sign
from commonweal.agreement.standing import Event
from commonweal.agreement.state import Act
from commonweal.catalogue import store as catalogue
from commonweal.catalogue import tables as catalogue_tables
from commonweal.catalogue.organisation import Organisation
from commonweal.ledger import Entry, Ledger
from commonweal.ledger import tables as ledger_tables
from commonweal.ledger.reading import entries
from tests.agreement.agreed import CONTRACTS, ORGANISATIONS, TEXT

KEYS = {name: Ed25519PrivateKey.generate() for name in ORGANISATIONS}
START = datetime(2026, 12, 10, 9, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


class Town:
    """A database with agreements, and what the public is told of them at a moment."""

    def __init__(self, connection: sa.Connection) -> None:
        self.c = connection
        self.clock = Clock()
        self.ledger = Ledger("town", Ed25519PrivateKey.generate(), bytes(32), self.clock)
        for name in ORGANISATIONS:
            catalogue.add_organisation(connection, Organisation(name, name.replace("_", " ").title()))

    def add(self, *, signed: int = 9, **changes: str) -> Agreement:
        text = TEXT
        for old, new in changes.items():
            text = text.replace(REPLACED[old], new)
        read = read_agreement(text, source="a.yaml", contracts=CONTRACTS, organisations=list(ORGANISATIONS))
        store.add_agreement(self.c, self.ledger, read, at=self.clock.now)
        for name in read.organisations[:signed]:
            store.record_signature(self.c, self.ledger, sign(read, name, KEYS[name], self.clock.now))
        return read

    def happen(self, act: Act, version: int, reason: str = "Between ourselves") -> None:
        event = Event("arrears-and-care", version, act, "northbank", reason, self.clock.now)
        store.record_event(self.c, self.ledger, event)

    def asked(self, agreement: str, outcome: str = "answered") -> None:
        entry = self.ledger.append(self.c, "question.asked", {"agreement": agreement})
        self.ledger.append(self.c, f"question.{outcome}", {"asked": entry.index})

    def told(self, identifier: str = "arrears-and-care") -> PublicAgreement | None:
        tally = Tally()
        tally.read_on(self.c)
        keys = {name: key.public_key().public_bytes_raw() for name, key in KEYS.items()}
        found = counted([told_of(around(self.c, self.clock.now, keys), identifier)], tally, self.clock.now)
        return found[0] if found else None

    def shown(self) -> PublicAgreement:
        told = self.told()
        assert told is not None
        return told


REPLACED = {
    "version": "version: 1",
    "public": "public: true",
    "title": "title: Rent arrears among people who receive care",
}
SECOND = {"version": "version: 2\nsupersedes: 1", "title": "title: The second of them"}
HIDDEN = SECOND | {"public": "public: false"}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'town.sqlite3'}")
    for room in (tables, comment_tables, incident_tables, catalogue_tables, ledger_tables):
        room.metadata.create_all(engine)
    with engine.begin() as connection:
        yield Town(connection)
    engine.dispose()


def test_the_text_can_be_made_into_the_others() -> None:
    assert all(text in TEXT for text in REPLACED.values())


def test_a_draft_is_not_told_of(town: Town) -> None:
    town.add(signed=0)
    assert town.told() is None
    town.happen(Act.SUSPEND, 1)
    assert town.told() is None


def test_from_the_first_signature_on_it_is(town: Town) -> None:
    town.add(signed=1)
    told = town.shown()
    assert told.status is PublicStatus.PROPOSED
    assert [each.kind for each in told.history] == ["proposed"]


def test_what_is_not_public_is_never_told_of(town: Town) -> None:
    town.add(public="public: false")
    town.asked("arrears-and-care@1")
    assert town.told() is None


def test_a_later_version_that_is_not_public_is_not_mentioned(town: Town) -> None:
    town.add()
    town.asked("arrears-and-care@1")
    town.clock.now += timedelta(days=30)
    town.add(**HIDDEN)
    town.asked("arrears-and-care@2")
    town.asked("arrears-and-care")
    town.clock.now += timedelta(days=1)
    town.happen(Act.SUSPEND, 2, "A quarrel")
    incidents.record(town.c, town.ledger, incident(town, 2, "Hush"))
    told = town.shown()
    assert (told.version, told.status) == (1, PublicStatus.SUPERSEDED)
    assert told.standing == "This version is no longer in force."
    assert told.questions.total == 1
    assert [each.version for each in told.versions] == [1]
    said = json.dumps(agreement_as_dict(told))
    assert not any(mark in said for mark in ("The second", "quarrel", "Hush", "@2", "suspended it", "ersion 2"))


def test_a_public_version_after_one_that_was_not(town: Town) -> None:
    town.add(public="public: false")
    town.asked("arrears-and-care@1")
    town.clock.now += timedelta(days=30)
    town.add(**SECOND)
    town.asked("arrears-and-care@2")
    told = town.shown()
    assert (told.version, told.title, told.questions.total) == (2, "The second of them", 1)
    assert [each.version for each in told.versions] == [2]


def test_a_newer_public_version_is_named(town: Town) -> None:
    town.add()
    town.clock.now += timedelta(days=30)
    town.add(**SECOND, signed=1)
    told = town.shown()
    assert told.version == 1
    assert (told.versions[0].version, told.versions[0].status) == (2, PublicStatus.PROPOSED)


def test_a_partys_reason_stays_with_the_parties(town: Town) -> None:
    town.add()
    town.happen(Act.SUSPEND, 1, "Their security is a sieve: see my mail")
    told = town.shown()
    assert told.status is PublicStatus.SUSPENDED
    assert told.standing == "northbank suspended it on 10 December 2026."
    assert "sieve" not in json.dumps(agreement_as_dict(told))
    assert any(each.words.startswith("Northbank suspended it") for each in told.history)


def test_the_review_shows(town: Town) -> None:
    read = town.add()
    assert town.shown().status is PublicStatus.IN_FORCE
    review = datetime.combine(read.term.review, datetime.min.time(), UTC)
    town.clock.now = review - timedelta(days=28) + timedelta(hours=12)
    assert town.shown().status is PublicStatus.REVIEW_DUE
    town.clock.now = review + timedelta(days=read.term.grace_days + 2)
    told = town.shown()
    assert told.status is PublicStatus.SUSPENDED
    assert dea.fields_of(told)["isa_status"] == "Suspended"
    town.clock.now = datetime.combine(read.term.until, datetime.min.time(), UTC) + timedelta(days=2)
    assert dea.fields_of(town.shown())["isa_status"] == "Complete"


def incident(town: Town, version: int, what: str, **changes: Any) -> Any:
    told = {
        "at": town.clock.now,
        "happened": town.clock.now.date(),
        "what": what,
        "done": "Mended.",
        "told_ico": ToldIco.YES,
        "affected": Affected.UNDER_10,
    }
    return incidents.reported("arrears-and-care", version, "northbank", **(told | changes))


def test_an_incident_that_is_kept_back_shows_the_day_after(town: Town) -> None:
    town.add()
    until = town.clock.now.date() + timedelta(days=3)
    held = incident(town, 1, "A hole", held_until=until, held_because="It is open.")
    incidents.record(town.c, town.ledger, held, by="officer@northbank.example")
    for days, shown in ((0, 0), (3, 0), (4, 1)):  # the last day included
        town.clock.now = START + timedelta(days=days)
        assert len(town.shown().incidents) == shown, days
        assert sum(each.kind == "incident" for each in town.shown().history) == shown
    assert town.shown().incidents[0].shown_from == until + timedelta(days=1)


def test_a_number_of_people_is_told_as_a_band(town: Town) -> None:
    town.add()
    incidents.record(town.c, town.ledger, incident(town, 1, "Something"))
    assert town.shown().incidents[0].affected == "fewer than 10 people"


def test_the_public_document_names_nobody_and_its_hash_is_recorded(town: Town) -> None:
    read = town.add()
    assert read.people
    text = public_canonical(read).decode()
    assert not any(person.email in text for person in read.people)
    assert "ig@northbank.example" in text
    entry = next(each for each in entries(town.c) if each.kind == "agreement.added")
    assert entry.body["public_hash"] == public_hash(read)
    assert entry.body["content_hash"] == read.content_hash != public_hash(read)
    assert town.shown().entry == entry.index


def test_nothing_else_is_left_out_of_the_public_document() -> None:
    checked = TEXT.replace(
        "safeguards: {", "safeguards: {output_checking: {allowed: true, checkers: [a@x.example, b@x.example]}, "
    )
    assert checked != TEXT
    read = read_agreement(checked, source="a.yaml", contracts=CONTRACTS, organisations=list(ORGANISATIONS))
    whole, public = read.as_document(), public_document(read)
    assert whole.keys() == public.keys()
    assert [key for key in whole if whole[key] != public[key]] == ["people", "safeguards"]
    assert public["safeguards"]["output_checking"]["checkers"] == 2
    assert public["people"] == [{"role": person.role.value} for person in read.people]


def test_a_version_added_before_the_hash_was_recorded_has_no_proof(town: Town) -> None:
    town.add()
    row = ledger_tables.entry_table
    for index, entry in town.c.execute(sa.select(row.c.idx, row.c.entry).where(row.c.kind == "agreement.added")).all():
        body = json.loads(entry)
        del body["body"]["public_hash"]
        from commonweal.ledger.canonical import canonical_bytes

        town.c.execute(sa.update(row).where(row.c.idx == index).values(entry=canonical_bytes(body)))
    assert town.shown().entry is None


KINDS = st.sampled_from(["answered", "failed", "explained", "refused", "open"])
MONTHS = st.integers(0, 3)


@given(st.lists(st.tuples(st.sampled_from(["a@1", "a@2", "b@1"]), KINDS, MONTHS), max_size=30), st.data())
def test_numbers_are_the_same_in_whatever_pieces_and_order_the_record_is_read(
    asked: list[tuple[str, str, int]], data: st.DataObject
) -> None:
    record: list[Entry] = []

    def put(kind: str, body: dict[str, Any], month: int) -> int:
        record.append(Entry(len(record), START + timedelta(days=31 * month), kind, body, ""))
        return len(record) - 1

    later: list[tuple[str, int, int]] = []
    for reference, kind, month in asked:
        if kind == "refused":
            put("question.refused", {"agreement": reference, "clause": "data: x"}, month)
            continue
        index = put("question.asked", {"agreement": reference}, month)
        if kind != "open":
            later.append((kind, index, month))
    for kind, index, month in data.draw(st.permutations(later)):
        put(f"question.{kind}", {"asked": index}, month)
    whole = Tally()
    whole.count(record)
    cut = data.draw(st.integers(0, len(record)))
    pieces = Tally()
    pieces.count(reversed(record[:cut]))
    pieces.count(reversed(record[cut:]))
    assert pieces.outcomes == whole.outcomes and pieces.refusals == whole.refusals and pieces.last == whole.last
    assert not pieces.early
    for reference in ("a@1", "a@2", "b@1"):
        counted = sum(each.total for each in whole.of([reference]).months.values())
        assert counted == sum(1 for name, kind, _ in asked if name == reference and kind != "open")


def test_figures_are_of_all_of_them(town: Town) -> None:
    town.add()
    for outcome in ("answered", "answered", "failed", "explained"):
        town.asked("arrears-and-care@1", outcome)
    town.ledger.append(town.c, "question.refused", {"agreement": "arrears-and-care", "clause": "identifiers"})
    figures = statistics_of([town.shown()])
    assert (figures.questions.total, figures.questions.rehearsed, figures.questions.refused) == (5, 1, 1)
    assert figures.refusals[0].words == "It asked for something that names people."
    assert figures.by_status == (("in-force", 1),)
    assert figures.median_days_to_force == 0
    assert statistics_of([]).median_days_to_force is None


def test_months_without_a_question_are_told_too(town: Town) -> None:
    town.add()
    town.asked("arrears-and-care@1")
    town.clock.now += timedelta(days=92)
    town.asked("arrears-and-care@1")
    told = town.shown()
    assert [(each.month, each.outcomes.total) for each in told.months] == [
        ("2026-12", 1),
        ("2027-01", 0),
        ("2027-02", 0),
        ("2027-03", 1),
    ]
    assert told.questions_this_month.total == 1


def test_columns_are_told_in_words() -> None:
    from commonweal.agreement.register.gathering import held_in
    from commonweal.catalogue.contract import Column

    described = Column("need", "string", "VARCHAR", None, description="The main need for care")
    assert held_in("need", described) == "The main need for care"
    assert held_in("x", Column("x", "string", "VARCHAR", None, standard="nhs-number")) == "NHS number"
    assert held_in("uprn", None) == "Unique Property Reference Number"
    assert held_in("absence_pct", None) == "absence pct"


def test_words_are_found_without_capitals_and_accents(town: Town) -> None:
    town.add(title="title: Café arrears")
    every = [town.shown()]
    assert found(every, Wanted("CAFE")) and found(every, Wanted("café NORTHBANK"))
    assert not found(every, Wanted("cafe penguins"))
    assert not found(every, Wanted(status="ended")) and found(every, Wanted(status="in-force"))


def test_what_people_wrote_is_words_in_markdown_and_xml(town: Town) -> None:
    town.add(title="title: '<b>Rent</b> & *care* [x](https://evil.example)'")
    told = town.shown()
    text = atrs.as_markdown(atrs.draft(told, "https://x.example"), told.title)
    assert "\\<b\\>" in text and "[x](" not in text.partition("\n")[2]
    feed = feed_of(Register("town", START, (told,), statistics_of([told])), base="https://x.example/register")
    assert b"&lt;b&gt;Rent" in feed and b"<b>" not in feed


def test_pages_of_the_list_hang_together(town: Town) -> None:
    town.add()
    from dataclasses import replace

    every = [replace(town.shown(), id=f"a{number}") for number in range(5)]
    seen, page = [], 1
    while True:
        told = dea.page_of(every, page, 2, "https://x.example/register")
        seen += [each["agreement"]["data"]["id"] for each in told["agreements"]]
        if "next" not in told["links"]:
            break
        page += 1
        assert told["links"]["next"] == f"https://x.example/register/agreements.json?page={page}&items=2"
    assert seen == [f"a{number}" for number in range(5)]
    assert told["links"]["previous"].endswith("page=2&items=2")


def test_an_agreement_named_like_a_page_has_an_address_of_its_own(town: Town) -> None:
    town.add()
    from dataclasses import replace

    named = replace(town.shown(), id="statistics")
    register = Register("town", START, (named,), statistics_of([named]))
    assert named.slug == "~statistics"
    assert register.find("~statistics") is register.find("statistics") is named
    assert date.fromisoformat(dea.fields_of(named)["end_date"])
