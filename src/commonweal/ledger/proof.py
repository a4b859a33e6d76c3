"""Proofs (C2SP tlog-proof): one text by which a stranger can check, offline, that an entry is in the ledger.

The ``extra`` line carries the entry itself, so the text and the public key are all that is needed.
Only the standard library and cryptography are used to check one (rfc8785 for the form of the entry).
"""

from __future__ import annotations

from dataclasses import dataclass

from commonweal.errors import BadInput, Place, Tampered
from commonweal.ledger.canonical import NotCanonicalError, canonical_object
from commonweal.ledger.checkpoint import Checkpoint, open_checkpoint, read_number
from commonweal.ledger.entry import Entry, entry_of
from commonweal.ledger.merkle import HASH_SIZE, inclusion_holds, leaf_hash
from commonweal.ledger.note import VerifierKey, base64_bytes, base64_text

_HEADER = "c2sp.org/tlog-proof@v1"
_LONGEST_PATH = 63


@dataclass(frozen=True)
class Proof:
    """An entry's bytes, its index, the hashes from its sibling up to the root's child, and the signed checkpoint."""

    index: int
    entry: bytes
    path: tuple[bytes, ...]
    checkpoint: str

    def text(self) -> str:
        """Return the proof as text, to be kept in a file that ends in ``.tlog-proof``."""
        lines = [_HEADER, f"extra {base64_text(self.entry)}", f"index {self.index}", *map(base64_text, self.path)]
        return "\n".join(lines) + "\n\n" + self.checkpoint


@dataclass(frozen=True)
class Proven:
    """What a proof has shown: this entry is in the ledger that this checkpoint describes, signed by this key."""

    entry: Entry
    checkpoint: Checkpoint
    signed_by: VerifierKey

    def as_dict(self) -> dict[str, object]:
        """Return it as plain JSON."""
        return {
            "proven": True,
            "entry": self.entry.as_dict(),
            "origin": self.checkpoint.origin,
            "size": self.checkpoint.size,
            "root": self.checkpoint.root.hex(),
            "signed_by": str(self.signed_by),
        }


def read_proof(text: str, *, source: str = "the proof") -> Proof:
    """Return the proof a text stands for, unchecked; BadInput if the text has not the form of a proof."""
    head, _, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    try:
        if lines.pop(0) != _HEADER:
            raise ValueError("not a proof")
        entry = base64_bytes(_after("extra ", lines.pop(0)))
        index = read_number(_after("index ", lines.pop(0)))
        path = tuple(base64_bytes(line) for line in lines)
        if len(path) > _LONGEST_PATH or any(len(step) != HASH_SIZE for step in path):
            raise ValueError("not a proof")
    except (ValueError, IndexError):
        raise BadInput(
            "This is not a proof of a ledger entry.",
            why="It must begin with c2sp.org/tlog-proof@v1, then the entry, its index, hashes, and a checkpoint.",
            remedy="Use the file exactly as `commonweal ledger prove` wrote it.",
            place=Place(file=source),
        ) from None
    return Proof(index, entry, path, checkpoint)


def _after(word: str, line: str) -> str:
    if not line.startswith(word):
        raise ValueError("not a proof")
    return line.removeprefix(word)


def verify_proof(text: str, key: VerifierKey | str, *, source: str = "the proof") -> Proven:
    """Check a proof with nothing but its text and the ledger's public key (a VerifierKey or its one-line text).

    Raises BadInput when the text or key is not one, Tampered when the proof does not hold.
    """
    known = VerifierKey.read(key) if isinstance(key, str) else key
    proof = read_proof(text, source=source)
    checkpoint = open_checkpoint(proof.checkpoint, known, source=source)
    leaf = leaf_hash(proof.entry)
    held = checkpoint.origin == known.name
    held = held and inclusion_holds(leaf, proof.index, checkpoint.size, proof.path, checkpoint.root)
    try:
        entry = entry_of(canonical_object(proof.entry), proof.entry) if held else None
    except (NotCanonicalError, ValueError):
        entry = None
    if entry is None or entry.index != proof.index:
        raise Tampered(
            "This proof does not hold.",
            why="The checkpoint is signed, but the entry, its index or the hashes do not lead to its root.",
            remedy="Ask for a fresh proof, and treat this one as evidence that something was changed.",
            place=Place(file=source, path=f"entry {proof.index}"),
        )
    return Proven(entry, checkpoint, known)
