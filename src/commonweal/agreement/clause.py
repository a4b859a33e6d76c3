"""What every clause of an agreement shares: frozen, closed to unknown keys, and made of checked words.

Words are refused when they hold control characters or characters that turn the direction of text, so that what an
officer reads on a terminal or a page is what was signed ("Trojan Source", CVE-2021-42574).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

ORGANISATION = r"[a-z][a-z0-9_-]{0,62}"
"""The pattern of an organisation's name, and of each half of a dataset's."""

TO_FILL_IN = "TO FILL IN"
"""What stands in a template where people must write; it is never words of an agreement."""


class Clause(BaseModel):
    """A part of an agreement: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _readable(value: str) -> str:
    """Return the words without surrounding space; ValueError if they are empty or could mislead a reader."""
    words = value.strip()
    if not words:
        raise ValueError("this must not be empty")
    if TO_FILL_IN in words:
        raise ValueError("this has still to be filled in")
    for character in words:
        category = unicodedata.category(character)
        if (category in ("Cc", "Cs", "Cn", "Co") and character not in "\n\t") or character in _TURNS:
            raise ValueError(f"this holds a character that cannot be shown (U+{ord(character):04X})")
    return words


def _day(value: object) -> object:
    """Let days through only as YYYY-MM-DD: other orders are ambiguous and are never guessed."""
    if isinstance(value, date) and type(value) is date:
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError("this day is not in the calendar") from None
    raise ValueError("write a day as YYYY-MM-DD, for example 2027-05-31")


PLACES = frozenset({"add", "calendar", "check", "drafts", "in-tray", "library", "map"})
"""Words that are places among the agreements of the pages and the API, so no agreement can have them as its id."""


def _not_a_place(value: str) -> str:
    """Refuse an id under which no page could be found."""
    if value in PLACES:
        raise ValueError(f"`{value}` is the name of a page among the agreements; choose another id")
    return value


def _length_of_time(value: str) -> str:
    """Check a length of time such as ``1 year``."""
    if not re.fullmatch(r"[1-9][0-9]{0,3} (hour|day|week|month|year)s?", value):
        raise ValueError("write a length of time as a number and a unit, for example `72 hours`, `90 days` or `1 year`")
    return value


def _address(value: str) -> str:
    """Check an e-mail address as far as form goes."""
    if (
        not re.fullmatch(r"[^\s@<>\"(),;:\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?", value)
        or ".." in value
    ):
        raise ValueError("this is not an e-mail address")
    return value


def _link(value: str) -> str:
    """Check a web address as far as form goes."""
    if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:/[\x21-\x7e]*)?", value):
        raise ValueError("this is not a web address; it begins with https://")
    return value


Words = Annotated[str, Field(max_length=4000), AfterValidator(_readable)]
"""Free text for people: at least one character, at most 4,000."""

Day = Annotated[date, BeforeValidator(_day)]
"""A calendar day in the United Kingdom, written YYYY-MM-DD."""

LengthOfTime = Annotated[str, AfterValidator(_length_of_time)]
"""A length of time, for example ``1 year``."""

Email = Annotated[str, AfterValidator(_address)]
"""An e-mail address; compared without regard to capitals."""

WebAddress = Annotated[str, Field(max_length=2000), AfterValidator(_link)]
"""An http or https address."""

OrganisationName = Annotated[str, Field(pattern=rf"^{ORGANISATION}$")]
"""An organisation's short name, as in ``commonweal organisation add``."""

AgreementName = Annotated[OrganisationName, AfterValidator(_not_a_place)]
"""An agreement's id."""

DatasetName = Annotated[str, Field(pattern=rf"^{ORGANISATION}/{ORGANISATION}$")]
"""A dataset's full name, ``organisation/name``."""


class Contact(Clause):
    """Someone to write to: a person or a team."""

    name: Words
    email: Email
    phone: Words | None = None
