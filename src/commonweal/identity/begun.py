"""Signing in that has begun in a browser and waits for its second part: a code, or a provider's answer. Each works once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, delete, insert, select

from commonweal.identity import tables
from commonweal.identity.secret import hashed, new_secret

LASTS = timedelta(minutes=10)


class Part(StrEnum):
    """What it waits for."""

    CODE = "code"
    PROVIDER = "provider"


@dataclass(frozen=True)
class Begun:
    """What it waits for, whose it is (None while that is not known), the local path to go to next, and details."""

    part: Part
    email: str | None = None
    next: str = "/"
    details: Mapping[str, str] = field(default_factory=dict)


def begin(connection: Connection, begun: Begun, now: datetime) -> str:
    """Keep what has begun; return the secret for the browser's cookie. What is older than `LASTS` is deleted."""
    connection.execute(delete(tables.begun).where(tables.begun.c.until <= now.isoformat()))
    secret = new_secret()
    connection.execute(
        insert(tables.begun).values(
            id=hashed(secret),
            kind=begun.part.value,
            email=begun.email,
            until=(now + LASTS).isoformat(),
            next=begun.next[:2000],
            details=json.dumps(dict(begun.details)),
        )
    )
    return secret


def find(connection: Connection, secret: str, part: Part, now: datetime) -> Begun | None:
    """Return what has begun with a secret and waits for this part, if it has not ended."""
    mine = (tables.begun.c.id == hashed(secret)) & (tables.begun.c.kind == part.value)
    row = connection.execute(select(tables.begun).where(mine)).first()
    if row is None or datetime.fromisoformat(row.until).astimezone(UTC) <= now:
        return None
    return Begun(part, row.email, row.next, json.loads(row.details))


def end(connection: Connection, secret: str) -> bool:
    """End what has begun; return whether it was there, so that of two at once only one goes on."""
    return connection.execute(delete(tables.begun).where(tables.begun.c.id == hashed(secret))).rowcount == 1


def end_all(connection: Connection, email: str) -> None:
    """End all that a person has begun."""
    connection.execute(delete(tables.begun).where(tables.begun.c.email == email))
