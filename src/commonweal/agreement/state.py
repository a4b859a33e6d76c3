"""The states of an agreement and the moves between them, as a table that the documentation is drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a version of an agreement stands. Only `IN_FORCE` answers questions."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    SIGNED = "signed"
    IN_FORCE = "in-force"
    SUSPENDED = "suspended"
    ENDED = "ended"
    SUPERSEDED = "superseded"


MEANING: dict[State, str] = {
    State.DRAFT: "Added to the installation; nobody has signed.",
    State.PROPOSED: "At least one party has signed, and at least one has not.",
    State.SIGNED: "Every party has signed; the first day has not come.",
    State.IN_FORCE: "Signed by every party, within its term, reviewed in time: questions are answered.",
    State.SUSPENDED: "Nothing is answered until the reason is gone.",
    State.ENDED: "The last day has passed, or a party ended it: only a new version can follow.",
    State.SUPERSEDED: "A newer version has come into force. Final.",
}


class Act(StrEnum):
    """What moves an agreement: things that people do, and things that the calendar does."""

    SIGN = "sign"
    SUSPEND = "suspend"
    RESUME = "resume"
    WITHDRAW = "withdraw"
    END = "end"
    TERM_BEGINS = "term-begins"
    TERM_ENDS = "term-ends"
    REVIEW_LAPSES = "review-lapses"
    NEW_VERSION = "new-version"
    CHANGED = "changed"


BY_PEOPLE = frozenset({Act.SIGN, Act.SUSPEND, Act.RESUME, Act.WITHDRAW, Act.END})
"""The acts that a party does; the others come with time, or from what was done to the record."""


@dataclass(frozen=True)
class Move:
    """One allowed move: from a state, by an act, to a state, with what must be so."""

    before: State
    act: Act
    after: State
    when: str


_LAST = "the last party signs"
_GRACE = "the review, the impact assessment's review or a certificate has lapsed, grace included"
_OWN = "the party lifts its own suspension, and nothing else stands in the way"
_DIFFERS = "the stored document or a signature is no longer what was signed"

MOVES: tuple[Move, ...] = (
    Move(State.DRAFT, Act.SIGN, State.PROPOSED, "the first of several parties signs"),
    Move(State.DRAFT, Act.SIGN, State.SIGNED, "the only party signs, before the first day"),
    Move(State.DRAFT, Act.SIGN, State.IN_FORCE, "the only party signs, within the term"),
    Move(State.PROPOSED, Act.SIGN, State.PROPOSED, "a party signs, and another has not yet"),
    Move(State.PROPOSED, Act.SIGN, State.SIGNED, f"{_LAST}, before the first day"),
    Move(State.PROPOSED, Act.SIGN, State.IN_FORCE, f"{_LAST}, within the term"),
    Move(State.DRAFT, Act.SIGN, State.SUSPENDED, f"the only party signs, but {_GRACE}"),
    Move(State.PROPOSED, Act.SIGN, State.SUSPENDED, f"{_LAST}, but {_GRACE}"),
    Move(State.SIGNED, Act.TERM_BEGINS, State.IN_FORCE, "the first day comes"),
    Move(State.SIGNED, Act.TERM_BEGINS, State.SUSPENDED, f"the first day comes, but {_GRACE}"),
    *(
        Move(before, Act.SUSPEND, State.SUSPENDED, "any party suspends it")
        for before in (State.DRAFT, State.PROPOSED, State.SIGNED, State.IN_FORCE, State.SUSPENDED)
    ),
    *(
        Move(before, Act.WITHDRAW, State.SUSPENDED, "a party withdraws; only a new version can go on without it")
        for before in (State.DRAFT, State.PROPOSED, State.SIGNED, State.IN_FORCE, State.SUSPENDED)
    ),
    Move(State.SUSPENDED, Act.SIGN, State.SUSPENDED, "a party signs while it is suspended"),
    *(
        Move(State.SUSPENDED, Act.RESUME, after, _OWN)
        for after in (State.DRAFT, State.PROPOSED, State.SIGNED, State.IN_FORCE)
    ),
    Move(State.SUSPENDED, Act.RESUME, State.SUSPENDED, "the party lifts its own suspension, and another reason stands"),
    Move(State.IN_FORCE, Act.REVIEW_LAPSES, State.SUSPENDED, _GRACE),
    *(
        Move(before, Act.CHANGED, State.SUSPENDED, _DIFFERS)
        for before in (State.PROPOSED, State.SIGNED, State.IN_FORCE)
    ),
    *(
        Move(before, Act.END, State.ENDED, "any party ends it")
        for before in (State.DRAFT, State.PROPOSED, State.SIGNED, State.IN_FORCE, State.SUSPENDED)
    ),
    *(
        Move(before, Act.TERM_ENDS, State.ENDED, "the last day is over")
        for before in (State.DRAFT, State.PROPOSED, State.SIGNED, State.IN_FORCE, State.SUSPENDED)
    ),
    *(
        Move(before, Act.NEW_VERSION, State.SUPERSEDED, "a newer version, signed by every party, has begun")
        for before in (State.DRAFT, State.PROPOSED, State.SIGNED, State.IN_FORCE, State.SUSPENDED, State.ENDED)
    ),
)
"""Every move there is. What is not here cannot happen."""


def may(state: State, act: Act) -> bool:
    """Tell whether an act is possible in a state."""
    return any(move.before is state and move.act is act for move in MOVES)


def states_for(act: Act) -> tuple[State, ...]:
    """Return the states in which an act is possible."""
    return tuple(state for state in State if may(state, act))
