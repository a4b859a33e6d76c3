"""Signatures: a party's Ed25519 key (RFC 8032) over the canonical JSON of exactly one document.

The signed bytes begin with a line of their own, so that a signature made for an agreement can never pass for anything
else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from commonweal.agreement.document import Agreement

_FIRST_LINE = b"commonweal agreement signature v1\n"


@dataclass(frozen=True)
class Signature:
    """One party's signature on one version; `public_key` and `signature` are the raw 32 and 64 bytes."""

    agreement: str
    version: int
    organisation: str
    content_hash: str
    public_key: bytes
    signature: bytes
    signed_at: datetime

    def __post_init__(self) -> None:
        """Check the lengths; whether the signature is genuine, `verifies` tells."""
        if len(self.public_key) != 32 or len(self.signature) != 64:
            raise ValueError("an Ed25519 public key has 32 bytes and a signature 64")
        if self.signed_at.tzinfo is None:
            raise ValueError("the time of a signature needs a time zone")


def signed_bytes(agreement: Agreement) -> bytes:
    """Return the bytes that are signed: one fixed line, then the canonical JSON."""
    return _FIRST_LINE + agreement.canonical


def sign(agreement: Agreement, organisation: str, key: Ed25519PrivateKey, at: datetime) -> Signature:
    """Return the party's signature; ValueError if the organisation is not a party."""
    if organisation not in agreement.organisations:
        raise ValueError("only a party signs")
    return Signature(
        agreement=agreement.id,
        version=agreement.version,
        organisation=organisation,
        content_hash=agreement.content_hash,
        public_key=key.public_key().public_bytes_raw(),
        signature=key.sign(signed_bytes(agreement)),
        signed_at=at,
    )


def verifies(signature: Signature, agreement: Agreement, public_key: bytes | None = None) -> bool:
    """Tell whether a signature is this party's, on exactly this document.

    `public_key` is the organisation's key as known from elsewhere; without it the signature's own is believed.
    """
    if (signature.agreement, signature.version) != (agreement.id, agreement.version):
        return False
    if signature.content_hash != agreement.content_hash or signature.organisation not in agreement.organisations:
        return False
    if public_key is not None and public_key != signature.public_key:
        return False
    return _is_genuine(signature.public_key, signature.signature, agreement.canonical)


@lru_cache(maxsize=1024)
def _is_genuine(public_key: bytes, signature: bytes, canonical: bytes) -> bool:
    """Tell whether the key made the signature on these bytes; remembered, for that can never change."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, _FIRST_LINE + canonical)
    except InvalidSignature:
        return False
    return True
