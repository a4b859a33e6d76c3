"""Figures of the ledger: durable appends in groups, proofs, verification.

usage: python bench/ledger.py [ENTRIES] [FOLDER]     (100,000 entries by default; the promise is about 1,000,000)

Prints one line a figure, with the target of the design beside it. Every append is flushed to disk (synchronous=FULL).
CPU seconds are printed too, because other work on the machine stretches the clock.
"""

from __future__ import annotations

import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Engine, create_engine, event

from commonweal.ledger import GroupWriter, Ledger, verify, verify_proof
from commonweal.ledger.entry import Prepared, prepare
from commonweal.ledger.reading import consistency_path, inclusion_path
from commonweal.ledger.tables import metadata


def database(path: Path) -> Engine:
    """Return an engine as installations set it up: write-ahead, flushed at each commit, writers queue."""
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def _connect(raw: object, _: object) -> None:
        raw.isolation_level = None  # type: ignore[attr-defined]
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000"):
            raw.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    metadata.create_all(engine)
    return engine


def body(number: int) -> dict[str, object]:
    """Return a body like that of a question."""
    return {
        "agreement": f"agreement-{number % 13}@1",
        "person": f"{number % 97:064x}",
        "purpose": "prevention",
        "question": f"{number:064x}",
        "tables": ["northbank/housing", "riverside_nhs/social_care"],
    }


def timed(what: str, count: int, act: Callable[[], object], target: str = "") -> None:
    """Run and print how many a second."""
    clock, cpu = time.perf_counter(), time.process_time()
    act()
    clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
    print(f"{what:<58} {count / clock:>10,.0f}/s   {clock:6.2f} s, {cpu:6.2f} s CPU   {target}", flush=True)


def in_threads(writer: GroupWriter, threads: int, each: int) -> None:
    """Append from many threads at once; each append returns only when it is on disk."""

    def work(first: int) -> None:
        for number in range(each):
            writer.append("question.asked", body(first * each + number))

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def fill(engine: Engine, ledger: Ledger, acts: list[Prepared]) -> None:
    """Append in transactions of 1,000."""
    for start in range(0, len(acts), 1000):
        with engine.begin() as connection:
            ledger.append_prepared(connection, acts[start : start + 1000])


def main(entries: int, folder: Path) -> None:
    """Fill a ledger and measure it."""
    path = folder / "ledger.db"
    engine = database(path)
    ledger = Ledger("bench", Ed25519PrivateKey.generate(), bytes(32))

    @contextmanager
    def transaction() -> Iterator[Connection]:
        with engine.begin() as connection:
            yield connection

    def one_by_one(count: int) -> None:
        for number in range(count):
            with engine.begin() as connection:
                ledger.append(connection, "question.asked", body(number))

    timed("append, one flushed transaction each", 300, lambda: one_by_one(300))
    writer = GroupWriter(ledger, transaction)
    for threads in (16, 64, 256):
        each = 12_800 // threads
        run = threading.Thread(target=in_threads, args=(writer, threads, each))
        timed(f"append, {threads} threads, group commit", threads * each, lambda run=run: (run.start(), run.join()),
              "target 5,000/s")  # fmt: skip
    acts = [prepare("question.answered", body(number)) for number in range(entries)]
    timed("append, transactions of 1,000", len(acts), lambda: fill(engine, ledger, acts))
    rng = random.Random(1)
    with engine.begin() as connection:
        note = ledger.checkpoint(connection)
        size = int(note.split("\n")[1])
        picked = [rng.randrange(size) for _ in range(5000)]
        timed(f"inclusion proofs at {size:,}", 5000, lambda: [inclusion_path(connection, i, size) for i in picked],
              "target 8,000/s")  # fmt: skip
        timed(f"consistency proofs at {size:,}", 5000, lambda: [consistency_path(connection, i, size) for i in picked])
        texts: list[str] = []
        timed("receipts: entry, proof and checkpoint as text", 5000,
              lambda: texts.extend(ledger.receipt(connection, i).proof for i in picked))  # fmt: skip
    timed(
        "proofs verified offline, signature included", 1000, lambda: [verify_proof(t, ledger.key) for t in texts[:1000]]
    )
    steps: list[tuple[float, str]] = []
    timed("verify: entries, tree, checkpoints, whole file", size,
          lambda: verify(path, against=note, progress=lambda what, _, __: steps.append((time.perf_counter(), what))),
          "target 100,000/s")  # fmt: skip
    reading = [at for at, what in steps if what == "reading entries"]
    print(f"  of which reading entries {(size - 1000) / (reading[-1] - reading[0]):,.0f}/s; "
          f"file {path.stat().st_size >> 20} MiB")  # fmt: skip


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, Path(sys.argv[2] if len(sys.argv) > 2 else temporary))
