"""Signed notes (C2SP signed-note) with Ed25519 keys: text, an empty line, and lines of signatures.

Written from https://c2sp.org/signed-note: key id = first 4 bytes of SHA-256(name, newline, 0x01, public key).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from commonweal.errors import BadInput, Place, Tampered

_ED25519 = b"\x01"
_DASH = "\u2014 "
_LARGEST_NOTE = 1 << 20


def base64_text(raw: bytes) -> str:
    """Return bytes as standard base64 text (RFC 4648, section 4)."""
    return base64.b64encode(raw).decode("ascii")


def base64_bytes(text: str) -> bytes:
    """Return the bytes of a base64 text; ValueError unless it is exactly the text `base64_text` would write."""
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("not base64") from None
    if base64_text(raw) != text:
        raise ValueError("not base64")
    return raw


@dataclass(frozen=True)
class VerifierKey:
    """The public half of a key that signs notes: a name (for a ledger, its origin) and 32 bytes."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        """Refuse names that a note could not carry."""
        if not self.name or "+" in self.name or any(c.isspace() or not c.isprintable() for c in self.name):
            raise BadInput(
                "This name cannot sign a record: it is empty or holds a space or a plus sign.",
                why="Signed notes separate the name from the signature by a space (C2SP signed-note).",
                remedy="Use a short name such as northbank or data.northbank.example.",
            )
        if len(self.public) != 32:
            raise BadInput(
                "This is not an Ed25519 public key.", remedy="Use the text that `commonweal ledger key` prints."
            )

    @property
    def id(self) -> bytes:
        """The 4 bytes by which a signature names its key."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        """Return the key as one line of text: ``name+id+base64``, as note tools write it."""
        return f"{self.name}+{self.id.hex()}+{base64_text(_ED25519 + self.public)}"

    @classmethod
    def of(cls, name: str, key: Ed25519PrivateKey) -> VerifierKey:
        """Return the public half of a private key under a name."""
        return cls(name, key.public_key().public_bytes_raw())

    @classmethod
    def read(cls, text: str, *, source: str = "the key") -> VerifierKey:
        """Return the key that a line ``name+id+base64`` stands for; BadInput if it is none or its id does not fit."""
        try:
            name, identifier, encoded = text.strip().split("+", 2)
            raw = base64_bytes(encoded)
            key = cls(name, raw[1:]) if raw[:1] == _ED25519 else None
        except (ValueError, BadInput):
            key = None
        if key is None or key.id.hex() != identifier:
            raise BadInput(
                "This is not the public key of a ledger.",
                why="It must be one line of the form name+id+base64, and the id must fit the name and the key.",
                remedy="Use the text that `commonweal ledger key` prints.",
                place=Place(file=source),
            )
        return key

    def holds(self, message: bytes, signature: bytes) -> bool:
        """Return whether this key made the signature of the message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


def sign_note(text: str, name: str, key: Ed25519PrivateKey, key_id: bytes) -> str:
    """Return the text (which ends in a newline) with an empty line and the signature under that name."""
    signature = key.sign(text.encode())
    return f"{text}\n{_DASH}{name} {base64_text(key_id + signature)}\n"


def open_note(note: str, key: VerifierKey, *, source: str = "the note") -> str:
    """Return the text of a note signed by `key`. Signatures of other keys are passed over, as the standard asks.

    Raises BadInput when it is not a signed note, Tampered when this key has not signed it or its signature is false.
    """
    place = Place(file=source)
    text, signatures = _parts(note, place)
    wanted = (key.name, key.id)
    found = [signature for name, identifier, signature in signatures if (name, identifier) == wanted]
    if not found:
        raise Tampered(
            "This note is not signed by the expected key.",
            why=f"It was expected from {key.name}, key {key.id.hex()}; other keys may have signed it.",
            remedy="Check that the public key is the one the other side published, and that the note is whole.",
            place=place,
        )
    if not all(key.holds(text.encode(), signature) for signature in found):
        raise Tampered(
            "The signature of this note is false.",
            why="Its text or its signature was changed after it was signed.",
            remedy="Ask its sender for a fresh copy and treat this one as evidence.",
            place=place,
        )
    return text


def _parts(note: str, place: Place) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """Return the text and the signatures as (name, key id, signature)."""
    body, gap, tail = note.rpartition("\n\n")
    lines = tail.split("\n")
    sound = gap and body and len(note) <= _LARGEST_NOTE and lines[-1] == "" and len(lines) > 1
    sound = sound and not any((c < " " and c != "\n") or "\ud800" <= c <= "\udfff" for c in note)
    try:
        signatures = [_signature(line) for line in lines[:-1]] if sound else []
    except ValueError:
        signatures = []
    if not signatures:
        raise BadInput(
            "This is not a signed note.",
            why="It must be text, an empty line, and lines that begin with a long dash, a name and a signature.",
            remedy="Use the file exactly as it was published: `commonweal ledger checkpoint` prints one.",
            place=place,
        )
    return body + "\n", signatures


def _signature(line: str) -> tuple[str, bytes, bytes]:
    if not line.startswith(_DASH):
        raise ValueError("not a signature")
    name, encoded = line[len(_DASH) :].split(" ")
    raw = base64_bytes(encoded)
    if not name or len(raw) < 5:
        raise ValueError("not a signature")
    return name, raw[:4], raw[4:]
