"""A process of its own that appends to a ledger and says each index only after it is on disk; killed by tests.

usage: appending.py DATABASE NAME COUNT THREADS      (THREADS 0: one transaction an entry, else group commit)
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Engine, create_engine, event

from commonweal.ledger import GroupWriter, Ledger
from commonweal.ledger.tables import metadata

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
HASHING_KEY = bytes(range(32, 64))


def open_database(path: Path) -> Engine:
    """Return an engine as installations set it up: write-ahead, flushed at each commit, writers queue."""
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def _connect(raw: object, _: object) -> None:
        raw.isolation_level = None  # type: ignore[attr-defined]
        for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL"):
            raw.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def main(path: Path, name: str, count: int, threads: int) -> None:
    engine = open_database(path)
    metadata.create_all(engine)
    ledger = Ledger("town", KEY, HASHING_KEY)
    writer = GroupWriter(ledger, engine.begin)
    speaking = threading.Lock()

    def work() -> None:
        for number in range(count):
            body = {"by": name, "number": number, "padding": "x" * 200}
            if threads:
                entry = writer.append("test.appended", body)
            else:
                with engine.begin() as connection:
                    entry = ledger.append(connection, "test.appended", body)
            with speaking:
                print(entry.index, flush=True)

    workers = [threading.Thread(target=work) for _ in range(threads or 1)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
