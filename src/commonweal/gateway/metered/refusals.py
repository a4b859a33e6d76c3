"""How the metered path says that a question cannot be read from the shared tables, and what could."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from commonweal.errors import Refused

if TYPE_CHECKING:
    from commonweal.catalogue.levels import Levels

CLAUSE = "safeguards: what the shared tables hold"
STEWARD = "the steward of the dataset, through its contract"
YOU = "you: it is how the question is written"


class Way(StrEnum):
    """How a question comes back inside the vocabulary."""

    DROP = "drop"  # without one of the columns, the first that will do
    LEVEL = "level"  # at the edges of the column's levels


@dataclass(frozen=True)
class Hint:
    """What to change in a refused question: the columns that it is about, and the levels of the one to be levelled."""

    way: Way
    columns: tuple[str, ...]
    levels: Levels | None = None


class Outside(Refused):
    """The refusal of a question outside the closed vocabulary, with what could be changed in it, where that is known."""

    hint: Hint | None = None


def outside(reason: str, remedy: str, *, who: str = YOU, about: str = "", hint: Hint | None = None) -> Outside:
    """Return the refusal of a question outside the closed vocabulary; decided from names and words, never from data."""
    refusal = Outside(CLAUSE, [reason], remedy=remedy, who=who, details={"about": [about]} if about else {})
    refusal.hint = hint
    return refusal


def dropping(columns: Sequence[str]) -> Hint | None:
    """Return the hint to leave out one of some columns, the last first; None where none has a name."""
    named = tuple(dict.fromkeys(column for column in reversed(columns) if column))
    return Hint(Way.DROP, named) if named else None
