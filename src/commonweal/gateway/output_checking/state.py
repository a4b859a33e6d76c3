"""The states of a request for an output and the moves between them, as a table that the documentation is drawn from.

No state tells what any one checker decided before all needed decisions are there: "partly checked" is the same whether
the first approved or rejected, so the second decides blind (as in OpenSAFELY's Airlock).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a request stands. Only in `RELEASED` can its output be fetched."""

    REQUESTED = "requested"
    IN_REVIEW = "in-review"
    PARTLY_CHECKED = "partly-checked"
    DISAGREED = "disagreed"
    RETURNED = "returned"
    RELEASED = "released"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


MEANING: dict[State, str] = {
    State.REQUESTED: "Asked for; no checker has looked yet, and nothing has been computed.",
    State.IN_REVIEW: "A checker has looked.",
    State.PARTLY_CHECKED: "At least one checker has decided, and more have to. How, nobody is told.",
    State.DISAGREED: "The checkers do not agree; one more decides, or it goes back to the requester with all reasons.",
    State.RETURNED: "Back with the requester, with the checkers' questions.",
    State.RELEASED: "Approved. The requester and the people of the agreement may fetch it while the agreement is in force.",
    State.REJECTED: "Not released; the reasons are with the requester. Final.",
    State.WITHDRAWN: "The requester took it back. Final.",
    State.EXPIRED: "The agreement is over, its time for results is over, or nobody decided in time: deleted. Final.",
}


class Act(StrEnum):
    """What moves a request."""

    VIEW = "view"
    DECIDE = "decide"
    SEND_BACK = "send-back"
    RESUBMIT = "resubmit"
    WITHDRAW = "withdraw"
    FETCH = "fetch"
    EXPIRE = "expire"


class Doer(StrEnum):
    """Who does it."""

    REQUESTER = "requester"
    CHECKER = "checker"  # who may check this request; never its requester
    NAMED = "named"  # a person of the agreement who is not the requester
    CALENDAR = "calendar"


@dataclass(frozen=True)
class Move:
    """One allowed move: from a state, by an act of somebody, to a state, with what must be so."""

    before: State
    act: Act
    by: Doer
    after: State
    when: str


OPEN = (State.REQUESTED, State.IN_REVIEW, State.PARTLY_CHECKED, State.DISAGREED)
"""The states in which checkers are at work."""

FINAL = frozenset({State.REJECTED, State.WITHDRAWN, State.EXPIRED})
"""The states that nothing leaves; what was kept for checking is deleted."""

_ALL = "all needed decisions are there"

MOVES: tuple[Move, ...] = (
    Move(State.REQUESTED, Act.VIEW, Doer.CHECKER, State.IN_REVIEW, "a checker looks for the first time"),
    *(Move(s, Act.VIEW, Doer.CHECKER, s, "a checker looks") for s in OPEN[1:]),
    Move(State.IN_REVIEW, Act.DECIDE, Doer.CHECKER, State.PARTLY_CHECKED, "the first decision; what it is stays closed"),
    Move(State.PARTLY_CHECKED, Act.DECIDE, Doer.CHECKER, State.PARTLY_CHECKED, "a further one, and more are needed"),
    Move(State.PARTLY_CHECKED, Act.DECIDE, Doer.CHECKER, State.RELEASED, f"{_ALL}, and all approve"),
    Move(State.PARTLY_CHECKED, Act.DECIDE, Doer.CHECKER, State.REJECTED, f"{_ALL}, and all reject"),
    Move(State.PARTLY_CHECKED, Act.DECIDE, Doer.CHECKER, State.RETURNED, f"{_ALL}, and one asks the requester"),
    Move(State.PARTLY_CHECKED, Act.DECIDE, Doer.CHECKER, State.DISAGREED, f"{_ALL}, some approve and some reject"),
    Move(State.DISAGREED, Act.DECIDE, Doer.CHECKER, State.RELEASED, "one more approves, and now enough have"),
    Move(State.DISAGREED, Act.DECIDE, Doer.CHECKER, State.REJECTED, "one more rejects, and now enough have"),
    Move(State.DISAGREED, Act.DECIDE, Doer.CHECKER, State.DISAGREED, "one more decides, and still neither has enough"),
    Move(State.DISAGREED, Act.DECIDE, Doer.CHECKER, State.RETURNED, "one more asks the requester"),
    Move(State.DISAGREED, Act.SEND_BACK, Doer.CHECKER, State.RETURNED, "one who has decided sends it back"),
    Move(State.RETURNED, Act.RESUBMIT, Doer.REQUESTER, State.REQUESTED, "with an answer; all check anew"),
    *(
        Move(s, Act.WITHDRAW, Doer.REQUESTER, State.WITHDRAWN, "the requester takes it back")
        for s in (*OPEN, State.RETURNED)
    ),
    *(Move(State.RELEASED, Act.FETCH, by, State.RELEASED, "the agreement is in force") for by in (Doer.REQUESTER, Doer.NAMED)),
    *(
        Move(s, Act.EXPIRE, Doer.CALENDAR, State.EXPIRED, "the agreement or this version of it is over, or 90 days passed")
        for s in (*OPEN, State.RETURNED)
    ),
    Move(State.RELEASED, Act.EXPIRE, Doer.CALENDAR, State.EXPIRED, "the agreement or its time for results is over"),
)  # fmt: skip
"""Every move there is. What is not here cannot happen."""

WAITING_DAYS = 90
"""How long a request may wait for people before it expires."""


def may(state: State, act: Act, by: Doer) -> bool:
    """Tell whether an act of somebody is possible in a state."""
    return any(move.before is state and move.act is act and move.by is by for move in MOVES)


def leads(before: State, act: Act, after: State) -> bool:
    """Tell whether an act may lead from one state to the other."""
    return any(move.before is before and move.act is act and move.after is after for move in MOVES)
