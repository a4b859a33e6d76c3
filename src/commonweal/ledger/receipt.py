"""A receipt: what is handed over with an answer, so that its record can be checked for ever after."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Receipt:
    """The entry's index and hash (hex), the signed checkpoint it is under, and the proof (C2SP tlog-proof text)."""

    index: int
    leaf_hash: str
    checkpoint: str
    proof: str

    def as_dict(self) -> dict[str, object]:
        """Return it as plain JSON."""
        return {
            "index": self.index,
            "leaf_hash": self.leaf_hash,
            "checkpoint": self.checkpoint,
            "proof": self.proof,
        }
