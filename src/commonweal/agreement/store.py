"""Agreements kept: documents, signatures and events, each change with its ledger entry in the caller's transaction.

The ledger holds hashes and names of organisations only. A reason, which people write freely, stays here; the ledger
holds a salted commitment to it (SHA-256 of salt and reason), so it can be proven, and can be erased.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol

import sqlalchemy as sa
from pydantic import ValidationError

from commonweal.agreement import tables
from commonweal.agreement.document import Agreement
from commonweal.agreement.register.document import public_hash
from commonweal.agreement.signature import Signature, verifies
from commonweal.agreement.standing import Event, Standing, has_begun, standing, suspended_by
from commonweal.agreement.state import Act, State, may
from commonweal.agreement.suggestion import did_you_mean
from commonweal.agreement.writing import from_canonical
from commonweal.errors import BadInput, Conflict, NotAllowed, NotFound, Place, Tampered


class Recorder(Protocol):
    """What this room needs of the ledger."""

    def append(self, connection: sa.Connection, kind: str, body: Mapping[str, Any], /) -> object:
        """Append an entry in the connection's transaction."""
        ...

    def person(self, connection: sa.Connection, email: str, /) -> str:
        """Return the keyed hash that stands for a person."""
        ...


# Built once: where an agreement stands is asked several times a question.
_VERSIONS = (
    sa.select(tables.agreements)
    .where(tables.agreements.c.id == sa.bindparam("of"))
    .order_by(tables.agreements.c.version)
)
_SIGNATURES = (
    sa.select(tables.signatures)
    .where(tables.signatures.c.agreement == sa.bindparam("of"))
    .order_by(tables.signatures.c.signed_at, tables.signatures.c.organisation)
)
_EVENTS = (
    sa.select(tables.events).where(tables.events.c.agreement == sa.bindparam("of")).order_by(tables.events.c.sequence)
)

_PAST = {Act.SUSPEND: "suspended", Act.RESUME: "resumed", Act.WITHDRAW: "withdrawn", Act.END: "ended"}


@dataclass(frozen=True)
class Current:
    """The version that counts at a moment, and where it stands."""

    agreement: Agreement
    standing: Standing


def add_agreement(
    c: sa.Connection, recorder: Recorder, agreement: Agreement, *, at: datetime, by: str | None = None
) -> None:
    """Keep a new agreement (version 1) or the next version of one; Conflict if the number is not the next.

    `at` is the record's time, `by` the e-mail address of who did it.
    """
    latest = (
        c.scalar(sa.select(sa.func.max(tables.agreements.c.version)).where(tables.agreements.c.id == agreement.id)) or 0
    )
    if agreement.version != latest + 1:
        why = f"Version {latest} of it is here already." if latest else "No version of it is here yet."
        raise Conflict(
            f"{agreement.reference} cannot be added.",
            why=why,
            remedy=f"Write `version: {latest + 1}`; a version that was added is never changed.",
        )
    c.execute(
        sa.insert(tables.agreements).values(
            id=agreement.id,
            version=agreement.version,
            document=agreement.canonical.decode(),
            content_hash=agreement.content_hash,
            added_at=_written(at),
        )
    )
    # What the public is shown can be checked against this, whoever the document names.
    facts = {"public_hash": public_hash(agreement)} if agreement.transparency.public else {}
    _record(c, recorder, "agreement.added", agreement, facts, by)


def agreement(c: sa.Connection, identifier: str, version: int | None = None) -> Agreement:
    """Return a version of an agreement, the latest one unless told; NotFound, or Tampered if the stored text was
    changed.

    The latest version need not be the one in force: `current` returns that.
    """
    query = sa.select(tables.agreements).where(tables.agreements.c.id == identifier)
    if version is not None:
        query = query.where(tables.agreements.c.version == version)
    row = c.execute(query.order_by(tables.agreements.c.version.desc()).limit(1)).mappings().first()
    if row is None:
        raise _not_found(c, identifier, version)
    return _document(row)


def agreements(c: sa.Connection) -> tuple[Agreement, ...]:
    """Return the latest version of every agreement, by id."""
    latest = sa.select(tables.agreements.c.id, sa.func.max(tables.agreements.c.version)).group_by(
        tables.agreements.c.id
    )
    query = sa.select(tables.agreements).where(
        sa.tuple_(tables.agreements.c.id, tables.agreements.c.version).in_(latest)
    )
    return tuple(_document(row) for row in c.execute(query.order_by(tables.agreements.c.id)).mappings())


def identifiers(c: sa.Connection) -> tuple[str, ...]:
    """Return the id of every agreement, in order."""
    return tuple(c.scalars(sa.select(tables.agreements.c.id).distinct().order_by(tables.agreements.c.id)))


def versions(c: sa.Connection, identifier: str) -> tuple[Agreement, ...]:
    """Return every version of an agreement, oldest first; NotFound if there is none."""
    found = tuple(_document(row) for row in c.execute(_VERSIONS, {"of": identifier}).mappings())
    if not found:
        raise _not_found(c, identifier, None)
    return found


