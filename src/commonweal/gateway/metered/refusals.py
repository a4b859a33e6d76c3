"""How the metered path says that a question cannot be read from the shared tables, and what could."""

from __future__ import annotations

from commonweal.errors import Refused

CLAUSE = "safeguards: what the shared tables hold"
STEWARD = "the steward of the dataset, through its contract"
YOU = "you: it is how the question is written"


def outside(reason: str, remedy: str, *, who: str = YOU, nearest: str = "", about: str = "") -> Refused:
    """Return the refusal of a question outside the closed vocabulary; decided from names and words, never from data."""
    return Refused(
        CLAUSE, [reason], remedy=remedy, who=who, nearest=nearest, details={"about": [about]} if about else {}
    )
