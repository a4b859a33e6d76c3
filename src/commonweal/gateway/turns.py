"""Turns: who may ask now. One person has a few questions at work at once, and people take turns.

Questions beyond that wait in the order in which they came, each person's in a line of their own; whenever a place comes
free, the next person in the round goes on with the first of their line. So somebody with a hundred questions does not
keep anybody with one waiting for more than a question or so. A line that is full is an error that says when to try
again. Turns hold within one process; processes of one installation each keep their own.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil

from commonweal.errors import Busy

_FORGETTING = 0.2
_UNMEASURED = 0.1  # seconds that a question is taken to last before one has ended


@dataclass(frozen=True)
class Quota:
    """How many questions may be at work at once, of one person and of all, and how many of one person may wait."""

    of_one: int = 2
    of_all: int = 8
    waiting: int = 100

    def __post_init__(self) -> None:
        """Refuse a quota under which nobody could ask; ValueError."""
        if self.of_one < 1 or self.of_all < 1 or self.waiting < 0:
            raise ValueError("at least one question must be allowed at once")


class Turns:
    """Gives turns to ask; safe to use from many threads."""

    def __init__(self, quota: Quota | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the quota and the clock that questions are timed by."""
        self._quota = quota or Quota()
        self._clock = clock
        self._lock = threading.Lock()
        self._at_work: Counter[str] = Counter()
        self._lines: OrderedDict[str, deque[threading.Event]] = OrderedDict()  # whose turn is next comes first
        self._lasts = _UNMEASURED

    @contextmanager
    def turn(self, person: str) -> Iterator[None]:
        """Wait for a person's turn, and hold it while the block runs.

        Raises:
            Busy: at once, when as many of this person's questions wait as may.
        """
        self._wait(person)
        began = self._clock()
        try:
            yield
        finally:
            with self._lock:
                self._lasts += _FORGETTING * (self._clock() - began - self._lasts)
                self._ended(person)

    def _wait(self, person: str) -> None:
        with self._lock:
            line = self._lines.get(person)
            if line is None and self._has_place(person):
                self._at_work[person] += 1
                return
            if len(line or ()) >= self._quota.waiting:
                raise self._busy(len(line or ()))
            mine = threading.Event()
            self._lines.setdefault(person, deque()).append(mine)
        try:
            mine.wait()
        except BaseException:  # Ctrl-C while waiting
            self._leave(person, mine)
            raise

    def _leave(self, person: str, mine: threading.Event) -> None:
        with self._lock:
            if mine.is_set():  # the turn came in that very moment
                self._ended(person)
                return
            self._lines[person].remove(mine)
            if not self._lines[person]:
                del self._lines[person]

    def _has_place(self, person: str) -> bool:
        return self._at_work[person] < self._quota.of_one and self._at_work.total() < self._quota.of_all

    def _ended(self, person: str) -> None:
        """Give a place back, and every place that is free to whoever is next."""
        self._at_work[person] -= 1
        if not self._at_work[person]:
            del self._at_work[person]
        while (following := next((name for name in self._lines if self._has_place(name)), None)) is not None:
            self._at_work[following] += 1
            line = self._lines[following]
            line.popleft().set()
            self._lines.move_to_end(following)
            if not line:
                del self._lines[following]

    def _busy(self, waiting: int) -> Busy:
        seconds = max(1, ceil(waiting * self._lasts / self._quota.of_one))
        return Busy(
            "Too many of your questions are waiting already.",
            why=f"{self._quota.of_one} questions of one person are worked on at once, and {self._quota.waiting} may wait.",
            remedy=f"Try again in {seconds} s, or ask one after another.",
            retry_after=seconds,
        )
