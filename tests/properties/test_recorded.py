"""Promise 1: no answer without an entry written first; every answer's proof verifies with the public key alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from sqlalchemy import event

from commonweal.engines.duckdb_engine import DuckDBEngine
from commonweal.engines.engine import Limits
from commonweal.errors import CommonwealError, EngineFailed, Refused, Tampered, Unavailable
from commonweal.gateway import Gateway
from commonweal.installation import Installation, open_installation
from commonweal.installation.database import Database
from commonweal.ledger import entries, verify_proof
from commonweal.ledger.verification import verify
from tests.acceptance.living import Living
from tests.acceptance.town import AGREEMENT, ANALYST
from tests.properties.wording import Asked, Manner, asked, manner, written

pytestmark = pytest.mark.slow

QUESTION = "select tenancy, count(*) as homes from housing group by tenancy"
PHASES = (Phase.explicit, Phase.generate)


@settings(max_examples=25, deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck), derandomize=True)
@given(what=asked(), how=manner())
def test_intent_comes_first_and_the_proof_verifies(what: Asked, how: Manner, place: Living) -> None:
    question = written(what, how)
    note(question)
    answer = place.gateway.ask(question, agreement=AGREEMENT)
    key = str(place.installation.ledger.key)
    proven = verify_proof(answer.receipt.proof, key)
    assert (proven.entry.kind, proven.entry.index) == ("question.answered", answer.receipt.index)
    assert proven.entry.leaf_hash == answer.receipt.leaf_hash
    assert proven.entry.body["rows"] == answer.table.num_rows
    with place.installation.reading() as connection:
        asked_at = int(str(proven.entry.body["asked"]))
        assert asked_at < answer.receipt.index
        intent = place.installation.ledger.receipt(connection, asked_at)
    entry = verify_proof(intent.proof, key).entry
    assert entry.kind == "question.asked"
    assert entry.body["agreement"] == f"{AGREEMENT}@1"
    assert entry.body["question"] == place.installation.ledger.hashed(question, "text")
    assert entry.time <= proven.entry.time


def test_a_proof_that_was_changed_does_not_verify(place: Living) -> None:
    answer = place.gateway.ask(QUESTION, agreement=AGREEMENT)
    key, proof = str(place.installation.ledger.key), answer.receipt.proof
    assert verify_proof(proof, key).entry.index == answer.receipt.index
    lines = proof.split("\n")
    for number, line in enumerate(lines):
        if len(line) > 20:
            changed = line[:12] + ("A" if line[12] != "A" else "B") + line[13:]
            with pytest.raises(CommonwealError) as caught:
                verify_proof("\n".join([*lines[:number], changed, *lines[number + 1 :]]), key)
            assert caught.value.code in {Tampered.code, "bad-input"}


@dataclass
class Runs:
    """The runs of the engine, which runs all the same; `after` is called when one has ended."""

    count: int = 0
    after: Callable[[], None] | None = field(default=None)


@contextmanager
def watched() -> Iterator[Runs]:
    """Count the runs of every engine."""
    runs = Runs()
    original: Callable[..., Any] = DuckDBEngine.run

    def run(self: DuckDBEngine, *arguments: Any, **named: Any) -> Any:
        runs.count += 1
        result = original(self, *arguments, **named)
        if runs.after is not None:
            runs.after()
        return result

    with patch.object(DuckDBEngine, "run", run):
        yield runs


@pytest.fixture
def impatient(place: Living) -> Iterator[Installation]:
    """Return the same installation, opened anew, with a database that waits for a lock a fifth of a second only."""
    opened = open_installation(place.installation.folder)
    opened.database = Database(opened.layout.database, folder=opened.folder, wait_seconds=0.2)
    yield opened
    opened.close()


def size(path: Path) -> int:
    """Return the number of entries in the ledger."""
    connection = sqlite3.connect(path)
    try:
        (count,) = connection.execute("SELECT count(*) FROM ledger_entry").fetchone()
    finally:
        connection.close()
    return int(count)


def nothing_happens(gateway: Gateway, question: str) -> None:
    """Check that a question gets no answer, no run of the engine and no entry, and that the reason is the record."""
    with watched() as runs, pytest.raises(Unavailable) as caught:
        gateway.ask(question, agreement=AGREEMENT)
    assert runs.count == 0
    assert caught.value.remedy


def everybody_is_well(installation: Installation, gateway: Gateway, before: int) -> None:
    """Check that nothing was half written and that asking works again."""
    verify(installation.layout.database)
    assert size(installation.layout.database) == before
    with watched() as runs:
        assert gateway.ask(QUESTION, agreement=AGREEMENT).table.num_rows
    assert runs.count
    assert size(installation.layout.database) == before + 2


def test_a_locked_database(impatient: Installation, place: Living) -> None:
    gateway = impatient.gateway(ANALYST)
    before = size(impatient.layout.database)
    holder = sqlite3.connect(impatient.layout.database, isolation_level=None)
    try:
        holder.execute("BEGIN IMMEDIATE")
        nothing_happens(gateway, QUESTION)
        nothing_happens(gateway, "select name from person")  # a refusal that cannot be recorded is none either
    finally:
        holder.close()
    everybody_is_well(impatient, gateway, before)


def on_every_connection(installation: Installation, pragma: str) -> None:
    """Have every writing connection begin with a PRAGMA, as a database that others have set up would."""

    @event.listens_for(installation.database._writer, "connect")
    def connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(pragma)


def test_a_full_disk(impatient: Installation, place: Living) -> None:
    """The database may not grow by a page: what is too long for what is free fails as on a full disk."""
    (pages,) = sqlite3.connect(impatient.layout.database).execute("PRAGMA page_count").fetchone()
    on_every_connection(impatient, f"PRAGMA max_page_count = {pages}")
    before = size(impatient.layout.database)
    gateway = impatient.gateway(ANALYST)
    long = QUESTION + " /* " + "full " * 3_800 + "*/"
    nothing_happens(gateway, long)
    everybody_is_well(place.installation, place.gateway, before)
    assert place.gateway.ask(long, agreement=AGREEMENT).table.num_rows, "it was the question, not the disk"


def test_a_read_only_database(impatient: Installation, place: Living) -> None:
    on_every_connection(impatient, "PRAGMA query_only = ON")
    before = size(impatient.layout.database)
    nothing_happens(impatient.gateway(ANALYST), QUESTION)
    everybody_is_well(place.installation, place.gateway, before)


def test_an_outcome_that_cannot_be_recorded_is_not_handed_over(impatient: Installation, place: Living) -> None:
    gateway = impatient.gateway(ANALYST)
    before = size(impatient.layout.database)
    holder = sqlite3.connect(impatient.layout.database, isolation_level=None)
    try:
        with watched() as runs:
            runs.after = lambda: holder.in_transaction or holder.execute("BEGIN IMMEDIATE")  # type: ignore[assignment]
            with pytest.raises(Unavailable):
                gateway.ask(QUESTION, agreement=AGREEMENT)
        assert runs.count, "the question did not run, so there was nothing to hold back"
    finally:
        holder.close()
    assert size(impatient.layout.database) == before + 1, "the intent stands; the outcome could not be written"
    everybody_is_well(impatient, gateway, before + 1)


def test_refusals_are_recorded_too(place: Living) -> None:
    with watched() as runs, pytest.raises(Refused) as caught:
        place.gateway.ask("select name from person", agreement=AGREEMENT)
    assert runs.count == 0
    with place.installation.reading() as connection:
        newest = next(iter(entries(connection, kind="question", limit=1)))
    assert newest.kind == "question.refused"
    assert caught.value.reference == f"entry {newest.index}"


@pytest.mark.parametrize("way", [Gateway.ask, Gateway.explain], ids=["ask", "explain"])
def test_a_failure_is_recorded_as_one(way: Callable[..., Any], place: Living) -> None:
    hurried = replace(place.gateway.surroundings, limits=Limits(rows=0))
    with pytest.raises(EngineFailed):
        way(Gateway(ANALYST, hurried), QUESTION, agreement=AGREEMENT)
    with place.installation.reading() as connection:
        failed, asked_for = entries(connection, kind="question", limit=2)
    assert (failed.kind, asked_for.kind) == ("question.failed", "question.asked")
    assert failed.body == {"asked": asked_for.index, "error": "engine-failed"}
