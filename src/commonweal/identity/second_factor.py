"""The second factor: codes of an authenticator app (TOTP, RFC 6238), each of which works once, and recovery codes.

A code is that of a step of 30 seconds; the one before and the one after are taken too, for clocks that differ, and once a
step was used no code of it or of an earlier one works (RFC 6238 section 5.2). The secret is kept encrypted (AES-256-GCM)
with a key that is not in the database; recovery codes, 80 random bits each, are kept as hashes.
"""

from __future__ import annotations

import base64
import hmac
import os
import secrets
from datetime import datetime
from typing import Any

import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, delete, func, insert, select, update

from commonweal.errors import Conflict, Unavailable
from commonweal.identity import tables
from commonweal.identity.secret import hashed

STEP = 30
"""Seconds of one code."""

DIGITS = 6
AROUND = 1
"""Steps before and after the present one whose codes are taken."""

RECOVERY_CODES = 10


def begin(connection: Connection, email: str, session: str, key: bytes) -> str:
    """Make a secret for a person to put into their app; it counts once a code of it was given (`confirm`).

    Only the session it was made in, by id, can see it and go on.
    """
    secret = pyotp.random_base32()
    sealed = _sealed(secret, f"{session} {email}", key)
    if _row(connection, email) is None:
        connection.execute(insert(tables.second_factor).values(email=email, last_step=0, begun_secret=sealed))
    else:
        connection.execute(
            update(tables.second_factor).where(tables.second_factor.c.email == email).values(begun_secret=sealed)
        )
    return secret


def begun_secret(connection: Connection, email: str, session: str, key: bytes) -> str | None:
    """Return the secret that a person is putting into their app in this session, None when there is none."""
    row = _row(connection, email)
    if row is None or not row.begun_secret:
        return None
    try:
        return _opened(row.begun_secret, f"{session} {email}", key)
    except Unavailable:  # it was begun in another session
        return None


def confirm(
    connection: Connection, email: str, session: str, code: str, key: bytes, now: datetime
) -> tuple[str, ...] | None:
    """Let a begun secret count, in place of the one before, if `code` is one of it; return new recovery codes.

    None when the code is wrong; nothing is changed then. `Conflict` when no secret was begun.
    """
    secret = begun_secret(connection, email, session, key)
    if secret is None:
        raise Conflict("No second factor is being set up here.", remedy="Begin again from your own page.")
    step = _step_of(secret, code, now)
    if step is None:
        return None
    connection.execute(
        update(tables.second_factor)
        .where(tables.second_factor.c.email == email)
        .values(secret=_sealed(secret, email, key), begun_secret=None, last_step=step, confirmed=now.isoformat())
    )
    return new_recovery_codes(connection, email)


def is_set_up(connection: Connection, email: str) -> bool:
    """Return whether a person has a second factor that counts."""
    row = _row(connection, email)
    return row is not None and row.secret is not None


def use(connection: Connection, email: str, code: str, key: bytes, now: datetime) -> bool:
    """Return whether a code of the app, or a recovery code, is a person's and unused; it is used from now on."""
    row = _row(connection, email)
    if row is None or row.secret is None:
        return False
    step = _step_of(_opened(row.secret, email, key), code, now)
    if step is None:
        return _use_recovery_code(connection, email, code)
    later = (tables.second_factor.c.email == email) & (tables.second_factor.c.last_step < step)
    return connection.execute(update(tables.second_factor).where(later).values(last_step=step)).rowcount == 1


def remove(connection: Connection, email: str) -> None:
    """Take a person's second factor and recovery codes away."""
    for table in (tables.second_factor, tables.recovery_code):
        connection.execute(delete(table).where(table.c.email == email))


def new_recovery_codes(connection: Connection, email: str) -> tuple[str, ...]:
    """Make new recovery codes in place of a person's old ones; they are shown once."""
    connection.execute(delete(tables.recovery_code).where(tables.recovery_code.c.email == email))
    codes = tuple(_recovery_code() for _ in range(RECOVERY_CODES))
    connection.execute(insert(tables.recovery_code), [{"email": email, "hash": _hash_of(each)} for each in codes])
    return codes


def recovery_codes_left(connection: Connection, email: str) -> int:
    """Return how many recovery codes a person has left."""
    mine = select(func.count()).select_from(tables.recovery_code).where(tables.recovery_code.c.email == email)
    return connection.execute(mine).scalar_one()


def address_for_app(secret: str, email: str, issuer: str) -> str:
    """Return the otpauth:// address that apps read from a QR code."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP).provisioning_uri(name=email, issuer_name=issuer)


def picture_for_app(address: str) -> str:
    """Return the QR code of an address as a picture's data: address (SVG), for ``<img src=...>``."""
    import segno  # needed on one page only

    return str(segno.make(address, error="m").svg_data_uri(scale=4, border=4, dark="#0b0c0c", light="#ffffff"))


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """Return the step whose code this is, the latest of those that are taken; every one is compared, in equal time."""
    given = "".join(code.split())
    totp, present = pyotp.TOTP(secret, digits=DIGITS, interval=STEP), int(now.timestamp()) // STEP
    found = None
    for step in range(present - AROUND, present + AROUND + 1):
        if hmac.compare_digest(totp.generate_otp(step), given.encode("ascii", "replace").decode()):
            found = step
    return found


def _use_recovery_code(connection: Connection, email: str, code: str) -> bool:
    mine = (tables.recovery_code.c.email == email) & (tables.recovery_code.c.hash == _hash_of(code))
    return connection.execute(delete(tables.recovery_code).where(mine)).rowcount == 1


def _recovery_code() -> str:
    text = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, 16, 4))


def _hash_of(code: str) -> str:
    return hashed("".join(mark for mark in code.lower() if mark.isalnum()))


def _row(connection: Connection, email: str) -> Any:
    return connection.execute(select(tables.second_factor).where(tables.second_factor.c.email == email)).first()


def _sealed(secret: str, whose: str, key: bytes) -> str:
    nonce = os.urandom(12)
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, secret.encode(), whose.encode())).decode()


def _opened(sealed: str, whose: str, key: bytes) -> str:
    raw = base64.b64decode(sealed)
    try:
        return AESGCM(key).decrypt(raw[:12], raw[12:], whose.encode()).decode()
    except InvalidTag:
        raise Unavailable(
            "The second factor cannot be read.",
            why="It was kept with another key than this installation has.",
            remedy="Put keys/ back from the backup of the same day, or invite the person again.",
        ) from None
