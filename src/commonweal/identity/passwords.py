"""Passwords of people who sign in here: kept as argon2id hashes, at least 12 characters, none of the worst.

Parameters: argon2id with 19 MiB, 2 passes, 1 lane (OWASP Password Storage Cheat Sheet); a hash made with others is made
anew at the next sign-in. No rules of composition and no expiry, and as much as `LONGEST` may be typed (NCSC password
guidance; NIST SP 800-63B section 3.1.1). Checking takes the same work whether or not there is such a person.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from datetime import datetime
from functools import cache
from importlib.resources import files

from argon2 import PasswordHasher, Type
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import Connection, delete, insert, select, update

from commonweal.errors import BadInput
from commonweal.identity import tables

SHORTEST = 12
LONGEST = 256
"""Characters of a password, after Unicode's NFKC."""

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
_AT_ONCE = threading.BoundedSemaphore(4)
"""How many passwords are checked at once: the memory of more could be asked for by whoever sends many."""

_LOOKS_LIKE = str.maketrans("0134578@$!|", "oieastbasil")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890", "abcdefghijklmnopqrstuvwxyz", "1q2w3e4r5t6y7u8i9o0p")


def must_be_good(password: str, *, about: tuple[str, ...] = ()) -> str:
    """Return a password in the form it is hashed; `BadInput` when it is too short, too long or easily guessed.

    `about` are words about the person (name, address, organisation): a password is not made of one of them.
    """
    text = _plain(password)
    if not SHORTEST <= len(text) <= LONGEST:
        raise BadInput(
            f"A password has {SHORTEST} to {LONGEST} characters.",
            why="Length is what makes a password hard to guess.",
            remedy="Three random words make a good one.",
        )
    if _is_guessed(text, about):
        raise BadInput(
            "This password is too easily guessed.",
            why="It is on lists that are tried first, follows the keyboard, repeats itself, or is made of your own name.",
            remedy="Three random words make a good one.",
        )
    return text


def set_password(connection: Connection, email: str, hash_: str, now: datetime) -> None:
    """Keep the hash of a person's password in place of the one before."""
    remove_password(connection, email)
    connection.execute(insert(tables.password).values(email=email, hash=hash_, changed=now.isoformat()))


def remove_password(connection: Connection, email: str) -> None:
    """Let a person sign in here no more."""
    connection.execute(delete(tables.password).where(tables.password.c.email == email))


def kept_hash(connection: Connection, email: str) -> str | None:
    """Return the hash of a person's password, None for who has none (or is nobody)."""
    return connection.execute(select(tables.password.c.hash).where(tables.password.c.email == email)).scalar()


def replace_hash(connection: Connection, email: str, old: str, new: str) -> None:
    """Keep a hash of the same password with today's parameters, unless it was changed meanwhile."""
    mine = (tables.password.c.email == email) & (tables.password.c.hash == old)
    connection.execute(update(tables.password).where(mine).values(hash=new))


def hash_of(password: str) -> str:
    """Return the hash of a password that was found good. Takes tens of milliseconds; call it outside transactions."""
    with _AT_ONCE:
        return _HASHER.hash(_plain(password)[: LONGEST + 1])


def is_right(hash_: str | None, password: str) -> bool:
    """Return whether a password is that of a hash; without a hash it is not, after the same work."""
    try:
        with _AT_ONCE:
            return _HASHER.verify(hash_ or _nobodys(), _plain(password)[: LONGEST + 1]) and hash_ is not None
    except (Argon2Error, InvalidHashError):
        return False


def is_old(hash_: str) -> bool:
    """Return whether a hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(hash_)


@cache
def _nobodys() -> str:
    """Return a hash that no known password has, for spending the time of checking one."""
    from commonweal.identity.secret import new_secret

    return _HASHER.hash(new_secret())


def _plain(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _is_guessed(text: str, about: tuple[str, ...]) -> bool:
    """Return whether a password is a bad word with decoration, a run of the keyboard, or the same thing again."""
    small = text.casefold()
    letters = re.sub(r"[\W_]+", "", small)
    forms = {small, letters, letters.translate(_LOOKS_LIKE), re.sub(r"\d+$", "", letters), letters.strip("0123456789")}
    forms.add(re.sub(r"[\W_]+", "", re.sub(r"^[\W\d_]+|[\W\d_]+$", "", small).translate(_LOOKS_LIKE)))
    forms |= {form.strip("0123456789").translate(_LOOKS_LIKE) for form in tuple(forms)}
    own = {word for each in about for word in re.split(r"[\W_]+", each.casefold()) if len(word) > 3}
    own |= {re.sub(r"[\W_]+", "", each.casefold()) for each in about if len(each) > 3}
    return any(form in _worst() or form in own or _is_made_of(form, _worst() | own) for form in forms) or (
        len(set(letters)) < 5 or _repeats(small) or _follows(letters)
    )


def _is_made_of(form: str, words: frozenset[str] | set[str]) -> bool:
    """Return whether a text is two bad words joined, or one and a few characters more."""
    return any(
        form.startswith(word) and (len(form) - len(word) <= 4 or form[len(word) :].strip("0123456789") in words)
        for word in words
        if len(word) > 5
    )


def _repeats(text: str) -> bool:
    """Return whether a text is one short part again and again."""
    return any(text == (text[:size] * len(text))[: len(text)] for size in range(1, min(7, len(text) // 2 + 1)))


def _follows(text: str) -> bool:
    """Return whether most of a text follows a row of the keyboard, the alphabet or the digits, either way."""
    left = text
    for row in sorted((*_ROWS, *(row[::-1] for row in _ROWS)), key=len, reverse=True):
        doubled = row + row
        for size in range(len(row), 3, -1):
            for start in range(len(row)):
                left = left.replace(doubled[start : start + size], "")
    return len(left) <= max(2, len(text) // 4)


@cache
def _worst() -> frozenset[str]:
    """Return the worst passwords and the words they are made of, in small letters."""
    text = files("commonweal.identity").joinpath("worst_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))
