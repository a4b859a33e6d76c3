"""The audit trail: append, prove, verify.

It holds no data values and no opinion about what it records.
Called by agreement, gateway, installation and cli.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commonweal.ledger.entry import Entry
    from commonweal.ledger.group import GroupWriter
    from commonweal.ledger.ledger import Ledger
    from commonweal.ledger.proof import verify_proof
    from commonweal.ledger.reading import entries
    from commonweal.ledger.receipt import Receipt
    from commonweal.ledger.verification import verify

__all__ = ["Entry", "GroupWriter", "Ledger", "Receipt", "entries", "verify", "verify_proof"]

_HOMES = {
    "Entry": "entry",
    "GroupWriter": "group",
    "Ledger": "ledger",
    "Receipt": "receipt",
    "entries": "reading",
    "verify": "verification",
    "verify_proof": "proof",
}


def __getattr__(name: str) -> object:
    """Return one of the public names, importing its file only now so that ``--help`` and verifiers stay light."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
