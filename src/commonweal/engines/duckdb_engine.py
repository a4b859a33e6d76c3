"""DuckDB as an engine: questions run in locked, interruptible processes beside the gateway, never inside it."""

from __future__ import annotations

import hashlib
import json
import queue
import time
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from commonweal.engines.engine import Limits
from commonweal.engines.failures import FailureLog
from commonweal.engines.layer import Layer
from commonweal.engines.locked_connection import identifier, literal
from commonweal.engines.worker_process import TICK, Died, NoLongerAllowed, Overtime, WorkerProcess
from commonweal.errors import NotAllowed

if TYPE_CHECKING:
    import pyarrow as pa


def _always() -> bool:
    return True


class DuckDBEngine:
    """Runs one SELECT at a time in each of its processes; safe to use from many threads.

    The processes start with the first question (or `prepare`), are reused, and are replaced when they died or had to be
    killed. Each uses at most `limits`; a run may ask for less, never for more. Use it as a context manager or `close`
    it. Linux and macOS.
    """

    def __init__(
        self,
        folder_for_spill: Path,
        limits: Limits,
        *,
        workers: int = 1,
        log: Path | None = None,
        folder_of_tables: Path | None = None,
    ) -> None:
        """Take the folder for spilled rows, what one question may use, how many may run at once, and the owner's log.

        `folder_of_tables` is where all tables lie: the processes can read nothing else, whatever a question names.
        """
        if workers < 1:
            raise ValueError("An engine needs at least one worker.")
        self._limits = limits
        self._log = FailureLog(log)
        self._closed = False
        self._processes = [
            WorkerProcess(folder_for_spill, limits.memory_bytes, limits.spill_bytes, folder_of_tables)
            for _ in range(workers)
        ]
        self._idle: queue.LifoQueue[WorkerProcess] = queue.LifoQueue()
        for process in reversed(self._processes):
            self._idle.put(process)
        self._end = weakref.finalize(self, _kill_all, self._processes)

    def prepare(self) -> None:
        """Start one process now and return at once, so that the first question does not wait for its libraries."""
        process = self._wait_for_one(time.monotonic() + TICK, _always)
        if process is not None:
            try:
                process.start()
            finally:
                self._idle.put(process)

    def layers(self) -> tuple[Layer, ...]:
        """Return the layers that hold an engine process back, and which of them this system grants."""
        process = self._wait_for_one(time.monotonic() + self._limits.seconds, _always)
        if process is None:
            raise self._log.failed("EngineBusy", "")
        try:
            return process.layers(_always)
        except (Died, Overtime, OSError) as error:
            process.kill()
            raise self._log.failed(_cause(error), "") from None
        finally:
            self._idle.put(process)

    def run(
        self,
        sql: str,
        tables: Mapping[str, Path],
        *,
        limits: Limits | None = None,
        still_allowed: Callable[[], bool] = _always,
    ) -> pa.Table:
        """Run one SELECT over `tables` (name in the SQL -> Parquet file) and return its rows, in no promised order.

        Types arrive as DuckDB gives them to Arrow: UUID as string, HUGEINT (the sum of integers) as decimal128(38, 0),
        which is exact, DATE as date32, DECIMAL as decimal128, ENUM as dictionary. `still_allowed` is asked before the
        run, every 0.2 s during it, and after it, in the calling thread. Raises `NotAllowed` once it says no,
        `EngineFailed` for every failure of the engine (see failures.py), ValueError for a name no table can have.
        """
        for name, path in tables.items():
            identifier(name), literal(str(path))
        most = self._limits if limits is None else _smaller(limits, self._limits)
        if not still_allowed():
            raise _not_allowed()
        try:
            question = _question(sql, tables, most)
        except OSError as error:
            raise self._log.failed(type(error).__name__, sql) from None
        process = self._wait_for_one(time.monotonic() + most.seconds, still_allowed)
        if process is None:
            raise self._log.failed("EngineBusy", sql)
        try:
            table = self._ask(process, question, most, still_allowed)
        finally:
            self._idle.put(process)
        if not still_allowed():
            raise _not_allowed()
        return table

    def _ask(
        self,
        process: WorkerProcess,
        question: Mapping[str, object],
        most: Limits,
        still_allowed: Callable[[], bool],
    ) -> pa.Table:
        """Ask one process and read its answer; whatever goes wrong but a plain failure ends that process."""
        try:
            longest = most.memory_bytes
            header, payload = process.ask(question, seconds=most.seconds, longest=longest, still_allowed=still_allowed)
            if header.get("kind") == "rows":
                return _read_rows(payload)
            cause = str(header.get("cause"))
        except NoLongerAllowed:
            process.kill()
            raise _not_allowed() from None
        except (Died, Overtime, OSError, MemoryError, Unreadable) as error:
            process.kill()
            cause = _cause(error)
        except BaseException:  # Ctrl-C, or an error of still_allowed
            process.kill()
            raise
        raise self._log.failed(cause, str(question["sql"]))

    def _wait_for_one(self, deadline: float, still_allowed: Callable[[], bool]) -> WorkerProcess | None:
        """Return an idle process, or None when none came free before `deadline` or the engine is closed."""
        while not self._is_closed():
            try:
                process = self._idle.get(timeout=TICK)
            except queue.Empty:
                if not still_allowed():
                    raise _not_allowed() from None
                if time.monotonic() >= deadline:
                    return None
                continue
            if not self._is_closed():
                return process
            self._idle.put(process)
        return None

    def _is_closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        """End the processes and delete what they spilled; a run under way fails, later ones too."""
        if self._closed:
            return
        self._closed = True
        for _ in self._processes:
            self._take_back().kill()
        self._end()

    def _take_back(self) -> WorkerProcess:
        """Return a process that no thread uses any more, ending those in use so that their threads give them back."""
        while True:
            for process in self._processes:
                process.stop()
            try:
                return self._idle.get(timeout=TICK)
            except queue.Empty:
                continue

    def __enter__(self) -> Self:
        """Return the engine itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the engine."""
        self.close()


