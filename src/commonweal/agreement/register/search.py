"""Finding public agreements by words, organisation, purpose, status and theme."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from commonweal.agreement.register.public import PublicAgreement


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for; an empty part is no condition."""

    words: str = ""
    organisation: str = ""
    purpose: str = ""
    status: str = ""
    theme: str = ""

    def is_empty(self) -> bool:
        """Return whether nothing in particular is looked for."""
        return not any((self.words, self.organisation, self.purpose, self.status, self.theme))


def found(agreements: Iterable[PublicAgreement], wanted: Wanted) -> tuple[PublicAgreement, ...]:
    """Return the agreements that meet every condition, in their order; every word must be somewhere in their text."""
    words = _plain(wanted.words).split()
    return tuple(
        each
        for each in agreements
        if (not wanted.organisation or wanted.organisation in each.organisations)
        and (not wanted.purpose or wanted.purpose == each.purpose_code)
        and (not wanted.status or wanted.status == each.status.value)
        and (not wanted.theme or wanted.theme in each.themes)
        and _holds(each, words)
    )


def _holds(agreement: PublicAgreement, words: Sequence[str]) -> bool:
    text = _text(agreement) if words else ""
    return all(word in text for word in words)


def _text(agreement: PublicAgreement) -> str:
    parts = [agreement.id, agreement.title, agreement.purpose, agreement.necessity, agreement.purpose_code]
    parts += [*agreement.about, *agreement.personal_data, *agreement.aims, *(name for name, _ in agreement.powers)]
    parts += [f"{each.what} {each.to}" for each in agreement.benefits]
    parts += [f"{party.organisation} {party.title}" for party in agreement.parties]
    for terms in agreement.datasets:
        parts += [terms.dataset, terms.holds, terms.because, *(f"{each.name} {each.holds}" for each in terms.columns)]
    return _plain(" ".join(parts))


def _plain(text: str) -> str:
    """Return text without capitals and accents, so that both ways of writing are found."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in apart if not unicodedata.combining(character))
