"""Due: the days that an agreement brings with it, and which of them are near. Pure: the caller brings the day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from commonweal.agreement.document import Agreement
from commonweal.agreement.standing import Standing
from commonweal.agreement.state import State
from commonweal.agreement.tag import next_review


class Matter(StrEnum):
    """What a day is for."""

    BEGINS = "begins"
    REVIEW = "review"
    ENDS = "ends"
    IMPACT_ASSESSMENT = "impact assessment"
    OTHER_ASSESSMENT = "other assessment"
    CERTIFICATE = "certificate"
    ACCREDITATION = "accreditation"


@dataclass(frozen=True)
class Due:
    """One day of one agreement: what is for that day, and in a sentence what to do and what happens otherwise."""

    day: date
    matter: Matter
    agreement: str
    version: int
    title: str
    words: str

    @property
    def reference(self) -> str:
        """Return ``id@version``."""
        return f"{self.agreement}@{self.version}"

    def as_dict(self) -> dict[str, str | int]:
        """Return the day as plain values for JSON."""
        return {
            "day": self.day.isoformat(),
            "matter": self.matter.value,
            "agreement": self.agreement,
            "version": self.version,
            "title": self.title,
            "words": self.words,
        }


OVER = frozenset({State.ENDED, State.SUPERSEDED})
"""Versions in these states bring no days any more."""


def days_of(agreement: Agreement) -> tuple[Due, ...]:
    """Return every day of an agreement, earliest first."""
    found = [
        Due(day, matter, agreement.id, agreement.version, agreement.title, words)
        for day, matter, words in (*_of_term(agreement), *_of_assessments(agreement), *_of_papers(agreement))
    ]
    return tuple(sorted(found, key=lambda due: (due.day, due.matter)))


def calendar(standings: Iterable[tuple[Agreement, Standing]]) -> tuple[Due, ...]:
    """Return the days of all agreements that are not over, earliest first."""
    found = [due for agreement, standing in standings if standing.state not in OVER for due in days_of(agreement)]
    return tuple(sorted(found, key=lambda due: (due.day, due.agreement, due.matter)))


def due_within(found: Iterable[Due], today: date, days: int) -> tuple[Due, ...]:
    """Return what is due from `today` to so many days later, both included; reminders are made of it."""
    last = today + timedelta(days=days)
    return tuple(due for due in found if today <= due.day <= last)


def review_is_near(agreement: Agreement, standing: Standing, today: date, days: int) -> bool:
    """Tell whether a version that is not over must be looked at again within so many days, or should have been."""
    return standing.state not in OVER and next_review(agreement) - today <= timedelta(days=days)


def _of_term(agreement: Agreement) -> Iterator[tuple[date, Matter, str]]:
    term = agreement.term
    stop = written(_after(term.review, term.grace_days))
    yield term.start, Matter.BEGINS, "The first day on which questions are answered."
    yield term.review, Matter.REVIEW, f"Review it and sign a reviewed version; without one, answers stop after {stop}."
    yield term.until, Matter.ENDS, "The last day on which questions are answered."


def _of_assessments(agreement: Agreement) -> Iterator[tuple[date, Matter, str]]:
    review = agreement.legal.dpia.review
    if review is not None:
        stop = written(_after(review, agreement.term.grace_days))
        yield (
            review,
            Matter.IMPACT_ASSESSMENT,
            f"Review the data protection impact assessment and sign a version that says so; without one, answers stop "
            f"after {stop}.",
        )
    others = agreement.assessments
    named = [] if others is None else [("equality", others.equality), ("human rights", others.human_rights)]
    named += [] if others is None else [("ethics", others.ethics)]
    for name, assessment in named:
        if assessment is not None and assessment.review is not None:
            yield assessment.review, Matter.OTHER_ASSESSMENT, f"Review the {name} assessment."


def _of_papers(agreement: Agreement) -> Iterator[tuple[date, Matter, str]]:
    for certificate in agreement.security.certificates:
        words = f"The certificate {certificate.name} of {certificate.organisation} expires; answers stop the day after."
        yield certificate.expires, Matter.CERTIFICATE, words
    for person in agreement.people:
        if person.accreditation is not None:
            words = f"The accreditation of {person.email} ({person.accreditation.scheme}) is over after this day."
            yield person.accreditation.until, Matter.ACCREDITATION, words


def _after(day: date, days: int) -> date:
    """Return a day so many days later; the last day there is when that lies beyond the calendar."""
    return date.max if (date.max - day).days < days else day + timedelta(days=days)


def written(day: date) -> str:
    """Return a day as people write it: 1 December 2026."""
    return f"{day.day} {day:%B %Y}"
