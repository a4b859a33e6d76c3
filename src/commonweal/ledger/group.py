"""Group commit: the acts of many threads share one transaction, so one flush to disk serves them all.

The first thread to get its turn takes everything that waits, commits it together and wakes the others. A lone thread
waits for nobody. There is no background thread, so nothing has to be started, stopped or lost.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from itertools import groupby
from typing import Generic, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from commonweal.ledger.canonical import JSON
from commonweal.ledger.entry import Entry, Prepared, prepare
from commonweal.ledger.ledger import Ledger, unavailable

T = TypeVar("T")

_LARGEST_GROUP = 1000


class _Waiting(Generic[T]):
    """One thread's act: what to do, and then its result or its error."""

    def __init__(self, act: Callable[[Connection], T] | Prepared) -> None:
        self.act = act
        self.settled = False
        self.result: T | None = None
        self.error: BaseException | None = None
        self.woken = threading.Lock()
        self.woken.acquire()

    def settle(self, result: T | None, error: BaseException | None) -> None:
        self.result, self.error, self.settled = result, error, True


class GroupWriter:
    """Runs many threads' acts in shared transactions of one ledger's database.

    `transaction` begins a transaction for writing (BEGIN IMMEDIATE on SQLite) and commits or rolls back on leaving.
    """

    def __init__(self, ledger: Ledger, transaction: Callable[[], AbstractContextManager[Connection]]) -> None:
        """Take the ledger and the way to begin a transaction."""
        self._ledger = ledger
        self._transaction = transaction
        self._lock = threading.Lock()
        self._queue: list[_Waiting[object]] = []
        self._led = False

    def append(self, kind: str, body: Mapping[str, JSON]) -> Entry:
        """Record one act; returns when it is safely on disk. Raises as `Ledger.append` does, recording nothing."""
        waiting: _Waiting[Entry] = _Waiting(prepare(kind, body))
        return self._wait(waiting)

    def run(self, act: Callable[[Connection], T]) -> T:
        """Do `act` in the shared transaction; returns its result when that is safely on disk.

        If `act` raises, only what it did itself is undone, and the error is raised here. Keep it short: others wait.
        """
        return self._wait(_Waiting(act))

    def _wait(self, mine: _Waiting[T]) -> T:
        with self._lock:
            self._queue.append(mine)  # type: ignore[arg-type]
            leader, self._led = not self._led, True
        if not leader:
            try:
                mine.woken.acquire()
            except BaseException:  # interrupted from the keyboard
                self._leave(mine)
                raise
        if not mine.settled:
            try:
                self._lead()
            finally:
                self._hand_over()
        if mine.error is not None:
            raise mine.error
        return mine.result  # type: ignore[return-value]

    def _hand_over(self) -> None:
        """Let the first of those who came meanwhile lead the next group."""
        with self._lock:
            if self._queue:
                self._queue[0].woken.release()
            else:
                self._led = False

    def _leave(self, mine: _Waiting[T]) -> None:
        """Take back an act that nobody has begun, and pass on the lead if it had just been given to this thread."""
        with self._lock:
            waiting = mine in self._queue
            if waiting:
                self._queue.remove(mine)  # type: ignore[arg-type]
        if waiting and not mine.woken.locked():
            self._hand_over()

    def _lead(self) -> None:
        """Commit everything that waits (the first is the leader's own), and only then tell anyone."""
        with self._lock:
            group, self._queue = self._queue[:_LARGEST_GROUP], self._queue[_LARGEST_GROUP:]
        outcomes: list[tuple[object, BaseException | None]] = []
        failure: BaseException | None = None
        try:
            with self._transaction() as connection:
                outcomes = list(self._outcomes(connection, group))
        except DBAPIError as error:
            failure = unavailable()
            failure.__cause__ = error
        except Exception as error:
            failure = error
        except BaseException:
            failure = unavailable()
            raise
        finally:
            # Only now, with the commit behind us, may anyone be told that it is done.
            for number, waiting in enumerate(group):
                waiting.settle(*(outcomes[number] if failure is None else (None, failure)))
                if number:
                    waiting.woken.release()

    def _outcomes(
        self, connection: Connection, group: list[_Waiting[object]]
    ) -> Iterable[tuple[object, BaseException | None]]:
        """Do everything in order; neighbouring plain entries are signed once together."""
        for plain, run in groupby(group, lambda waiting: isinstance(waiting.act, Prepared)):
            acts = [waiting.act for waiting in run]
            if plain:
                prepared = [act for act in acts if isinstance(act, Prepared)]
                for entry in self._ledger.append_prepared(connection, prepared):
                    yield entry, None
            else:
                for act in acts:
                    yield _attempt(connection, act)


def _attempt(connection: Connection, act: object) -> tuple[object, BaseException | None]:
    """Do one act; undo it alone if it raises."""
    assert callable(act)
    savepoint = connection.begin_nested()
    try:
        result = act(connection)
    except Exception as error:
        savepoint.rollback()
        return None, error
    savepoint.commit()
    return result, None
