"""An incident: what happened, when, what was done, whether the Information Commissioner was told, how many it touched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class ToldIco(StrEnum):
    """Whether the Information Commissioner was told (UK GDPR Article 33: within 72 hours, unless a risk is unlikely)."""

    YES = "yes"
    NOT_YET = "not-yet"
    NOT_NEEDED = "not-needed"


class Affected(StrEnum):
    """How many people it touched, as a band: a small number could tell who they are."""

    NOBODY = "nobody"
    UNDER_10 = "under-10"
    TENS = "10-to-99"
    HUNDREDS = "100-to-999"
    THOUSANDS = "1000-or-more"
    NOT_KNOWN = "not-known"


AFFECTED_WORDS: dict[Affected, str] = {
    Affected.NOBODY: "nobody",
    Affected.UNDER_10: "fewer than 10 people",
    Affected.TENS: "10 to 99 people",
    Affected.HUNDREDS: "100 to 999 people",
    Affected.THOUSANDS: "1,000 people or more",
    Affected.NOT_KNOWN: "not known yet",
}

ICO_WORDS: dict[ToldIco, str] = {
    ToldIco.YES: "The Information Commissioner was told.",
    ToldIco.NOT_YET: "The Information Commissioner has not been told yet.",
    ToldIco.NOT_NEEDED: "The Information Commissioner need not be told: a risk to people is unlikely.",
}


@dataclass(frozen=True)
class Incident:
    """An incident as the parties see it.

    `version` is the version that counted when it was recorded. `held_until` is the last day on which it is kept out of
    the register, for the reason `held_because`; None when it was shown at once. `suspended` says whether the agreement
    was suspended with it.
    """

    id: str
    agreement: str
    version: int
    organisation: str
    recorded_at: datetime
    happened: date
    what: str
    done: str
    told_ico: ToldIco
    affected: Affected
    suspended: bool
    held_until: date | None = None
    held_because: str = ""

    def is_shown(self, today: date) -> bool:
        """Return whether everybody may read it on a day."""
        return self.held_until is None or today > self.held_until


@dataclass(frozen=True)
class PublicIncident:
    """An incident as everybody sees it; when it was kept back for a time, it says until when and why."""

    id: str
    organisation: str
    recorded_at: datetime
    happened: date
    what: str
    done: str
    told_ico: str
    affected: str
    suspended: bool
    shown_from: date | None = None
    held_because: str = ""
