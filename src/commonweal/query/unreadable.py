"""How the query room says that it cannot read a question."""

from __future__ import annotations

from commonweal.errors import Refused

CLAUSE = "what a question may be"
NOBODY = "nobody: this holds under every agreement"
YOU = "you: it is how the question is written"


def unreadable(reason: str, remedy: str, *, nearest: str = "", about: str = "") -> Refused:
    """Return the refusal for a question that is not one that commonweal reads; raise it where it is found.

    `about` is the name in the question's SQL that it is about, where it is about one.
    """
    return Refused(
        CLAUSE, [reason], remedy=remedy, who=NOBODY, nearest=nearest, details={"about": [about]} if about else {}
    )


def mistaken(reason: str, remedy: str, *, about: str = "", line: int = 0, column: int = 0) -> Refused:
    """Return the refusal for a slip of the pen: a name that does not exist, or what is no SQL at line and column (from 1)."""
    details: dict[str, object] = {"about": [about]} if about else {}
    if line:
        details |= {"line": line, "column": column}
    return Refused(CLAUSE, [reason], remedy=remedy, who=YOU, details=details)
