"""Retention: how long results and extracts are kept, and what happens to them then."""

from __future__ import annotations

from enum import StrEnum

from commonweal.agreement.clause import Clause, LengthOfTime, Words


class AfterRetention(StrEnum):
    """What happens when the time is over."""

    DELETE = "delete"
    RETURN = "return"
    ARCHIVE = "archive"


class Retention(Clause):
    """Periods are counted from the day of the answer."""

    results: LengthOfTime
    extracts: LengthOfTime | None = None
    then: AfterRetention = AfterRetention.DELETE
    deletion_certificate: Words | None = None  # who gives it to whom
