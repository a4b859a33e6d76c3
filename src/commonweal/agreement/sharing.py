"""Sharing: by what method and how often, what may happen to results, and where the data is (ICO code; DEA)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from commonweal.agreement.clause import Clause, Words


class Method(StrEnum):
    """How data is shared; this software does one thing: it answers questions where the data lives."""

    QUESTIONS = "questions"


class Sharing(Clause):
    """The method, and the frequency that the parties expect."""

    method: Method = Method.QUESTIONS
    frequency: Words | None = None
    discrete_or_ongoing: Words | None = None


class OnwardSharing(StrEnum):
    """To whom answers may be passed on."""

    NONE = "none"  # nobody outside the parties
    WITH_CONSENT_OF_ALL_PARTIES = "with-consent-of-all-parties"
    PUBLISHED = "published"  # answers are published for everybody


class Reidentification(StrEnum):
    """Attempts to recognise people in answers: there is one rule."""

    PROHIBITED = "prohibited"


class Location(Clause):
    """Where the data and its recipients are; transfers abroad need a safeguard (UK GDPR Chapter V)."""

    storage: Words | None = None
    countries: tuple[Annotated[str, Field(pattern=r"^[A-Z]{2}$")], ...] = ("GB",)  # ISO 3166-1 alpha-2
    transfer_safeguard: Words | None = None
