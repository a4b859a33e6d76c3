"""Incidents kept: each with its ledger entry in the caller's transaction.

The ledger holds the facts and a salted commitment to the words (SHA-256 of salt, what happened, a newline, what was
done), so that they cannot be changed unseen, and can be erased.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa

from commonweal.agreement.comments.comment import written
from commonweal.agreement.incidents.incident import (
    AFFECTED_WORDS,
    ICO_WORDS,
    Affected,
    Incident,
    PublicIncident,
    ToldIco,
)
from commonweal.agreement.incidents.tables import incidents as table
from commonweal.agreement.term import day_of
from commonweal.errors import BadInput

LONGEST_HELD = timedelta(days=90)
"""How long an incident may be kept out of the register at most."""


class Recorder(Protocol):
    """What this room needs of the ledger."""

    def append(self, connection: sa.Connection, kind: str, body: Mapping[str, Any], /) -> object:
        """Append an entry in the connection's transaction."""
        ...

    def person(self, connection: sa.Connection, email: str, /) -> str:
        """Return the keyed hash that stands for a person."""
        ...


def reported(
    agreement: str,
    version: int,
    organisation: str,
    *,
    at: datetime,
    happened: date,
    what: str,
    done: str,
    told_ico: ToldIco,
    affected: Affected,
    suspended: bool = False,
    held_until: date | None = None,
    held_because: str = "",
) -> Incident:
    """Return an incident, checked: `BadInput` for days that make no sense, words that are missing, silence without end."""
    today = day_of(at)
    if happened > today:
        raise BadInput("This day has not come yet.", remedy="Give the day on which it happened.")
    because = written(held_because, "the reason for keeping it back", longest=500, needed=held_until is not None)
    if because and held_until is None:
        raise BadInput(
            "It is not said until when it is kept back.", remedy="Give the last day, or leave the reason out."
        )
    if held_until is not None and not today <= held_until <= today + LONGEST_HELD:
        raise BadInput(
            f"It can be kept back for {LONGEST_HELD.days} days at most.", remedy="Give a day from today until then."
        )
    return Incident(
        secrets.token_hex(16),
        agreement,
        version,
        organisation,
        at,
        happened,
        written(what, "what happened"),
        written(done, "what was done"),
        told_ico,
        affected,
        suspended,
        held_until,
        because,
    )


def record(c: sa.Connection, recorder: Recorder, incident: Incident, *, by: str | None = None) -> None:
    """Keep an incident; who may do so, the caller has made sure."""
    salt = secrets.token_hex(16)
    c.execute(
        sa.insert(table).values(
            id=incident.id,
            agreement=incident.agreement,
            version=incident.version,
            organisation=incident.organisation,
            recorded_at=incident.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
            happened=incident.happened.isoformat(),
            what=incident.what,
            done=incident.done,
            told_ico=incident.told_ico.value,
            affected=incident.affected.value,
            suspended=incident.suspended,
            held_until=incident.held_until.isoformat() if incident.held_until else None,
            held_because=incident.held_because,
            salt=salt,
        )
    )
    words = f"{incident.what}\n{incident.done}".encode()
    body: dict[str, Any] = {
        "agreement": incident.agreement,
        "version": incident.version,
        "incident": incident.id,
        "organisation": incident.organisation,
        "happened": incident.happened.isoformat(),
        "told_ico": incident.told_ico.value,
        "affected": incident.affected.value,
        "suspended": incident.suspended,
        "words_commitment": hashlib.sha256(bytes.fromhex(salt) + words).hexdigest(),
    }
    if incident.held_until is not None:
        body["held_until"] = incident.held_until.isoformat()
    if by is not None:
        body["by"] = recorder.person(c, by)
    recorder.append(c, "incident.recorded", body)


def incidents(c: sa.Connection, agreements: Collection[str] | None = None) -> tuple[Incident, ...]:
    """Return incidents, newest first: under all agreements, or some."""
    wanted = sa.select(table).order_by(table.c.recorded_at.desc(), table.c.id)
    if agreements is not None:
        wanted = wanted.where(table.c.agreement.in_(list(agreements)))
    return tuple(_incident(row) for row in c.execute(wanted))


def shown(c: sa.Connection, versions: Collection[int], agreement: str, today: date) -> tuple[PublicIncident, ...]:
    """Return what everybody sees of the incidents under some versions of an agreement on a day, newest first."""
    found = incidents(c, [agreement])
    return tuple(public(each) for each in found if each.version in versions and each.is_shown(today))


def public(incident: Incident) -> PublicIncident:
    """Return what everybody sees of an incident once it is shown."""
    held = incident.held_until
    return PublicIncident(
        incident.id,
        incident.organisation,
        incident.recorded_at,
        incident.happened,
        incident.what,
        incident.done,
        ICO_WORDS[incident.told_ico],
        AFFECTED_WORDS[incident.affected],
        incident.suspended,
        held + timedelta(days=1) if held else None,
        incident.held_because,
    )


def _incident(row: Any) -> Incident:
    return Incident(
        row.id,
        row.agreement,
        row.version,
        row.organisation,
        datetime.fromisoformat(row.recorded_at),
        date.fromisoformat(row.happened),
        row.what,
        row.done,
        ToldIco(row.told_ico),
        Affected(row.affected),
        bool(row.suspended),
        date.fromisoformat(row.held_until) if row.held_until else None,
        row.held_because,
    )
