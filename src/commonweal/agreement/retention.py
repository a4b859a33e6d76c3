"""Retention: how long results and extracts are kept, and what happens to them then."""

from __future__ import annotations

import calendar
from datetime import datetime, timedelta
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


def end_of(length: str, start: datetime) -> datetime:
    """Return when a length of time such as ``1 year`` is over; a month ends on its last day where the day is missing."""
    number, unit = int(length.split()[0]), length.split()[1].removesuffix("s")
    if unit in ("hour", "day", "week"):
        return start + number * {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}[unit]
    months = start.month - 1 + number * (12 if unit == "year" else 1)
    year, month = start.year + months // 12, months % 12 + 1
    return start.replace(year=year, month=month, day=min(start.day, calendar.monthrange(year, month)[1]))
