"""Watch: ends work in a private database that lasts too long, without a thread for each piece of work.

One thread sleeps until the earliest moment at which something could be over time. Work that ends before then, as nearly
all does, costs two changes of a dictionary and wakes nobody.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Watch:
    """Calls `stop` for work that lasts longer than it may; safe to use from many threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Prepare; the thread is started with the first piece of work."""
        self._clock = clock
        self._changed = threading.Condition()
        self._running: dict[object, tuple[float, Callable[[], object]]] = {}
        self._wakes = float("inf")
        self._thread: threading.Thread | None = None

    @contextmanager
    def over(self, seconds: float, stop: Callable[[], object]) -> Iterator[None]:
        """Call `stop` once, from another thread, when the block still runs after `seconds`; never after it has ended."""
        mine, until = object(), self._clock() + seconds
        with self._changed:
            self._running[mine] = (until, stop)
            if self._thread is None or not self._thread.is_alive():  # it is not there after a fork
                self._thread = threading.Thread(target=self._keep, name="watch", daemon=True)
                self._thread.start()
            elif until < self._wakes:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._running.pop(mine, None)

    def _keep(self) -> None:
        with self._changed:
            while True:
                now = self._clock()
                for mine in [each for each, (until, _) in self._running.items() if until <= now]:
                    with contextlib.suppress(Exception):  # what was closed meanwhile has nothing to stop
                        self._running.pop(mine)[1]()  # with the lock held, so that the work cannot end in between
                self._wakes = min((until for until, _ in self._running.values()), default=float("inf"))
                self._changed.wait(None if self._wakes == float("inf") else max(0.0, self._wakes - now))


WATCH = Watch()
"""The one that all private databases of a process share."""
