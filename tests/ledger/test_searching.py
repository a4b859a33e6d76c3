from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commonweal.ledger import Ledger, tables
from commonweal.ledger.searching import Sought, following, months, search


@pytest.fixture
def written(tmp_path: Path) -> Iterator[tuple[sa.Connection, Ledger]]:
    engine = sa.create_engine(f"sqlite:///{tmp_path}/x.sqlite3")
    tables.metadata.create_all(engine)
    ledger = Ledger("town", Ed25519PrivateKey.generate(), b"k" * 32)
    with engine.begin() as connection:
        ana, bo = ledger.person(connection, "ana@x.example"), ledger.person(connection, "bo@x.example")
        for kind, body in [
            ("dataset.added", {"dataset": "north/homes"}),
            ("dataset.added", {"dataset": "north/homes_old"}),
            ("question.asked", {"agreement": "a@1", "person": ana, "datasets": ["north/homes@12"]}),
            ("question.answered", {"asked": 2, "rows": 1}),
            ("question.asked", {"agreement": "a-b@1", "person": bo, "datasets": ["north/homes_old@12"]}),
            ("meter.opened", {"agreement": "a@1", "rho": {"north/homes.arrears@12": 0.1}}),
            ("output.decided", {"decisions": [{"person": ana}]}),
        ]:
            ledger.append(connection, kind, body)
        yield connection, ledger
    engine.dispose()


def found(connection: sa.Connection, **sought: object) -> list[int]:
    return [entry.index for entry in search(connection, Sought(**sought))]  # type: ignore[arg-type]


def test_a_dataset_is_not_taken_for_one_whose_name_begins_alike(written: tuple[sa.Connection, Ledger]) -> None:
    connection, _ = written
    assert found(connection, dataset="north/homes") == [5, 2, 0]
    assert found(connection, dataset="north/homes_old") == [4, 1]
    assert found(connection, dataset="north/home") == []
    assert months(connection, "question.asked", "north/homes") == {datetime.now(UTC).strftime("%Y-%m"): 1}


def test_a_person_is_found_wherever_they_are_named(written: tuple[sa.Connection, Ledger]) -> None:
    connection, ledger = written
    assert found(connection, person=ledger.person_hash("Ana@x.example")) == [6, 2]
    assert found(connection, person=ledger.person_hash("nobody@x.example")) == []


def test_agreements_kinds_and_pages(written: tuple[sa.Connection, Ledger]) -> None:
    connection, _ = written
    assert found(connection, agreement="a") == [5, 2]
    assert found(connection, kind="question") == [4, 3, 2]
    assert found(connection, kind="question.asked", before=4) == [2]
    assert [entry.index for entry in search(connection, Sought(), limit=2)] == [6, 5]
    assert found(connection, since=datetime(2001, 1, 1, tzinfo=UTC)) == [6, 5, 4, 3, 2, 1, 0]
    assert found(connection, until=datetime(2001, 1, 1, tzinfo=UTC)) == []


def test_what_became_of_a_question(written: tuple[sa.Connection, Ledger]) -> None:
    connection, _ = written
    assert {asked: entry.index for asked, entry in following(connection, [2, 4]).items()} == {2: 3}
    assert following(connection, []) == {}


@pytest.mark.parametrize("text", ["'; DROP TABLE ledger_entry; --", "%", "_", "a\x00b", "\ud83d\ude00"])
def test_what_is_looked_for_is_never_run(written: tuple[sa.Connection, Ledger], text: str) -> None:
    connection, _ = written
    plain = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert found(connection, dataset=plain, agreement=plain, kind=plain) == []
    assert found(connection, kind="question") == [4, 3, 2]
