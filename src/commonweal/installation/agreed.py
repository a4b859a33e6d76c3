"""What is to be read of agreements across rooms: where they stand, who may see them, what was asked and spent.

Nothing here changes anything; what is done to agreements is `agreeing`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from commonweal.agreement import store
from commonweal.agreement.due import OVER, review_is_near
from commonweal.agreement.standing import Standing, suspended_by
from commonweal.agreement.tag import Tag, tag
from commonweal.agreement.term import day_of
from commonweal.catalogue import store as catalogue
from commonweal.disclosure.metered.profile import METERED
from commonweal.errors import NotFound
from commonweal.identity import store as identity
from commonweal.identity.permission import Thing
from commonweal.ledger.reading import entries

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from commonweal.agreement.document import Agreement
    from commonweal.gateway.metered.accounts import Account
    from commonweal.installation.installation import Installation

Sees = Callable[["Agreement"], bool]
"""Whether a version may be seen."""


def about(*versions: Agreement) -> Thing:
    """Return what permission needs to know of an agreement: the parties and the people of one version, or of several."""
    return Thing(
        parties=frozenset(name for version in versions for name in version.organisations),
        named=frozenset(person.email.casefold() for version in versions for person in version.people),
    )


@dataclass(frozen=True)
class Listed:
    """A version as a line of a list: where it stands today, which parties have signed it, whether it is the latest."""

    agreement: Agreement
    standing: Standing
    tag: Tag
    signed: frozenset[str]
    is_latest: bool

    @property
    def unsigned(self) -> tuple[str, ...]:
        """Return the parties that have not signed, in the document's order."""
        return tuple(name for name in self.agreement.organisations if name not in self.signed)


def listed(installation: Installation, connection: Connection, sees: Sees) -> tuple[Listed, ...]:
    """Return the versions that count today, and newer ones on their way, as far as they may be seen; by id."""
    now = installation.ledger.now(connection)
    known = dict(installation.keys.public_keys())
    found: list[Listed] = []
    for latest in store.agreements(connection):
        counting = store.current(connection, latest.id, now, public_keys=known)
        both = [(counting.agreement, counting.standing)]
        if counting.agreement.version != latest.version:
            both.append((latest, store.current_standing(connection, latest.id, now, public_keys=known)))
        for document, standing in both:
            if sees(document):
                signed = frozenset(s.organisation for s in store.signatures(connection, document.id, document.version))
                shown = tag(document, standing, day_of(now))
                found.append(Listed(document, standing, shown, signed, document.version == latest.version))
    return tuple(found)


@dataclass(frozen=True)
class Seen:
    """A version that is looked at: where it stands, and every version of the agreement that may be seen."""

    agreement: Agreement
    standing: Standing
    tag: Tag
    versions: tuple[Agreement, ...]
    counting: int
    latest: int


def seen(
    installation: Installation, connection: Connection, identifier: str, version: int | None, sees: Sees
) -> Seen | None:
    """Return a version of an agreement (None: the one that counts today, else the latest that may be seen).

    None if it may not be seen; `NotFound`, which names nothing else, if there is none.
    """
    try:
        kept = store.versions(connection, identifier)
    except NotFound:
        raise _nothing() from None
    now = installation.ledger.now(connection)
    known = dict(installation.keys.public_keys())
    counting = store.current(connection, identifier, now, public_keys=known)
    visible = tuple(document for document in kept if sees(document))
    if version is None:
        chosen = next((d for d in visible if d.version == counting.agreement.version), visible[-1] if visible else None)
    else:
        chosen = next((d for d in visible if d.version == version), None)
        if chosen is None and visible and version not in {document.version for document in kept}:
            raise NotFound(f"There is no version {version} of {identifier}.", remedy="Look at its versions.")
    if chosen is None:
        return None
    standing = store.current_standing(connection, identifier, now, version=chosen.version, public_keys=known)
    shown = tag(chosen, standing, day_of(now))
    return Seen(chosen, standing, shown, visible, counting.agreement.version, kept[-1].version)


def _nothing() -> NotFound:
    return NotFound("There is no agreement of that name.", remedy="Look at the list of agreements.")


@dataclass(frozen=True)
class AskedOn:
    """How many questions were asked under an agreement on a day, by what became of them."""

    day: date
    answered: int
    refused: int
    failed: int
    open: int

    @property
    def asked(self) -> int:
        """Return how many there were in all."""
        return self.answered + self.refused + self.failed + self.open


