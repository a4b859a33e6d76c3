"""The engine's process: ``python -m commonweal.engines.worker``. It answers one question at a time, over its pipes.

Started by `commonweal.engines.worker_process`, never by hand. It loads DuckDB and pyarrow and nothing else of
commonweal. It says what went wrong by the type of the error only, prints nothing, and ends with its parent.
"""

from __future__ import annotations

import json
import os
import queue
import select
import signal
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from commonweal.engines import confinement, messages
from commonweal.engines.locked_connection import open_locked

if TYPE_CHECKING:
    import duckdb

KEPT_CONNECTIONS = 4
BATCH_ROWS = 65_536


class NotOneSelect(Exception):
    """The text is not exactly one SELECT to DuckDB's own parser."""


class TooManyRows(Exception):
    """The result has more rows than the question may return."""


class TooManyBytes(Exception):
    """The result takes more memory than the question may return."""


class LockedConnection:
    """One locked connection, with the one thread that opens and uses it: the kernel holds that thread to its files.

    DuckDB's own threads are started by that thread, and are held to the same.
    """

    def __init__(self, tables: Mapping[str, str], limits: Mapping[str, int], spill: Path) -> None:
        """Open it over `tables`, spilling into `spill`; DuckDB's errors and OSError pass through."""
        self._thread = ThreadPoolExecutor(1)
        try:
            self._connection = self._thread.submit(_opened, tables, limits, spill).result()
        except BaseException:
            self._thread.shutdown(wait=False)
            raise

    def run(self, use: Callable[[duckdb.DuckDBPyConnection], memoryview]) -> memoryview:
        """Return what `use` makes of the connection, in its thread."""
        return self._thread.submit(use, self._connection).result()

    def close(self) -> None:
        """Close the connection and end its thread."""
        self._thread.submit(self._connection.close).result()
        self._thread.shutdown()


def _opened(tables: Mapping[str, str], limits: Mapping[str, int], spill: Path) -> duckdb.DuckDBPyConnection:
    spill.mkdir(parents=True, exist_ok=True, mode=0o700)
    confinement.close_in_on(sorted(set(tables.values())), spill)
    return open_locked(
        tables,
        spill_folder=spill,
        memory_bytes=limits["memory_bytes"],
        spill_bytes=limits["spill_bytes"],
        threads=limits["threads"],
    )


class Connections:
    """The locked connections used last, one for each set of files and limits, because opening one takes some 15 ms."""

    def __init__(self, spill_folder: Path) -> None:
        """Take the folder under which each connection gets its own to spill into."""
        self._spill_folder = spill_folder
        self._kept: OrderedDict[str, LockedConnection] = OrderedDict()
        self._opened = 0

    def get(self, key: str, tables: Mapping[str, str], limits: Mapping[str, int]) -> LockedConnection:
        """Return the connection kept under `key`, or open it and let the one used longest ago go."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        while len(self._kept) >= KEPT_CONNECTIONS:
            self._kept.popitem(last=False)[1].close()
        self._opened += 1
        self._kept[key] = LockedConnection(tables, limits, self._spill_folder / str(self._opened))
        return self._kept[key]

    def drop(self, key: str) -> None:
        """Close the connection kept under `key`, if any: after an error nothing of it is trusted."""
        connection = self._kept.pop(key, None)
        if connection is not None:
            connection.close()


def main() -> None:
    """Confine this process, load the libraries, close it in, then answer questions until the gateway closes its end."""
    arguments = json.loads(sys.argv[1])
    answers = os.dup(1)  # stray prints of a library must not end up between messages
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    layers = confinement.confine(arguments["memory_bytes"], arguments["spill_bytes"])
    try:
        version = _load()
    except Exception as error:
        messages.send(answers, {"kind": "failed", "cause": type(error).__name__})
        return
    tables = arguments["tables"]
    layers += confinement.close_in(Path(tables) if tables else None, Path.cwd())
    questions: queue.SimpleQueue[dict[str, object]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(questions, arguments["parent"]), daemon=True).start()
    messages.send(answers, {"kind": "ready", "duckdb": version, "layers": [layer.as_dict() for layer in layers]})
    connections = Connections(Path.cwd() / "spill")
    while True:
        header, payload = _answer(connections, questions.get())
        messages.send(answers, header, payload)


def _load() -> str:
    """Load all that a question will need, for later nothing can be loaded any more; return DuckDB's version."""
    import duckdb
    import pyarrow as pa  # noqa: F401 - loaded now, so that no question waits for it

    with duckdb.connect(":memory:", config={"threads": 1}) as connection:  # what they load when first used
        _run(connection, "SELECT range AS n, TIMESTAMPTZ '2000-01-01 00:00:00+00' AS t FROM range(2)", 2, 2**20)
    return duckdb.__version__


def _listen(questions: queue.SimpleQueue[dict[str, object]], parent: int) -> None:
    """Pass questions on; end this process, even in the middle of one, as soon as the gateway is gone.

    PR_SET_PDEATHSIG would end it when the *thread* that started it ends, so the closed pipe is watched instead, and the
    parent's id once a second in case some other child of the gateway holds the pipe open.
    """

    def wait() -> None:
        while not select.select([0], [], [], 1.0)[0]:
            if os.getppid() != parent:
                os._exit(0)

    try:
        while True:
            questions.put(messages.receive(0, before_read=wait)[0])
    except (EOFError, OSError, messages.Malformed):
        os._exit(0)


def _answer(connections: Connections, question: dict[str, object]) -> tuple[dict[str, object], memoryview]:
    """Return the answer's message: ``rows`` with an Arrow stream, or ``failed`` with the type of the cause."""
    key = str(question["key"])
    try:
        tables, limits = question["tables"], question["limits"]
        if not isinstance(tables, dict) or not isinstance(limits, dict):
            raise messages.Malformed
        most_rows, most_bytes = limits.pop("rows"), limits.pop("bytes")
        connection = connections.get(key, tables, limits)
        sql = str(question["sql"])
        return {"kind": "rows"}, connection.run(lambda opened: _run(opened, sql, most_rows, most_bytes))
    except Exception as error:
        connections.drop(key)
        return {"kind": "failed", "cause": type(error).__name__}, memoryview(b"")


def _run(connection: duckdb.DuckDBPyConnection, sql: str, most_rows: int, most_bytes: int) -> memoryview:
    """Run one SELECT and return its rows as an Arrow IPC stream, read in batches so that a huge result ends early."""
    import duckdb
    import pyarrow as pa

    statements = connection.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise NotOneSelect
    relation = connection.sql(sql)
    if relation is None:
        raise NotOneSelect
    reader = relation.to_arrow_reader(BATCH_ROWS)
    sink = pa.BufferOutputStream()
    rows = 0
    with pa.ipc.new_stream(sink, reader.schema) as writer:
        for batch in reader:
            rows += batch.num_rows
            if rows > most_rows:
                raise TooManyRows
            writer.write_batch(batch)
            if sink.tell() > most_bytes:
                raise TooManyBytes
    return memoryview(sink.getvalue())


if __name__ == "__main__":
    main()
