"""Standing: whether an agreement is in force at a moment, and why not. Pure: the caller brings clock and record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from commonweal.agreement.document import Agreement
from commonweal.agreement.signature import Signature, verifies
from commonweal.agreement.state import BY_PEOPLE, Act, State
from commonweal.agreement.term import day_of


@dataclass(frozen=True)
class Event:
    """What a party did to an agreement other than signing it: suspend, resume, withdraw or end.

    `version` is the latest version at the time; the event holds for that version and those before it.
    """

    agreement: str
    version: int
    act: Act
    organisation: str
    reason: str
    at: datetime

    def __post_init__(self) -> None:
        """Refuse acts that are not events, and moments without a time zone."""
        if self.act not in BY_PEOPLE - {Act.SIGN}:
            raise ValueError(f"{self.act} is not something that a party does to an agreement")
        if self.at.tzinfo is None:
            raise ValueError("the time of an event needs a time zone")


@dataclass(frozen=True)
class Standing:
    """Where an agreement stands: its state, whether it answers questions, and the reason in a sentence for people."""

    state: State
    in_force: bool
    reason: str

    def __post_init__(self) -> None:
        """Hold the two to each other: only one state answers."""
        if self.in_force != (self.state is State.IN_FORCE):
            raise ValueError("an agreement answers when it is in force, and only then")


def standing(
    agreement: Agreement,
    signatures: Sequence[Signature],
    events: Sequence[Event],
    now: datetime,
    *,
    newer: int | None = None,
    public_keys: Mapping[str, bytes] | None = None,
) -> Standing:
    """Return where the agreement stands at `now` (with a time zone; the record's time, which never runs backwards).

    `events` are in the order in which they were recorded. `newer` is a later version that has begun, if there is one.
    `public_keys` are the organisations' keys as the installation knows them; a signature by another key does not count.
    """
    today = day_of(now)
    held = [event for event in events if event.agreement == agreement.id and event.version >= agreement.version]
    return (
        _final(agreement, held, today, newer)
        or _stopped(held)
        or _unsigned(agreement, signatures, public_keys)
        or _untimely(agreement, today)
        or _in_force(agreement, today)
    )


def has_begun(
    agreement: Agreement, signatures: Sequence[Signature], now: datetime, public_keys: Mapping[str, bytes] | None = None
) -> bool:
    """Tell whether every party has signed and the first day has come: from then on, older versions are superseded."""
    return _unsigned(agreement, signatures, public_keys) is None and day_of(now) >= agreement.term.start


def _final(agreement: Agreement, events: Sequence[Event], today: date, newer: int | None) -> Standing | None:
    """Return the standing of a version that is over for good."""
    if newer is not None:
        return Standing(State.SUPERSEDED, False, f"Version {newer} has taken its place.")
    ending = next((event for event in events if event.act is Act.END), None)
    if ending is not None:
        return Standing(
            State.ENDED, False, f"{ending.organisation} ended it on {_written(day_of(ending.at))}: {ending.reason}"
        )
    if today > agreement.term.until:
        return Standing(State.ENDED, False, f"Its last day was {_written(agreement.term.until)}.")
    return None


def _stopped(events: Sequence[Event]) -> Standing | None:
    """Return the standing of a version that a party has withdrawn from or suspended."""
    open_now: dict[str, Event] = {}
    for event in events:
        if event.act is Act.WITHDRAW:
            return Standing(
                State.SUSPENDED, False, f"{event.organisation} withdrew on {_written(day_of(event.at))}: {event.reason}"
            )
        if event.act is Act.SUSPEND:
            open_now.setdefault(event.organisation, event)
        elif event.act is Act.RESUME:
            open_now.pop(event.organisation, None)
    for event in open_now.values():
        return Standing(
            State.SUSPENDED, False, f"{event.organisation} suspended it on {_written(day_of(event.at))}: {event.reason}"
        )
    return None


def suspended_by(events: Sequence[Event]) -> frozenset[str]:
    """Return the organisations whose suspension is still open."""
    held: set[str] = set()
    for event in events:
        if event.act is Act.SUSPEND:
            held.add(event.organisation)
        elif event.act is Act.RESUME:
            held.discard(event.organisation)
    return frozenset(held)


def _unsigned(
    agreement: Agreement, signatures: Sequence[Signature], public_keys: Mapping[str, bytes] | None
) -> Standing | None:
    """Return the standing of a version that not every party has signed, or whose signatures do not fit the document."""
    own = [
        signature
        for signature in signatures
        if signature.agreement == agreement.id and signature.version == agreement.version
    ]
    for signature in own:
        known = None if public_keys is None else public_keys.get(signature.organisation, b"")
        if not verifies(signature, agreement, known):
            reason = f"The document is not what {signature.organisation} signed, so it cannot be relied on."
            return Standing(State.SUSPENDED, False, reason)
    missing = [name for name in agreement.organisations if name not in {signature.organisation for signature in own}]
    if not missing:
        return None
    state = State.PROPOSED if own else State.DRAFT
    return Standing(state, False, f"Not signed yet by {_listed(missing)}.")


def _untimely(agreement: Agreement, today: date) -> Standing | None:
    """Return the standing of a signed version before its first day, or whose reviews have lapsed."""
    if today < agreement.term.start:
        return Standing(
            State.SIGNED, False, f"Signed by every party; its first day is {_written(agreement.term.start)}."
        )
    for what, last in _deadlines(agreement):
        if today > last:
            return Standing(State.SUSPENDED, False, f"{what}, and the time for it ran out on {_written(last)}.")
    return None


def _deadlines(agreement: Agreement) -> list[tuple[str, date]]:
    """Return what must be looked at again, with the last day on which answers are given without it."""
    grace = timedelta(days=agreement.term.grace_days)
    found = [(f"Its review was due on {_written(agreement.term.review)}", agreement.term.review + grace)]
    review = agreement.legal.dpia.review
    if review is not None:
        found.append((f"The review of its impact assessment was due on {_written(review)}", review + grace))
    found += [
        (f"The certificate {certificate.name} of {certificate.organisation} has to be renewed", certificate.expires)
        for certificate in agreement.security.certificates
    ]
    return found


def _in_force(agreement: Agreement, today: date) -> Standing:
    """Return the standing of a version that answers, with what is due soonest if it is overdue already."""
    last = min(last for _, last in _deadlines(agreement))
    overdue = agreement.term.review < today or (agreement.legal.dpia.review or date.max) < today
    if overdue:
        return Standing(
            State.IN_FORCE, True, f"In force, but a review is overdue: answers stop after {_written(last)}."
        )
    return Standing(State.IN_FORCE, True, f"In force until {_written(agreement.term.until)}.")


def _listed(names: Sequence[str]) -> str:
    """Return names as people list them."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _written(day: date) -> str:
    """Return a day as people write it, for example ``1 December 2026``."""
    return f"{day.day} {day:%B %Y}"