MOST_READ = 20_000
"""Entries of one kind that are read for the counts, the latest."""


def asked_under(connection: Connection, identifier: str, now: datetime, days: int) -> tuple[AskedOn, ...]:
    """Return the questions of the last days by outcome, the latest day first; nobody's words, nobody's name."""
    since = now - timedelta(days=days)

    def read(kind: str, agreement: str | None) -> Iterable[tuple[datetime, Mapping[str, object], int]]:
        found = entries(connection, kind=kind, agreement=agreement, since=since, limit=MOST_READ)
        return [(entry.time, entry.body, entry.index) for entry in found]

    asked = {index: day_of(time) for time, _, index in read("question.asked", identifier)}
    counts: Counter[tuple[date, str]] = Counter(
        (day_of(time), "refused") for time, _, _ in read("question.refused", identifier)
    )
    outcomes: dict[int, str] = {}
    if asked:
        for kind in ("answered", "failed"):
            for _, body, _ in read(f"question.{kind}", None):
                intent = body.get("asked")
                if isinstance(intent, int) and intent in asked:
                    outcomes[intent] = kind
    counts.update((day, outcomes.get(index, "open")) for index, day in asked.items())
    return tuple(
        AskedOn(day, *(counts[day, outcome] for outcome in ("answered", "refused", "failed", "open")))
        for day in sorted({day for day, _ in counts}, reverse=True)
    )


_OF_DATASET = re.compile(
    r"(?P<what>(?:being|records) in )?(?P<dataset>[a-z][a-z0-9_-]*/[a-z][a-z0-9_-]*)(?:\.(?P<account>.+))?"
)


def meter_of(connection: Connection, agreement: Agreement) -> tuple[Account, ...] | None:
    """Return the accounts of what an agreement shares, the dearest first; None when its profile has no meter."""
    from commonweal.gateway.metered.accounts import accounts  # imported when used: it loads the meter's arithmetic

    if agreement.safeguards.profile not in METERED:
        return None
    contracts = {dataset.reference: dataset.contract for dataset in catalogue.datasets(connection)}
    shared: set[tuple[str, str | None]] = set()
    for terms in agreement.data:
        columns = contracts[terms.dataset].by_name if terms.dataset in contracts else {}
        shared.add((terms.dataset, None))
        shared |= {(terms.dataset, columns[name].account or name) for name in terms.columns if name in columns}

    def is_ours(secret: str) -> bool:
        match = _OF_DATASET.fullmatch(secret)
        return match is not None and (match["dataset"], match["account"]) in shared

    return tuple(account for account in accounts(connection) if is_ours(account.secret))


@dataclass(frozen=True)
class InTray:
    """What waits for an organisation: to be signed by it, to be reviewed, and what it has suspended itself."""

    to_sign: tuple[Listed, ...]
    to_review: tuple[Listed, ...]
    suspended: tuple[Listed, ...]


REVIEW_WITHIN = 60
"""Days before a review from which it is in the in-tray."""


def in_tray(installation: Installation, connection: Connection, organisation: str, sees: Sees) -> InTray:
    """Return what waits for an organisation."""
    today = day_of(installation.ledger.now(connection))
    ours = [each for each in listed(installation, connection, sees) if organisation in each.agreement.organisations]
    running = [each for each in ours if each.standing.state not in OVER]

    def suspends(each: Listed) -> bool:
        held = [e for e in store.events(connection, each.agreement.id) if e.version >= each.agreement.version]
        return organisation in suspended_by(held)

    return InTray(
        to_sign=tuple(e for e in running if organisation in e.unsigned and e.is_latest),
        to_review=tuple(
            e for e in running if not e.unsigned and review_is_near(e.agreement, e.standing, today, REVIEW_WITHIN)
        ),
        suspended=tuple(each for each in running if suspends(each)),
    )


def organisations_of_people(connection: Connection) -> dict[str, str]:
    """Return whose each person known here is, by address in small letters."""
    return {person.email.casefold(): person.organisation for person in identity.people(connection)}


def titles(connection: Connection) -> dict[str, str]:
    """Return what people call each organisation, by its name."""
    return {organisation.name: organisation.title for organisation in catalogue.organisations(connection)}
