"""A request for access, what was said about it, and the moves there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RequestState(StrEnum):
    """Where a request stands."""

    ASKED = "asked"  # those whose data it is have to say something
    ANSWERED = "answered"  # they have said something, and wait for the requester
    GRANTED = "granted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class RequestMove(StrEnum):
    """What is done about a request; each is an entry ``request.MOVE`` of the ledger."""

    MADE = "made"
    SAID = "said"
    GRANTED = "granted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


OPEN = frozenset({RequestState.ASKED, RequestState.ANSWERED})
"""The states in which something can still be said or decided; the others are final."""

MEANING: dict[RequestState, str] = {
    RequestState.ASKED: "Waits for those whose data it is.",
    RequestState.ANSWERED: "They have said something; the requester can answer, and they can still decide.",
    RequestState.GRANTED: "A version of an agreement permits it, signed by all its parties. Final.",
    RequestState.DECLINED: "Declined, with the reason. Final.",
    RequestState.WITHDRAWN: "The requester took it back. Final.",
}

ERASED = "(erased)"
"""What is shown in the place of words that were erased."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for, and why. `agreement` is empty when there is none yet; `sql` and `entry` when nothing was tried.

    `datasets` are ``organisation/name``, `columns` ``organisation/name.column``.
    """

    purpose: str
    benefit: str
    datasets: tuple[str, ...]
    columns: tuple[str, ...] = ()
    agreement: str = ""
    sql: str = ""
    entry: int | None = None


@dataclass(frozen=True)
class Said:
    """One move: who did it, when, in whose name, with which words, and the ledger's entry."""

    move: RequestMove
    person: str
    organisation: str
    words: str
    at: datetime
    entry: int


@dataclass(frozen=True)
class AccessRequest:
    """A request as its requester and those whose data it is see it; `moves` are in their order, the first is MADE."""

    number: int
    requester: str
    organisation: str
    agreement: str
    version: int
    question: str
    entry: int | None
    purpose: str
    benefit: str
    datasets: tuple[str, ...]
    columns: tuple[str, ...]
    state: RequestState
    granted: str
    asked_at: datetime
    changed_at: datetime
    moves: tuple[Said, ...] = ()

    @property
    def owners(self) -> tuple[str, ...]:
        """Return the organisations whose data is asked for, by name."""
        return tuple(sorted({dataset.partition("/")[0] for dataset in self.datasets}))

    @property
    def is_open(self) -> bool:
        """Return whether something can still be said or decided."""
        return self.state in OPEN

    @property
    def meaning(self) -> str:
        """Return what the state means, in a sentence."""
        return MEANING[self.state]

    def columns_of(self, dataset: str) -> tuple[str, ...]:
        """Return the names of the columns of one dataset that are asked for."""
        return tuple(c.rpartition(".")[2] for c in self.columns if c.rpartition(".")[0] == dataset)
