"""What happened to a public agreement, in order: from the first signature to the last answer to a comment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time

from commonweal.agreement.comments.comment import PublicComment
from commonweal.agreement.document import Agreement
from commonweal.agreement.incidents.incident import PublicIncident
from commonweal.agreement.register.public import Happening
from commonweal.agreement.signature import Signature
from commonweal.agreement.standing import Event
from commonweal.agreement.state import Act

_DONE = {
    Act.SUSPEND: "{} suspended it: nothing is answered until it resumes.",
    Act.RESUME: "{} lifted its suspension.",
    Act.WITHDRAW: "{} withdrew from it.",
    Act.END: "{} ended it.",
}


def history_of(
    versions: Sequence[Agreement],
    signatures: Sequence[Signature],
    events: Sequence[Event],
    incidents: Sequence[PublicIncident],
    comments: Sequence[PublicComment],
    titles: Mapping[str, str],
    today: date,
) -> tuple[Happening, ...]:
    """Return what happened up to today, newest first; of events only what was done and by whom.

    A reason that a party gives when it stops an agreement is written for the parties and is not told here: what the
    public should know of it belongs into an incident.
    """
    found = [
        *_signed(versions, signatures, titles, today),
        *(_event(event, titles) for event in events),
        *(_incident(each, titles) for each in incidents),
        *_commented(comments, titles),
    ]
    return tuple(sorted(found, key=lambda each: (each.at, each.key), reverse=True))


def _signed(
    versions: Sequence[Agreement], signatures: Sequence[Signature], titles: Mapping[str, str], today: date
) -> Iterator[Happening]:
    for version in versions:
        own = [each for each in signatures if each.version == version.version]
        for number, each in enumerate(own):
            kind = "proposed" if number == 0 else "signed"
            words = f"{titles.get(each.organisation, each.organisation)} signed version {version.version}."
            yield Happening(each.signed_at, kind, words, f"{version.version}/signed/{each.organisation}")
        if {each.organisation for each in own} != set(version.organisations):
            continue
        last = max(each.signed_at for each in own)
        begun = max(last, _start_of(version.term.start))
        if begun.date() <= today:
            words = f"Version {version.version} came into force, signed by every party."
            yield Happening(begun, "in-force", words, f"{version.version}/in-force", is_day=begun != last)
        if version.term.until < today and version is versions[-1]:
            at = _start_of(version.term.until)
            yield Happening(at, "ended", "Its last day.", f"{version.version}/last-day", is_day=True)


def _event(event: Event, titles: Mapping[str, str]) -> Happening:
    who = titles.get(event.organisation, event.organisation)
    key = f"{event.version}/{event.act.value}/{event.organisation}/{event.at:%Y%m%dT%H%M%S%f}"
    return Happening(event.at, event.act.value, _DONE[event.act].format(who), key)


def _incident(incident: PublicIncident, titles: Mapping[str, str]) -> Happening:
    at = _start_of(incident.shown_from) if incident.shown_from else incident.recorded_at
    who = titles.get(incident.organisation, incident.organisation)
    return Happening(
        at, "incident", f"{who} recorded an incident.", f"incident/{incident.id}", is_day=bool(incident.shown_from)
    )


def _commented(comments: Sequence[PublicComment], titles: Mapping[str, str]) -> Iterator[Happening]:
    for each in comments:
        yield Happening(each.published_at, "comment", "A comment was published.", f"comment/{each.id}")
        if each.answered_at is not None:
            who = titles.get(each.answered_by, each.answered_by)
            words = f"{who} answered a comment."
            yield Happening(each.answered_at, "answer", words, f"comment/{each.id}/{each.answered_at:%Y%m%dT%H%M%S}")


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)
