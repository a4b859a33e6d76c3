"""Findings on time: the longer it runs, the more there is to put together and the more changes around it."""

from __future__ import annotations

from commonweal.agreement.clause import LengthOfTime
from commonweal.risk.facts import Facts
from commonweal.risk.finding import Axis, Judged, Known, Theme
from commonweal.risk.level import Level

LOW, MEDIUM, HIGH, SEVERE = Level

YEAR = 366
_DAYS = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 30.5, "year": 365.25}


def days(length: LengthOfTime) -> float:
    """Return a length of time such as ``1 year`` in days."""
    number, unit = length.split()
    return int(number) * _DAYS[unit.removesuffix("s")]


def _by_years(count: float, one: float, several: float) -> Level:
    return LOW if count <= one * YEAR else MEDIUM if count <= several * YEAR else HIGH


def _term(facts: Facts) -> Judged:
    term = facts.agreement.term
    length = (term.until - term.start).days + 1
    return Judged(_by_years(length, 1, 3), f"It runs for {_spoken(length)}.")


def _review(facts: Facts) -> Judged:
    term = facts.agreement.term
    wait = (term.review - term.start).days
    if term.review < facts.today:
        return Judged(HIGH, "The review is overdue.")
    return Judged(_by_years(wait, 1, 2), f"It is reviewed after {_spoken(wait)}.")


def _retention(facts: Facts) -> Judged:
    kept = facts.agreement.retention
    longest = max(days(kept.results), days(kept.extracts) if kept.extracts else 0.0)
    return Judged(_by_years(longest, 1, 5), f"Answers are kept for {kept.results}.")


def _spoken(length: int) -> str:
    months = round(length / 30.44)
    if months < 2:
        return f"{length} days"
    return f"{months} months" if months < 24 else f"{round(length / 365.25)} years"


FINDINGS = (
    Known(
        "time.term",
        Theme.TIME,
        Axis.LIKELIHOOD,
        "How long does it run?",
        {LOW: "up to a year", MEDIUM: "up to three years", HIGH: "longer"},
        "Each fresh snapshot of an unchanged fact is one more look at it: four of them take the best guess about a fair bit "
        "from 60 to 66 in a hundred.",
        ("measured", "ukan"),
        "End it after a year, and let a reviewed version go on.",
        _term,
    ),
    Known(
        "time.review",
        Theme.TIME,
        Axis.LIKELIHOOD,
        "When is it looked at again?",
        {LOW: "within a year", MEDIUM: "within two years", HIGH: "later, or the review is overdue"},
        "What others know and can compute grows; a judgement of identifiability is true for its day.",
        ("ico-anonymisation", "ico-sharing"),
        "Set `term.review` within a year.",
        _review,
    ),
    Known(
        "time.retention",
        Theme.TIME,
        Axis.LIKELIHOOD,
        "How long are answers kept?",
        {LOW: "up to a year", MEDIUM: "up to five years", HIGH: "longer"},
        "What is kept can be found, and put beside what comes later.",
        ("gdpr-5",),
        "Keep answers as long as the purpose needs them.",
        _retention,
    ),
)