def signatures(c: sa.Connection, identifier: str, version: int | None = None) -> tuple[Signature, ...]:
    """Return the signatures on a version (all versions unless told), in the order in which they were made."""
    rows = c.execute(_SIGNATURES, {"of": identifier}).mappings()
    return tuple(
        Signature(**{**row, "signed_at": datetime.fromisoformat(row["signed_at"])})
        for row in rows
        if version is None or row["version"] == version
    )


def events(c: sa.Connection, identifier: str) -> tuple[Event, ...]:
    """Return what parties did to an agreement, in the order in which it was recorded."""
    return tuple(
        Event(row.agreement, row.version, Act(row.act), row.organisation, row.reason, datetime.fromisoformat(row.at))
        for row in c.execute(_EVENTS, {"of": identifier})
    )


def record_signature(
    c: sa.Connection,
    recorder: Recorder,
    signature: Signature,
    *,
    public_keys: Mapping[str, bytes] | None = None,
    by: str | None = None,
    assessment: str | None = None,
) -> None:
    """Keep a party's signature on the latest version; `assessment` is the hash of the assessment that was shown first.

    NotAllowed if the organisation is not a party; BadInput if the signature does not verify (against `public_keys`,
    the key that the installation knows for the organisation); Conflict if it has signed already or the state does not
    allow it.
    """
    document = agreement(c, signature.agreement)
    must_be_party(document, signature.organisation)
    if signature.version != document.version:
        raise Conflict(
            f"Version {signature.version} of {document.id} can no longer be signed.",
            why=f"The latest version is {document.version}.",
            remedy="Sign the latest version.",
        )
    known = None if public_keys is None else public_keys.get(signature.organisation, b"")
    if not verifies(signature, document, known):
        raise BadInput(
            f"The signature of {signature.organisation} is not on {document.reference} as it is kept here.",
            remedy="Sign the document that `commonweal agreement export` gives.",
        )
    if any(other.organisation == signature.organisation for other in signatures(c, document.id, document.version)):
        raise Conflict(
            f"{signature.organisation} has signed {document.reference} already.", remedy="There is nothing to do."
        )
    now = signature.signed_at
    state = current_standing(c, document.id, now, version=document.version).state
    _must_be_possible(document, state, Act.SIGN)
    c.execute(
        sa.insert(tables.signatures).values(
            agreement=signature.agreement,
            version=signature.version,
            organisation=signature.organisation,
            content_hash=signature.content_hash,
            public_key=signature.public_key,
            signature=signature.signature,
            signed_at=_written(now),
        )
    )
    facts = {
        "organisation": signature.organisation,
        "public_key": signature.public_key.hex(),
        "signature": signature.signature.hex(),
    }
    if assessment is not None:
        facts["assessment"] = assessment
    _record(c, recorder, "agreement.signed", document, facts, by)


def must_be_party(document: Agreement, organisation: str) -> None:
    """Raise NotAllowed if the organisation is not a party."""
    if organisation not in document.organisations:
        raise NotAllowed(
            f"{organisation} is not a party to {document.reference}, so it cannot do this.",
            remedy=f"The parties are {', '.join(document.organisations)}.",
        )


def record_event(c: sa.Connection, recorder: Recorder, event: Event, *, by: str | None = None) -> None:
    """Keep what a party did: suspend, resume, withdraw or end. It holds for every version there is now.

    NotAllowed if the organisation is not a party; Conflict if the state does not allow it, or if a party would lift a
    suspension that is not its own; BadInput without a reason.
    """
    current_one = current(c, event.agreement, event.at)
    document = current_one.agreement
    everyone = {name for version in versions(c, event.agreement) for name in version.organisations}
    if event.organisation not in everyone:
        raise NotAllowed(
            f"{event.organisation} is not a party to {event.agreement}, so it cannot {event.act} it.",
            remedy=f"The parties are {', '.join(document.organisations)}.",
        )
    if not event.reason.strip():
        raise BadInput(f"To {event.act} an agreement needs a reason.", remedy="Give one with --reason.")
    latest = agreement(c, event.agreement)
    held = [past for past in events(c, event.agreement) if past.version >= document.version]
    if event.act is Act.RESUME and event.organisation not in suspended_by(held):
        others = ", ".join(sorted(suspended_by(held)))
        raise Conflict(
            f"{event.organisation} has not suspended {event.agreement}, so it has nothing to resume.",
            why=current_one.standing.reason,
            remedy=f"It was suspended by {others}, which alone can resume it."
            if others
            else "A new version may be needed.",
        )
    _must_be_possible(document, current_one.standing.state, event.act)
    salt = secrets.token_hex(16)
    c.execute(
        sa.insert(tables.events).values(
            agreement=event.agreement,
            version=latest.version,
            act=event.act.value,
            organisation=event.organisation,
            reason=event.reason.strip(),
            reason_salt=salt,
            at=_written(event.at),
        )
    )
    commitment = hashlib.sha256(bytes.fromhex(salt) + event.reason.strip().encode()).hexdigest()
    facts = {"organisation": event.organisation, "reason_commitment": commitment}
    _record(c, recorder, f"agreement.{_PAST[event.act]}", latest, facts, by)


