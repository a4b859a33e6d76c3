"""Term: from when until when an agreement answers, and when it must be looked at again."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from commonweal.agreement.clause import Clause, Day, Words
from commonweal.agreement.legal import AssessmentOutcome

CALENDAR = ZoneInfo("Europe/London")
"""Whose days the days of an agreement are."""


def day_of(now: datetime) -> date:
    """Return the day of a moment in the United Kingdom; ValueError if the moment has no time zone."""
    if now.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return now.astimezone(CALENDAR).date()


class Term(Clause):
    """The days of the agreement, in United Kingdom time.

    It answers from the first minute of `start` (written ``from``) to the last minute of `until`. After `review` it
    goes on for `grace_days`, then stops until a reviewed version is signed.
    """

    start: Day = Field(alias="from")
    until: Day
    review: Day
    grace_days: Annotated[int, Field(ge=0, le=90)] = 14

    @model_validator(mode="after")
    def _in_order(self) -> Term:
        """Keep the days in order."""
        if self.until < self.start:
            raise ValueError("`until` lies before `from`")
        if self.review < self.start:
            raise ValueError("`review` lies before `from`")
        if self.review > self.until:
            raise ValueError("`review` lies after `until`, so the agreement would never be reviewed")
        return self


class Review(Clause):
    """A review that was held: when, what it came to, and whether the sharing does what it was for."""

    on: Day
    outcome: AssessmentOutcome
    effectiveness: Words | None = None
