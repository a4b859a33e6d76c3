"""Acts that need a second factor given just now, such as signing."""

from __future__ import annotations

from datetime import datetime

from commonweal.errors import NotAllowed
from commonweal.web.asker import Asker


def must_be_fresh(asker: Asker, now: datetime) -> None:
    """Let pass who gave a second factor within the last minutes, or has never set one up; `NotAllowed` otherwise."""
    session = asker.session
    if session is not None and session.second_factor is not None and not session.is_fresh(now):
        raise NotAllowed(
            "Confirm that it is you first.",
            why="Your second factor was given too long ago for this.",
            remedy="Sign in again with your second factor, then do it at once.",
        )