def current(
    c: sa.Connection, identifier: str, now: datetime, *, public_keys: Mapping[str, bytes] | None = None
) -> Current:
    """Return the version that counts at `now` and where it stands: the newest begun and not ended, or the latest.

    This is what a question asked under the id alone is asked under. Three statements; NotFound if there is no such
    agreement.
    """
    kept, signed = versions(c, identifier), signatures(c, identifier)
    done = events(c, identifier)
    begun = _newest_begun(kept, signed, now, public_keys)
    chosen = next((document for document in kept if document.version == begun), kept[-1])
    found = standing(chosen, signed, done, now, public_keys=public_keys)
    if found.state is State.ENDED and chosen is not kept[-1]:
        # What has ended counts no longer: the version that is on its way does.
        chosen = kept[-1]
        found = standing(chosen, signed, done, now, public_keys=public_keys)
    return Current(chosen, found)


def current_standing(
    c: sa.Connection,
    identifier: str,
    now: datetime,
    *,
    version: int | None = None,
    public_keys: Mapping[str, bytes] | None = None,
) -> Standing:
    """Return where a version stands at `now`, the latest unless told: the version that `agreement` returns.

    Three short statements and no other work than checking signatures: it may be asked several times a second.
    """
    kept, signed = versions(c, identifier), signatures(c, identifier)
    wanted = kept[-1].version if version is None else version
    document = next((document for document in kept if document.version == wanted), None)
    if document is None:
        raise _not_found(c, identifier, version)
    newer = _newest_begun([later for later in kept if later.version > wanted], signed, now, public_keys)
    return standing(document, signed, events(c, identifier), now, newer=newer, public_keys=public_keys)


def _newest_begun(
    kept: Sequence[Agreement], signed: Sequence[Signature], now: datetime, public_keys: Mapping[str, bytes] | None
) -> int | None:
    """Return the newest version that every party has signed and whose first day has come, or None."""
    return next(
        (
            d.version
            for d in reversed(kept)
            if has_begun(d, [s for s in signed if s.version == d.version], now, public_keys)
        ),
        None,
    )


def _must_be_possible(document: Agreement, state: State, act: Act) -> None:
    """Raise Conflict if the table of moves does not know the act in this state."""
    if not may(state, act):
        raise Conflict(
            f"{document.reference} is {state.value.replace('-', ' ')}, so one cannot {act} it.",
            remedy="The states and moves are in docs/reference/agreement-states.md.",
        )


def _record(
    c: sa.Connection, recorder: Recorder, kind: str, document: Agreement, facts: Mapping[str, Any], by: str | None
) -> None:
    """Append the entry of a change."""
    body: dict[str, Any] = {
        "agreement": document.id,
        "version": document.version,
        "content_hash": document.content_hash,
        **facts,
    }
    if by is not None:
        body["by"] = recorder.person(c, by)
    recorder.append(c, kind, body)


@lru_cache(maxsize=512)
def _parsed(document: str) -> Agreement:
    """Return the agreement of a canonical JSON text; kept by the text itself, so it can never be stale."""
    return from_canonical(document)


def _document(row: Mapping[Any, Any]) -> Agreement:
    """Return the agreement of a row; Tampered if its text is not what was added."""
    place = Place(path=f"{row['id']}@{row['version']}")
    remedy = "Restore the metadata database from a backup; `commonweal ledger verify` says whether the ledger is whole."
    try:
        document = _parsed(row["document"])
    except ValidationError:
        raise Tampered("A stored agreement can no longer be read.", remedy=remedy, place=place) from None
    if (document.id, document.version, document.content_hash) != (row["id"], row["version"], row["content_hash"]):
        raise Tampered("A stored agreement is not what was added.", remedy=remedy, place=place)
    return document


def _not_found(c: sa.Connection, identifier: str, version: int | None) -> NotFound:
    """Return the error for an unknown agreement or version, with the nearest known one."""
    known = list(c.scalars(sa.select(tables.agreements.c.id).distinct()))
    if version is not None and identifier in known:
        return NotFound(
            f"There is no version {version} of {identifier}.",
            remedy=f"`commonweal agreement show {identifier}` shows the latest.",
        )
    return NotFound(
        f"There is no agreement `{identifier}`.",
        remedy=did_you_mean(identifier, known) or "`commonweal agreement list` shows what there is.",
    )


def _written(moment: datetime) -> str:
    """Return a moment as it is kept: ISO 8601 in UTC; ValueError without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
