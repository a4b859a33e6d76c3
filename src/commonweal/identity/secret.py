"""Secrets that people carry (sessions, tokens): made at random, kept as hashes only."""

from __future__ import annotations

import hashlib
import secrets

BYTES = 32


def new_secret(prefix: str = "") -> str:
    """Return a new secret of 256 random bits in URL-safe letters, after a prefix that says what it is."""
    return prefix + secrets.token_urlsafe(BYTES)


def hashed(secret: str) -> str:
    """Return what is kept of a secret: its SHA-256 in hexadecimal. 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
