"""Tag: where an agreement stands, as one word in one colour, the same on every page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from commonweal.agreement.document import Agreement
from commonweal.agreement.standing import Standing
from commonweal.agreement.state import State

SOON = timedelta(days=30)
"""How long before its day a review is said to be due."""


@dataclass(frozen=True)
class Tag:
    """A word, and the colour of the design system that goes with it; the word says it all without the colour."""

    words: str
    colour: str


REVIEW_DUE = Tag("review due", "yellow")

TAGS: dict[State, Tag] = {
    State.DRAFT: Tag("draft", "grey"),
    State.PROPOSED: Tag("proposed", "blue"),
    State.SIGNED: Tag("signed", "blue"),
    State.IN_FORCE: Tag("in force", "green"),
    State.SUSPENDED: Tag("suspended", "orange"),
    State.ENDED: Tag("ended", "red"),
    State.SUPERSEDED: Tag("superseded", "red"),
}

EVERY = (*TAGS.values(), REVIEW_DUE)
"""Every tag there is, for filters and legends."""


def tag(agreement: Agreement, standing: Standing, today: date) -> Tag:
    """Return the tag of a version: that of its state, unless it answers and a review is due within `SOON` or overdue."""
    if standing.in_force and next_review(agreement) - today <= SOON:
        return REVIEW_DUE
    return TAGS[standing.state]


def next_review(agreement: Agreement) -> date:
    """Return the earlier of the days on which agreement and impact assessment must be looked at again."""
    return min(agreement.term.review, agreement.legal.dpia.review or date.max)
