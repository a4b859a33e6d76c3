"""Group commit: one transaction for many threads, each of which gets its own result."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from commonweal.errors import BadInput, Unavailable
from commonweal.ledger import GroupWriter, Ledger, entries, verify


class Counting:
    """Transactions, counted; the first can be held until others have queued."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.begun = 0
        self.hold = threading.Event()
        self.hold.set()

    @contextmanager
    def __call__(self) -> Iterator[Connection]:
        self.begun += 1
        self.hold.wait(10)
        with self.engine.begin() as connection:
            yield connection


def test_many_threads_share_few_transactions(engine: Engine, ledger: Ledger, path: Path) -> None:
    transaction = Counting(engine)
    writer = GroupWriter(ledger, transaction)
    with ThreadPoolExecutor(20) as pool:
        made = list(pool.map(lambda number: writer.append("question.asked", {"number": number}), range(400)))
    assert sorted(each.index for each in made) == list(range(400))
    assert transaction.begun < 400
    assert verify(path).entries == 400
    with engine.connect() as connection:
        by_index = {each.index: each for each in entries(connection)}
    assert all(by_index[each.index].body == {"number": number} for number, each in enumerate(made))


def test_an_act_that_fails_is_undone_alone(engine: Engine, ledger: Ledger, path: Path) -> None:
    transaction = Counting(engine)
    transaction.hold.clear()
    writer = GroupWriter(ledger, transaction)

    def good(connection: Connection) -> str:
        ledger.text(connection, "kept")
        return ledger.receipt(connection, ledger.append(connection, "question.asked", {"good": True}).index).proof

    def bad(connection: Connection) -> None:
        ledger.text(connection, "not kept")
        ledger.append(connection, "question.asked", {"good": False})
        raise KeyError("gone")

    with ThreadPoolExecutor(8) as pool:
        acts = [pool.submit(writer.run, act) for act in (good, bad, good, bad)]  # type: ignore[arg-type]
        plain = [pool.submit(writer.append, "question.asked", {"plain": number}) for number in range(2)]
        transaction.hold.set()
        assert all(isinstance(act.result(), str) for act in acts[::2])
        assert all(isinstance(act.exception(), KeyError) for act in acts[1::2])
        assert all(each.result().kind == "question.asked" for each in plain)
    with engine.connect() as connection:
        bodies = [each.body for each in entries(connection)]
        assert len(bodies) == 4
        assert {"good": False} not in bodies
        assert connection.execute(text("SELECT text FROM ledger_text")).scalars().all() == ["kept"]
    assert verify(path).entries == 4


def test_when_the_commit_fails_nobody_is_told_that_it_is_done(engine: Engine, ledger: Ledger) -> None:
    @contextmanager
    def failing() -> Iterator[Connection]:
        with engine.begin() as connection:
            yield connection
            connection.exec_driver_sql("this is not SQL, as a full disk is not a disk")

    writer = GroupWriter(ledger, failing)
    with ThreadPoolExecutor(4) as pool:
        acts = [pool.submit(writer.append, "question.asked", {}) for _ in range(8)]
        assert all(isinstance(act.exception(), Unavailable) for act in acts)
    with engine.connect() as connection:
        assert list(entries(connection)) == []
    assert GroupWriter(ledger, engine.begin).append("question.asked", {}).index == 0


def test_bad_bodies_never_reach_the_others(engine: Engine, ledger: Ledger) -> None:
    writer = GroupWriter(ledger, engine.begin)
    with pytest.raises(BadInput):
        writer.append("question.asked", {"x": float("nan")})
    assert writer.append("question.asked", {}).index == 0
