"""Keeping agreements: versions that never change, signatures and events with their entries, by the table."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commonweal.agreement import store, tables
from commonweal.agreement.document import Agreement
from commonweal.agreement.register.document import public_hash
from commonweal.agreement.signature import sign
from commonweal.agreement.standing import Event
from commonweal.agreement.state import MOVES, Act, State
from commonweal.errors import BadInput, CommonwealError, Conflict, NotAllowed, NotFound, Tampered

from .agreed import IN_TERM, Book, changed, edition, read

Key = Callable[[str], Ed25519PrivateKey]
ID = "arrears-and-care"


def do(c: sa.Connection, book: Book, act: Act, organisation: str, at: datetime = IN_TERM) -> None:
    version = store.agreement(c, ID).version
    store.record_event(c, book, Event(ID, version, act, organisation, "a reason", at))


def sign_all(c: sa.Connection, book: Book, key: Key, agreement: Agreement, at: datetime = IN_TERM) -> None:
    for name in agreement.organisations:
        store.record_signature(c, book, sign(agreement, name, key(name), at))


def test_from_draft_to_in_force_each_step_with_its_entry(connection: sa.Connection, book: Book, key: Key) -> None:
    agreement = read()
    store.add_agreement(connection, book, agreement, at=IN_TERM, by="officer@northbank.example")
    assert store.agreement(connection, ID) == agreement
    assert store.current_standing(connection, ID, IN_TERM).state is State.DRAFT
    store.record_signature(connection, book, sign(agreement, "northbank", key("northbank"), IN_TERM))
    assert store.current_standing(connection, ID, IN_TERM).state is State.PROPOSED
    store.record_signature(connection, book, sign(agreement, "riverside_nhs", key("riverside_nhs"), IN_TERM))
    assert store.current_standing(connection, ID, IN_TERM).in_force
    assert [kind for kind, _ in book.entries] == ["agreement.added", "agreement.signed", "agreement.signed"]
    assert book.entries[0][1] == {
        "agreement": ID,
        "version": 1,
        "content_hash": agreement.content_hash,
        "public_hash": public_hash(agreement),
        "by": book.person(connection, "officer@northbank.example"),
    }
    assert [each.organisation for each in store.signatures(connection, ID, 1)] == ["northbank", "riverside_nhs"]
    assert store.agreements(connection) == (agreement,)


def test_the_ledger_holds_no_reason_and_no_address_but_can_prove_both(
    connection: sa.Connection, book: Book, key: Key
) -> None:
    store.add_agreement(connection, book, read(), at=IN_TERM, by="officer@northbank.example")
    event = Event(ID, 1, Act.SUSPEND, "northbank", "Mrs Quince complained", IN_TERM)
    store.record_event(connection, book, event, by="officer@northbank.example")
    assert store.events(connection, ID)[0].reason == "Mrs Quince complained"
    assert "Quince" not in str(book.entries)
    assert "officer@" not in str(book.entries)
    salt = connection.scalar(sa.select(tables.events.c.reason_salt))
    opened = hashlib.sha256(bytes.fromhex(str(salt)) + b"Mrs Quince complained").hexdigest()
    assert book.entries[-1][1]["reason_commitment"] == opened


def test_versions_count_up_and_never_change(connection: sa.Connection, book: Book) -> None:
    with pytest.raises(Conflict, match="cannot be added"):
        store.add_agreement(connection, book, edition(2), at=IN_TERM)
    store.add_agreement(connection, book, edition(1), at=IN_TERM)
    for wrong in (read(changed(("sex: keep", "sex: withhold"))), edition(3)):
        with pytest.raises(Conflict) as caught:
            store.add_agreement(connection, book, wrong, at=IN_TERM)
        assert "version: 2" in caught.value.remedy
    store.add_agreement(connection, book, edition(2), at=IN_TERM)
    assert store.agreement(connection, ID).version == 2
    assert store.agreement(connection, ID, 1).version == 1
    assert [each.version for each in store.versions(connection, ID)] == [1, 2]
    assert len(book.entries) == 2, "a refused act leaves no entry"


def test_unknown_names_get_the_nearest(connection: sa.Connection, book: Book) -> None:
    store.add_agreement(connection, book, read(), at=IN_TERM)
    with pytest.raises(NotFound) as caught:
        store.agreement(connection, "arrears-and-car")
    assert ID in caught.value.remedy
    with pytest.raises(NotFound, match="no version 7"):
        store.agreement(connection, ID, 7)
    for ask in (store.current, store.current_standing):
        with pytest.raises(NotFound):
            ask(connection, "nothing", IN_TERM)
    with pytest.raises(NotFound):
        store.current_standing(connection, ID, IN_TERM, version=7)


def test_who_may_sign_and_what(connection: sa.Connection, book: Book, key: Key) -> None:
    agreement = read()
    store.add_agreement(connection, book, agreement, at=IN_TERM)
    good = sign(agreement, "northbank", key("northbank"), IN_TERM)
    other = read(changed(("sex: keep", "sex: withhold")))
    with pytest.raises(BadInput):
        store.record_signature(connection, book, sign(other, "northbank", key("northbank"), IN_TERM))
    with pytest.raises(BadInput):
        store.record_signature(connection, book, good, public_keys={"northbank": bytes(32)})
    with pytest.raises(BadInput):
        store.record_signature(connection, book, good, public_keys={})
    stranger = replace(good, organisation="county_police")
    with pytest.raises(NotAllowed, match="not a party"):
        store.record_signature(connection, book, stranger)
    known = {"northbank": good.public_key}
    store.record_signature(connection, book, good, public_keys=known)
    with pytest.raises(Conflict, match="already"):
        store.record_signature(connection, book, good)
    store.add_agreement(connection, book, edition(2), at=IN_TERM)
    with pytest.raises(Conflict, match="can no longer be signed"):
        store.record_signature(connection, book, sign(agreement, "riverside_nhs", key("riverside_nhs"), IN_TERM))


def test_acts_that_the_table_does_not_know_are_refused(connection: sa.Connection, book: Book, key: Key) -> None:
    agreement = read()
    store.add_agreement(connection, book, agreement, at=IN_TERM)
    with pytest.raises(Conflict, match="nothing to resume"):
        do(connection, book, Act.RESUME, "northbank")
    with pytest.raises(NotAllowed):
        do(connection, book, Act.SUSPEND, "county_police")
    do(connection, book, Act.SUSPEND, "northbank")
    with pytest.raises(Conflict, match="nothing to resume"):
        do(connection, book, Act.RESUME, "riverside_nhs")
    do(connection, book, Act.END, "riverside_nhs")
    for act in (Act.SUSPEND, Act.RESUME, Act.WITHDRAW, Act.END):
        with pytest.raises(Conflict):
            do(connection, book, act, "northbank")
    with pytest.raises(Conflict, match="ended"):
        store.record_signature(connection, book, sign(agreement, "northbank", key("northbank"), IN_TERM))
    with pytest.raises(BadInput, match="reason"):
        store.record_event(connection, book, Event(ID, 1, Act.END, "northbank", "  ", IN_TERM))


def test_a_new_version_takes_the_place_on_its_first_day(connection: sa.Connection, book: Book, key: Key) -> None:
    first, second = edition(1), edition(2, from_="2027-03-01")
    store.add_agreement(connection, book, first, at=IN_TERM)
    sign_all(connection, book, key, first)
    store.add_agreement(connection, book, second, at=IN_TERM)
    assert store.current(connection, ID, IN_TERM).agreement.version == 1
    assert store.current(connection, ID, IN_TERM).standing.in_force
    assert not store.current_standing(connection, ID, IN_TERM).in_force, "the latest version is still a draft"
    assert store.current_standing(connection, ID, IN_TERM, version=1).in_force
    sign_all(connection, book, key, second)
    assert store.current(connection, ID, IN_TERM).agreement.version == 1
    begun = datetime.fromisoformat("2027-03-01T00:00:00+00:00")
    assert store.current(connection, ID, begun).agreement.version == 2
    assert store.current_standing(connection, ID, begun, version=1).state is State.SUPERSEDED
    assert store.current_standing(connection, ID, begun).in_force
    assert store.agreements(connection) == (second,)


def test_a_draft_on_its_way_cannot_slip_past_a_suspension(connection: sa.Connection, book: Book, key: Key) -> None:
    first, second = edition(1), edition(2)
    store.add_agreement(connection, book, first, at=IN_TERM)
    sign_all(connection, book, key, first)
    store.add_agreement(connection, book, second, at=IN_TERM)
    do(connection, book, Act.SUSPEND, "northbank")
    assert store.current_standing(connection, ID, IN_TERM, version=1).state is State.SUSPENDED
    sign_all(connection, book, key, second)
    assert store.current(connection, ID, IN_TERM).standing.state is State.SUSPENDED
    do(connection, book, Act.RESUME, "northbank")
    assert store.current(connection, ID, IN_TERM).standing.in_force
    do(connection, book, Act.WITHDRAW, "northbank")
    store.add_agreement(connection, book, edition(3), at=IN_TERM)
    sign_all(connection, book, key, edition(3))
    assert store.current(connection, ID, IN_TERM).standing.in_force


def test_what_was_changed_in_the_database_answers_nothing(connection: sa.Connection, book: Book, key: Key) -> None:
    agreement = read()
    store.add_agreement(connection, book, agreement, at=IN_TERM)
    sign_all(connection, book, key, agreement)
    assert store.current(connection, ID, IN_TERM).standing.in_force
    other = read(changed(("sex: keep", "sex: keep, ethnicity: keep")))
    connection.execute(sa.update(tables.agreements).values(document=other.canonical.decode()))
    with pytest.raises(Tampered):
        store.current_standing(connection, ID, IN_TERM)
    connection.execute(sa.update(tables.agreements).values(content_hash=other.content_hash))
    assert store.current_standing(connection, ID, IN_TERM).state is State.SUSPENDED
    connection.execute(sa.update(tables.signatures).values(content_hash=other.content_hash))
    assert not store.current_standing(connection, ID, IN_TERM).in_force
    connection.execute(sa.update(tables.agreements).values(document="{}"))
    with pytest.raises(Tampered):
        store.agreement(connection, ID)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["sign", "suspend", "resume", "withdraw", "end", "new version", "day", "month"]),
        st.sampled_from(["northbank", "riverside_nhs"]),
    ),
    max_size=14,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_happens_every_move_is_in_the_table(key: Key, steps: list[tuple[str, str]]) -> None:
    moves = {(move.before, move.after) for move in MOVES}
    engine = sa.create_engine("sqlite://")
    tables.metadata.create_all(engine)
    book, now = Book(), datetime.fromisoformat("2026-11-29T12:00:00+00:00")
    with engine.begin() as c:
        store.add_agreement(c, book, edition(1, from_="2026-12-01"), at=now)
        states = {1: State.DRAFT}
        for step, name in steps:
            try:
                if step == "sign":
                    store.record_signature(c, book, sign(store.agreement(c, ID), name, key(name), now))
                elif step == "new version":
                    store.add_agreement(
                        c, book, edition(store.agreement(c, ID).version + 1, from_="2026-12-01"), at=now
                    )
                elif step in ("day", "month"):
                    now += timedelta(days=1 if step == "day" else 31)
                else:
                    do(c, book, Act(step), name, now)
            except CommonwealError:
                pass
            for document in store.versions(c, ID):
                before = states.get(document.version, State.DRAFT)
                after = store.current_standing(c, ID, now, version=document.version).state
                assert before is after or (before, after) in moves, (before, step, after)
                states[document.version] = after
            assert sum(state is State.IN_FORCE for state in states.values()) <= 1
    engine.dispose()


def test_standing_is_quick_and_needs_three_statements(connection: sa.Connection, book: Book, key: Key) -> None:
    agreement = read()
    store.add_agreement(connection, book, agreement, at=IN_TERM)
    sign_all(connection, book, key, agreement)
    statements: list[str] = []
    sa.event.listen(connection, "before_cursor_execute", lambda *given: statements.append(given[2]))
    started = time.perf_counter()
    for _ in range(20):
        assert store.current_standing(connection, ID, IN_TERM).in_force
    assert len(statements) == 60
    assert (time.perf_counter() - started) / 20 < 0.05
