"""Checkpoints (C2SP tlog-checkpoint): origin, size and root of the ledger at one moment, signed.

Whoever keeps one can tell later whether the ledger still begins with what it held then.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commonweal.errors import BadInput, Place
from commonweal.ledger.merkle import HASH_SIZE
from commonweal.ledger.note import VerifierKey, base64_bytes, base64_text, open_note, sign_note

_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")


@dataclass(frozen=True)
class Checkpoint:
    """The ledger of `origin` held `size` entries with this `root` (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return the three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64_text(self.root)}\n"

    def signed(self, key: Ed25519PrivateKey, key_id: bytes) -> str:
        """Return the checkpoint as a signed note under the origin's name."""
        return sign_note(self.text(), self.origin, key, key_id)


def read_number(text: str) -> int:
    """Return a decimal without leading zeros; ValueError otherwise."""
    if not _NUMBER.fullmatch(text):
        raise ValueError("not a number")
    return int(text)


def open_checkpoint(note: str, key: VerifierKey, *, source: str = "the checkpoint") -> Checkpoint:
    """Return the checkpoint in a note signed by `key`.

    Raises BadInput when it is not a checkpoint, Tampered when the key has not signed it.
    """
    lines = open_note(note, key, source=source).split("\n")
    try:
        origin, size, root = lines[0], read_number(lines[1]), base64_bytes(lines[2])
    except (ValueError, IndexError):
        origin, size, root = "", 0, b""
    if not origin or len(root) != HASH_SIZE or "" in lines[3:-1]:
        raise BadInput(
            "This is a signed note but not a checkpoint.",
            why="A checkpoint says who keeps the ledger, how many entries it holds and their root, a line each.",
            remedy="Use a file that `commonweal ledger checkpoint` wrote.",
            place=Place(file=source),
        )
    return Checkpoint(origin, size, root)
