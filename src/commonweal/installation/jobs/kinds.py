"""The kinds of work there are, and what does each; and the work that comes round by itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from commonweal.errors import CommonwealError
from commonweal.identity import sessions
from commonweal.installation import mail
from commonweal.installation.jobs import queue
from commonweal.installation.jobs.worker import Doing, Work
from commonweal.ledger import verify

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from commonweal.installation.installation import Installation

VERIFY = "ledger.verify"
HOUSEKEEPING = "housekeeping"

_KEPT = timedelta(days=30)
"""How long it can be seen how a job ended."""

_EVERY = timedelta(hours=1)


def verify_ledger(work: Work) -> dict[str, Any]:
    """Verify the whole ledger; the result is what ``commonweal ledger verify`` says."""
    installation = work.installation
    path = installation.settings.database.path(installation.folder)
    verified = verify(path, progress=lambda _part, done, total: work.report(done, total))
    return {"entries": verified.entries, "root": verified.root}


def keep_house(work: Work) -> dict[str, int]:
    """Delete what its time has passed for: sessions, ended jobs, treated tables and outputs; and come again."""
    installation = work.installation
    with installation.transaction() as connection:
        now = installation.ledger.now(connection)
        ended = sessions.delete_ended(connection, now)
        old = queue.delete_ended(connection, now - _KEPT)
        come_round(installation, connection, now)
    try:
        left = len(installation.delete_unneeded())
    except CommonwealError:
        left = 1
    return {"sessions": ended, "jobs": old, "left": left}


KINDS: Mapping[str, Doing] = {VERIFY: verify_ledger, HOUSEKEEPING: keep_house, mail.KIND: mail.send}
"""What does each kind of work. Rooms above add theirs where the workers are started."""


def come_round(installation: Installation, connection: Connection, now: datetime) -> None:
    """See that housekeeping is in the queue once, an hour from now: called at the start, and by itself."""
    if not queue.has_waiting(connection, HOUSEKEEPING):
        queue.add(connection, installation.ledger, HOUSEKEEPING, {}, at=now, after=_EVERY)
