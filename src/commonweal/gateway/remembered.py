"""Remembered: results that depend on nothing but their key, kept for the next question; the oldest go first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Remembered(Generic[Result]):
    """Keeps at most `most` results. Safe to use from many threads; two may make the same result at once."""

    def __init__(self, most: int) -> None:
        """Take how many results are kept."""
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Result] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Result]) -> Result:
        """Return the result for a key, making it when it is not known; what `make` raises is not kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made