class Unreadable(Exception):
    """The process sent bytes that are no valid Arrow stream."""


def _question(sql: str, tables: Mapping[str, Path], most: Limits) -> dict[str, object]:
    """Return the message for the process; `key` changes when a file does, so that none is ever read stale."""
    files = {name: str(path.resolve(strict=True)) for name, path in tables.items()}
    states = [
        (name, file, (state := Path(file).stat()).st_mtime_ns, state.st_size, state.st_ino)
        for name, file in sorted(files.items())
    ]
    connection = {"memory_bytes": most.memory_bytes, "spill_bytes": most.spill_bytes, "threads": most.threads}
    key = hashlib.sha256(json.dumps([states, connection]).encode()).hexdigest()
    bounds = {"rows": most.rows, "bytes": most.memory_bytes // 4}
    return {"sql": sql, "tables": files, "limits": connection | bounds, "key": key}


def _read_rows(payload: bytearray) -> pa.Table:
    """Return the rows of an Arrow stream, checked in full, because the process is not trusted."""
    import pyarrow as pa  # lazy: pyarrow takes 0.2 s to load

    try:
        table = pa.ipc.open_stream(pa.py_buffer(payload)).read_all()
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError, TypeError):
        raise Unreadable from None
    return table


def _cause(error: Exception) -> str:
    """Return what the log may say: our own fixed words about a death, of other errors the type alone."""
    return str(error) if isinstance(error, Died) and error.args else type(error).__name__


def _smaller(asked: Limits, most: Limits) -> Limits:
    """Return the smaller of two limits, one by one."""
    return Limits(
        seconds=min(asked.seconds, most.seconds),
        memory_bytes=min(asked.memory_bytes, most.memory_bytes),
        spill_bytes=min(asked.spill_bytes, most.spill_bytes),
        threads=min(asked.threads, most.threads),
        rows=min(asked.rows, most.rows),
    )


def _not_allowed() -> NotAllowed:
    return NotAllowed(
        "This question stopped being allowed, so its run was ended.",
        why="The agreement, and who asks, are looked at before, during and after every run; nothing of it was kept.",
        remedy="See the agreement's state with `commonweal agreement show`; if it is in force, sign in again.",
    )


def _kill_all(processes: list[WorkerProcess]) -> None:
    for process in processes:
        process.kill()
