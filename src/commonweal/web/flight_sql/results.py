"""Results between being asked for and being fetched: a client asks in one call and fetches in the next."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

SECONDS = 300.0
MOST = 100


@dataclass(frozen=True)
class _Waiting:
    person: str
    agreement: str
    table: pa.Table
    until: float


class Results:
    """Protected answers waiting to be fetched, by the person who asked and nobody else; the oldest go first."""

    def __init__(self, *, seconds: float = SECONDS, most: int = MOST) -> None:
        """Keep each for so many seconds, and so many of one person."""
        self._seconds, self._most = seconds, most
        self._waiting: dict[bytes, _Waiting] = {}
        self._lock = threading.Lock()

    def keep(self, person: str, agreement: str, table: pa.Table) -> bytes:
        """Keep an answer; return the handle by which it is fetched."""
        now = time.monotonic()
        handle = secrets.token_bytes(16)
        with self._lock:
            self._waiting = {key: each for key, each in self._waiting.items() if each.until > now}
            own = [key for key, each in self._waiting.items() if each.person == person]
            for key in own[: max(0, len(own) - self._most + 1)]:
                del self._waiting[key]
            self._waiting[handle] = _Waiting(person, agreement, table, now + self._seconds)
        return handle

    def fetch(self, handle: bytes, person: str) -> tuple[str, pa.Table] | None:
        """Return the agreement and the answer of a handle, if it is this person's and still here."""
        with self._lock:
            found = self._waiting.get(handle)
        if found is None or found.person != person or found.until <= time.monotonic():
            return None
        return found.agreement, found.table

    def drop(self, handle: bytes, person: str) -> None:
        """Forget an answer."""
        with self._lock:
            found = self._waiting.get(handle)
            if found is not None and found.person == person:
                del self._waiting[handle]
