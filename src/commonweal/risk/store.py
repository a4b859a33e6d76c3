"""Assessments kept, each with its ledger entry in the caller's transaction. The ledger holds the hash only."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from commonweal.agreement.document import Agreement
from commonweal.agreement.store import Recorder
from commonweal.errors import NotFound, Place, Tampered
from commonweal.risk import tables
from commonweal.risk.assessment import AgreementAssessment

KIND = "agreement.assessed"


@dataclass(frozen=True)
class Kept:
    """An assessment as it was kept: its result as plain values, its hash, and when it was made."""

    result: dict[str, Any]
    hash: str
    at: datetime

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return self.result | {"hash": self.hash, "at": self.at.isoformat()}


def record(
    c: sa.Connection, recorder: Recorder, assessment: AgreementAssessment, *, at: datetime, by: str | None = None
) -> Kept:
    """Keep an assessment of an agreement version that is here, and enter its hash into the ledger.

    `at` is the record's time, `by` the e-mail address of who had it made.
    """
    text = assessment.canonical().decode()
    digest = hashlib.sha256(text.encode()).hexdigest()
    identifier, _, version = assessment.agreement.rpartition("@")
    c.execute(
        sa.insert(tables.assessments).values(
            agreement=identifier,
            version=int(version),
            content_hash=assessment.content_hash,
            hash=digest,
            level=assessment.level.word,
            profile_allowed=assessment.profile_allowed,
            snapshots=json.dumps(dict(assessment.snapshots), sort_keys=True),
            result=text,
            at=at.astimezone(UTC).isoformat(timespec="microseconds"),
        )
    )
    body: dict[str, Any] = {
        "agreement": identifier,
        "version": int(version),
        "content_hash": assessment.content_hash,
        "assessment": digest,
        "level": assessment.level.word,
    }
    if by is not None:
        body["by"] = recorder.person(c, by)
    recorder.append(c, KIND, body)
    return Kept(json.loads(text), digest, at)


def latest(c: sa.Connection, agreement: Agreement) -> Kept | None:
    """Return the newest assessment of exactly this document, or None; Tampered if its text is not what was kept."""
    table = tables.assessments
    row = (
        c.execute(
            sa.select(table)
            .where(table.c.content_hash == agreement.content_hash)
            .order_by(table.c.number.desc())
            .limit(1)
        )
        .mappings()
        .first()
    )
    if row is None:
        return None
    if hashlib.sha256(row["result"].encode()).hexdigest() != row["hash"]:
        raise Tampered(
            "A stored assessment is not what was kept.",
            remedy="Restore the metadata database from a backup, or make a new one: commonweal risk assess --record",
            place=Place(path=agreement.reference),
        )
    return Kept(json.loads(row["result"]), row["hash"], datetime.fromisoformat(row["at"]))


def needed(c: sa.Connection, agreement: Agreement) -> Kept:
    """Return the newest assessment of exactly this document; NotFound if none was made."""
    kept = latest(c, agreement)
    if kept is None:
        raise NotFound(
            f"{agreement.reference} has not been assessed.",
            remedy=f"Make an assessment: commonweal risk assess {agreement.id} --record",
        )
    return kept


_ONCE_ALLOWED = (
    sa.select(sa.literal(1))
    .where(tables.assessments.c.content_hash == sa.bindparam("of"), tables.assessments.c.profile_allowed)
    .limit(1)
)


def profile_was_allowed(c: sa.Connection, content_hash: str) -> bool:
    """Return whether any assessment of this document found that its profile may be chosen."""
    return c.execute(_ONCE_ALLOWED, {"of": content_hash}).first() is not None
