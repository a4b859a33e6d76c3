"""Keeping an answer in the transaction that hands it over, and deleting answers whose retention is over."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING

from commonweal.agreement.retention import end_of
from commonweal.errors import CommonwealError
from commonweal.gateway.kept import once, store

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from commonweal.gateway.answer import Answer
    from commonweal.gateway.ask import Intended
    from commonweal.ledger.canonical import JSON
    from commonweal.ledger.ledger import Ledger

SECONDS = 60.0
"""How often a gateway that is in use looks for answers whose time is over."""

_AT_ONCE = 500


def keep(connection: Connection, intended: Intended, answer: Answer, body: bytes | None, at: datetime) -> None:
    """Keep an answer until its agreement's retention of results is over; nothing when it is too large (`body` None)."""
    if body is None:
        return
    agreement, asked = intended.permitted.admitted.agreement, intended.entry
    store.keep(
        connection,
        number=answer.receipt.index,
        asked=asked.index,
        agreement=agreement.id,
        version=agreement.version,
        person=asked.body["person"],
        question=asked.body["question"],
        datasets=json.dumps(answer.datasets),
        rows=answer.table.num_rows,
        withheld=len(answer.withheld),
        receipt=json.dumps(answer.receipt.as_dict()),
        body=body,
        at=at.isoformat(),
        until=end_of(agreement.retention.results, at).isoformat(),
    )


class Retention:
    """Deletes answers whose time is over, and records it. Safe to share between threads and processes."""

    def __init__(
        self,
        reading: Callable[[], AbstractContextManager[Connection]],
        transaction: Callable[[], AbstractContextManager[Connection]],
        ledger: Ledger,
    ) -> None:
        """Take the database and the ledger."""
        self._reading, self._transaction, self._ledger = reading, transaction, ledger
        self._lock = threading.Lock()
        self._next = 0.0

    def now_and_then(self) -> None:
        """Delete what is over, unless that was done within the last minute; what fails is tried again then."""
        if time.monotonic() < self._next or not self._lock.acquire(blocking=False):
            return
        try:
            self._next = time.monotonic() + SECONDS
            self.delete()
        except CommonwealError:
            return  # an answer whose time is over is not shown in any case
        finally:
            self._lock.release()

    def delete(self) -> int:
        """Delete what is over and record it, in one transaction; return how many. `Unavailable` if that cannot be."""
        with self._reading() as connection:
            now = self._ledger.now(connection)
            if not store.over(connection, now) and not once.are_old(connection, now):
                return 0
        with self._transaction() as connection:
            now = self._ledger.now(connection)
            once.delete_old(connection, now)
            found = store.over(connection, now)
            for agreement, numbers in found.items():
                for start in range(0, len(numbers), _AT_ONCE):
                    part = numbers[start : start + _AT_ONCE]
                    store.delete(connection, part)
                    body: dict[str, JSON] = {"agreement": agreement, "answers": [*part], "because": "retention-over"}
                    self._ledger.append(connection, "answer.deleted", body)
        return sum(len(numbers) for numbers in found.values())
