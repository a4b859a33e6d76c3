"""Attempts to sign in: counted for the account and for the address they come from, slowed down and stopped.

After `of_account` failures an account is locked for a minute, and twice as long with each further one, up to an hour; the
lock ends by itself, and failures are forgotten after a day without one (OWASP Authentication Cheat Sheet; NCSC: throttle
rather than lock for good). An address may be a whole council's, so it gets many more.

An attempt is counted before it is looked at, so that many at once are no way around it, and whatever was typed is
counted, so that the answer is the same whether or not there is such an account. Only keyed hashes are kept.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from math import ceil

from sqlalchemy import Connection, delete, insert, select, update

from commonweal.errors import Busy
from commonweal.identity import tables

FORGOTTEN = timedelta(days=1)
FIRST_LOCK = timedelta(minutes=1)


@dataclass(frozen=True)
class Limit:
    """How many failures are let pass, and how long the longest lock is."""

    failures: int
    longest: timedelta


ACCOUNT = Limit(5, timedelta(hours=1))
ADDRESS = Limit(100, timedelta(minutes=15))


@dataclass(frozen=True)
class Attempt:
    """One attempt: on which account (what was typed), of which kind (password, code), from which address."""

    kind: str
    account: str
    address: str

    def whose(self, key: bytes) -> tuple[tuple[str, Limit], ...]:
        """Return the names under which it is counted (keyed hashes), with their limits."""
        account, network = f"{self.kind} {self.account.strip().lower()}", f"address {_network(self.address)}"
        return ((_keyed(key, account), ACCOUNT), (_keyed(key, network), ADDRESS))


def count(connection: Connection, attempt: Attempt, key: bytes, now: datetime) -> None:
    """Count an attempt as failed, before it is looked at; `Busy`, and not counted, while account or address is locked."""
    counted = attempt.whose(key)
    locked = [until for whose, _ in counted if (until := _locked_until(connection, whose)) and now < until]
    if locked:
        seconds = ceil((max(locked) - now).total_seconds())
        minutes = ceil(seconds / 60)
        raise Busy(
            "There were too many attempts.",
            why="After several that fail, further ones must wait, longer each time.",
            remedy=f"Try again in {minutes} minute{'s' if minutes > 1 else ''}.",
            retry_after=seconds,
        )
    for whose, limit in counted:
        _count_one(connection, whose, limit, now)


def succeeded(connection: Connection, attempt: Attempt, key: bytes) -> None:
    """Forget an account's failures, since an attempt was right; the address only gets this one attempt back."""
    (account, _), (address, _) = attempt.whose(key)
    connection.execute(delete(tables.attempt).where(tables.attempt.c.whose == account))
    row = connection.execute(select(tables.attempt).where(tables.attempt.c.whose == address)).first()
    if row is not None:
        fewer = max(0, row.failures - 1)
        until = row.locked_until if fewer >= ADDRESS.failures else None
        connection.execute(
            update(tables.attempt).where(tables.attempt.c.whose == address).values(failures=fewer, locked_until=until)
        )


def delete_forgotten(connection: Connection, now: datetime) -> int:
    """Delete what was counted so long ago that it no longer counts; return how many lines."""
    old = (now - FORGOTTEN).isoformat()
    return connection.execute(delete(tables.attempt).where(tables.attempt.c.last <= old)).rowcount


def _count_one(connection: Connection, whose: str, limit: Limit, now: datetime) -> None:
    row = connection.execute(select(tables.attempt).where(tables.attempt.c.whose == whose)).first()
    before = row.failures if row is not None and now - _time(row.last) < FORGOTTEN else 0
    failures = before + 1
    over = failures - limit.failures
    lock = min(FIRST_LOCK * 2 ** min(over, 20), limit.longest) if over >= 0 else None
    values = {"failures": failures, "last": now.isoformat(), "locked_until": (now + lock).isoformat() if lock else None}
    if row is None:
        connection.execute(insert(tables.attempt).values(whose=whose, **values))
    else:
        connection.execute(update(tables.attempt).where(tables.attempt.c.whose == whose).values(**values))


def _locked_until(connection: Connection, whose: str) -> datetime | None:
    text = connection.execute(select(tables.attempt.c.locked_until).where(tables.attempt.c.whose == whose)).scalar()
    return _time(text) if text else None


def _network(address: str) -> str:
    """Return what one subscriber has: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        known = ip_address(address)
    except ValueError:
        return "unknown"
    return str(known if known.version == 4 else ip_network(f"{known}/64", strict=False))


def _keyed(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), "sha256").hexdigest()


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
