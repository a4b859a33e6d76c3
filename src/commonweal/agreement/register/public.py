"""A public agreement: all that the public is told of it, in plain words. Pages, JSON, feed and files show this and no more.

Nobody is named who asks questions or checks answers; contacts are the ones that the parties gave to be written to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from commonweal.agreement.comments.comment import PublicComment
from commonweal.agreement.fields import Enforcement
from commonweal.agreement.incidents.incident import PublicIncident

RESERVED = frozenset({"statistics", "moderation"})
"""Words that stand for pages of the register itself; an agreement of that name has a tilde before it in addresses."""


def slug(identifier: str) -> str:
    """Return what stands for an agreement in addresses and names of folders."""
    return f"~{identifier}" if identifier in RESERVED else identifier


class PublicStatus(StrEnum):
    """Where a version stands, as the public is told: the states of an agreement, and in force with a review due."""

    PROPOSED = "proposed"
    SIGNED = "signed"
    IN_FORCE = "in-force"
    REVIEW_DUE = "review-due"
    SUSPENDED = "suspended"
    ENDED = "ended"
    SUPERSEDED = "superseded"


@dataclass(frozen=True)
class PublicContact:
    """Someone to write to."""

    name: str
    email: str
    phone: str = ""


@dataclass(frozen=True)
class PublicParty:
    """An organisation that signs: its short name, what people call it, its role, and whom to write to."""

    organisation: str
    title: str
    role: str
    contact: PublicContact
    data_protection_officer: PublicContact | None = None
    responsible_owner: str = ""


@dataclass(frozen=True)
class PublicColumn:
    """One column: what it holds, how it is changed before a question sees it, and what can no longer be told from it."""

    name: str
    holds: str
    treatment: str
    promise: str


@dataclass(frozen=True)
class PublicDataset:
    """What is shared of one dataset; a column that is not listed is not shared."""

    dataset: str
    owner: str
    holds: str
    because: str
    columns: tuple[PublicColumn, ...]
    rows: str


@dataclass(frozen=True)
class PublicBenefit:
    """A benefit that is expected: to whom, what, and how it will be measured."""

    to: str
    what: str
    measure: str


@dataclass(frozen=True)
class Protection:
    """One thing that protects people, in a sentence, and what this software does about it."""

    words: str
    enforcement: Enforcement


@dataclass(frozen=True)
class Worth:
    """One of the things that an agreement holds, and what this software does about it."""

    what: str
    enforcement: Enforcement
    how: str


@dataclass(frozen=True)
class Outcomes:
    """How many questions came to what. They say how much the service is used, and nothing of who asked."""

    answered: int = 0
    refused: int = 0
    failed: int = 0
    rehearsed: int = 0

    @property
    def total(self) -> int:
        """Return how many questions there were."""
        return self.answered + self.refused + self.failed + self.rehearsed

    def __add__(self, other: Outcomes) -> Outcomes:
        """Return both together."""
        return Outcomes(
            self.answered + other.answered,
            self.refused + other.refused,
            self.failed + other.failed,
            self.rehearsed + other.rehearsed,
        )


@dataclass(frozen=True)
class Month:
    """The questions of a month, written 2026-11."""

    month: str
    outcomes: Outcomes


@dataclass(frozen=True)
class RefusedBecause:
    """Why questions were refused, in general, and how many were."""

    words: str
    number: int


@dataclass(frozen=True)
class PublicVersion:
    """A version that the public may see: where it stands, its days, what changed, and the hash of the whole document."""

    version: int
    status: PublicStatus
    added: datetime | None
    start: date
    until: date
    changes: str
    content_hash: str


@dataclass(frozen=True)
class Happening:
    """Something that happened to the agreement: a day, or a moment of the record, and a sentence.

    `kind` is a word for programs, `key` tells happenings of an agreement apart for ever.
    """

    at: datetime
    kind: str
    words: str
    key: str
    is_day: bool = False


@dataclass(frozen=True)
class PublicAgreement:
    """All that the public is told of one agreement. Days are days in the United Kingdom, moments UTC."""

    id: str
    version: int
    title: str
    status: PublicStatus
    standing: str
    purpose: str
    purpose_code: str
    necessity: str
    aims: tuple[str, ...]
    alternatives: str
    benefits: tuple[PublicBenefit, ...]
    parties: tuple[PublicParty, ...]
    people: tuple[tuple[str, int], ...]  # role, and how many people have it
    about: tuple[str, ...]
    personal_data: tuple[str, ...]
    themes: tuple[str, ...]
    datasets: tuple[PublicDataset, ...]
    links: tuple[tuple[str, str], ...]
    law: tuple[str, ...]
    powers: tuple[tuple[str, str], ...]  # name, status
    assessment: str
    protections: tuple[Protection, ...]
    worth: tuple[Worth, ...]
    split: str
    method: str
    frequency: str
    retention: str
    start: date
    until: date
    review: date
    rights: tuple[tuple[str, str], ...]  # which right, what is said of it
    contact: PublicContact
    privacy_notice: str
    notice_text: str
    automated_decisions: str
    algorithm: tuple[tuple[str, str], ...]
    questions: Outcomes
    questions_this_month: Outcomes
    months: tuple[Month, ...]
    refusals: tuple[RefusedBecause, ...]
    incidents: tuple[PublicIncident, ...]
    comments: tuple[PublicComment, ...]
    versions: tuple[PublicVersion, ...]
    history: tuple[Happening, ...]
    content_hash: str
    public_hash: str
    entry: int | None  # of the record, where both hashes stand
    document: bytes = field(repr=False)
    """The signed document as canonical JSON without the names of people (`document`)."""

    @property
    def reference(self) -> str:
        """Return ``id@version``."""
        return f"{self.id}@{self.version}"

    @property
    def slug(self) -> str:
        """Return what stands for it in addresses."""
        return slug(self.id)

    @property
    def organisations(self) -> tuple[str, ...]:
        """Return the short names of the parties."""
        return tuple(party.organisation for party in self.parties)

    @property
    def updated(self) -> datetime:
        """Return when something of it last changed."""
        return max((each.at for each in self.history), default=datetime.min)


@dataclass(frozen=True)
class Statistics:
    """How the service is used, under public agreements only."""

    agreements: int
    by_status: tuple[tuple[str, int], ...]
    questions: Outcomes
    months: tuple[Month, ...]
    refusals: tuple[RefusedBecause, ...]
    organisations: int
    datasets: int
    incidents: int
    median_days_to_force: float | None


@dataclass(frozen=True)
class Register:
    """The whole register at a moment: its name, the agreements by title, and the figures."""

    name: str
    at: datetime
    agreements: tuple[PublicAgreement, ...]
    statistics: Statistics

    def find(self, identifier: str) -> PublicAgreement | None:
        """Return the agreement of that id or slug, or None: also when there is one that is not public."""
        return next((each for each in self.agreements if identifier in (each.id, each.slug)), None)
