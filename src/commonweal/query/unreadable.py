"""How the query room says that it cannot read a question."""

from __future__ import annotations

from commonweal.errors import Refused

CLAUSE = "what a question may be"


def unreadable(reason: str, remedy: str, *, nearest: str = "") -> Refused:
    """Return the refusal for a question that is not one that commonweal reads; raise it where it is found."""
    return Refused(CLAUSE, [reason], remedy=remedy, who="nobody: this holds under every agreement", nearest=nearest)
