"""Step-up: acts that need a second factor given just now, such as signing an agreement."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from commonweal.errors import SecondFactorNeeded

if TYPE_CHECKING:
    from commonweal.web.asker import Asker


def must_be_fresh(asker: Asker, now: datetime) -> None:
    """Let pass who gave a second factor within the last ten minutes, in a session; `SecondFactorNeeded` otherwise.

    A token never does: nobody stands before it. `now` is the ledger's time.
    """
    if asker.session is None or not asker.session.is_fresh(now):
        raise SecondFactorNeeded(
            "This needs your second factor, now.",
            why="Who does this must have given a code within the last ten minutes, on the pages.",
            remedy="Confirm at /confirm with a code of your app, then do it again.",
        )
