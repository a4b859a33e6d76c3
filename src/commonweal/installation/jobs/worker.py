"""Workers: threads that take jobs, do them, say how far they are, and give them back when they cannot go on."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from commonweal.errors import Busy, CommonwealError, Unavailable
from commonweal.installation.jobs import queue
from commonweal.installation.jobs.job import Job

if TYPE_CHECKING:
    from commonweal.installation.installation import Installation

_log = logging.getLogger("commonweal.jobs")

_LOOKS = 0.25
"""Seconds between two looks into an empty queue."""

_BEAT = 5.0
"""Seconds between two signs of life of running work; well within a lease."""


class Cancelled(Exception):
    """Raised within work, by `Work.report`, when somebody wants it cancelled or when it is another worker's by now."""


class Work:
    """What a kind of work is given: its job, the installation, and a way to say how far it is."""

    def __init__(self, installation: Installation, job: Job, beat: Callable[[tuple[int, int] | None], bool]) -> None:
        """Take the job and how to say that it is still being done."""
        self.installation = installation
        self.job = job
        self._beat = beat

    def report(self, done: int, total: int) -> None:
        """Say how far the work is; raises `Cancelled` when it should stop."""
        if not self._beat((done, total)):
            raise Cancelled

    def is_wanted(self) -> bool:
        """Return whether the work should go on."""
        return self._beat(None)


Doing = Callable[[Work], Any]
"""What does a kind of work: it returns plain values, or raises a `CommonwealError`, which its owner is shown."""


class Workers:
    """Some threads that do jobs of some kinds for one installation; start them, and stop them before closing it."""

    def __init__(self, installation: Installation, kinds: Mapping[str, Doing], *, threads: int = 1) -> None:
        """Take the installation and what does each kind of work."""
        self._installation = installation
        self._kinds = dict(kinds)
        self._stopping = threading.Event()
        self._called = threading.Event()
        names = (f"worker-{secrets.token_hex(4)}-{number}" for number in range(threads))
        self._threads = [threading.Thread(target=self._run, args=(name,), name=name, daemon=True) for name in names]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def call(self) -> None:
        """Say that there is something to do, so that nobody waits for the next look."""
        self._called.set()

    def stop(self, seconds: float = 10.0) -> None:
        """Stop the threads; what they are at is left to be taken up again when its lease is over."""
        self._stopping.set()
        self._called.set()
        for thread in self._threads:
            thread.join(seconds)

    def _run(self, name: str) -> None:
        while not self._stopping.is_set():
            try:
                worked = self._next(name)
            except CommonwealError as error:  # the record cannot be used just now: wait and look again
                _log.error("queue code=%s", error.code)
                worked = False
            if not worked:
                self._called.wait(_LOOKS)
                self._called.clear()

    def _next(self, name: str) -> bool:
        """Take one job and do it; False when there was none. Looking does not write."""
        with self._installation.reading() as connection:
            if not queue.is_waiting(connection, self._kinds, self._now(connection)):
                return False
        with self._installation.transaction() as connection:
            job = queue.take(connection, self._kinds, name, self._now(connection))
        if job is None:
            return False
        self._do(job, name)
        return True

    def _do(self, job: Job, name: str) -> None:
        beating = threading.Event()

        def beat(progress: tuple[int, int] | None) -> bool:
            with self._installation.transaction() as connection:
                going = queue.renew(connection, job.id, name, self._now(connection), progress)
            return going and not self._stopping.is_set()

        def beats() -> None:
            while not beating.wait(_BEAT):
                try:
                    beat(None)
                except CommonwealError as error:
                    _log.error("beat code=%s", error.code)

        heart = threading.Thread(target=beats, name=f"{name}-heart", daemon=True)
        heart.start()
        try:
            end = self._ending(job, name, beat)
        finally:
            beating.set()
            heart.join()
        with self._installation.transaction() as connection:
            end(connection, self._now(connection))

    def _ending(self, job: Job, name: str, beat: Callable[[tuple[int, int] | None], bool]) -> Callable[..., bool]:
        """Do a job and return what is to be written of how it ended."""
        recorder = self._installation.ledger
        try:
            if job.cancelling:
                raise Cancelled
            result = self._kinds[job.kind](Work(self._installation, job, beat))
        except Cancelled:
            if self._stopping.is_set():
                return lambda c, now: queue.release(c, job.id, name, now)
            return lambda c, now: queue.stopped(c, recorder, job.id, name, now)
        except (Busy, Unavailable) as error:
            told = error.as_dict()
            return lambda c, now: queue.give_back(c, recorder, job.id, name, told, now)
        except CommonwealError as error:
            told = error.as_dict()
            return lambda c, now: queue.fail(c, recorder, job.id, name, told, now)
        except Exception as error:  # a fault of ours: its kind is in the log, its words (which may hold data) are not
            _log.error("job=%s kind=%s failed=%s", job.id, job.kind, type(error).__name__)
            told = {"error": {"code": "error", "message": "Something went wrong here.", "why": "", "remedy": ""}}
            return lambda c, now: queue.fail(c, recorder, job.id, name, told, now)
        return lambda c, now: queue.finish(c, recorder, job.id, name, result, now)

    def _now(self, connection: Any) -> datetime:
        return self._installation.ledger.now(connection)
