"""Output checking in the ledger: what each act's entry says. No figure, no text, no verdict before all are in.

Until the decisions of a round are all in, an entry holds only a salted commitment to each (SHA-256 of salt, verdict and
the reason's hash); the entry that settles the round opens them. So the ledger, which others may read, keeps checkers blind.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from commonweal.gateway.output_checking.desk import Desk
from commonweal.gateway.output_checking.request import Decision, Request
from commonweal.ledger.entry import Entry


def record(c: Connection, desk: Desk, act: str, request: Request, by: str | None, **facts: Any) -> Entry:
    """Append the entry of an act on a request; `by` is the e-mail address of who did it, None for the calendar."""
    body: dict[str, Any] = {"agreement": request.reference, "output": request.number, "round": request.round}
    if by is not None:
        body["person"] = desk.around.ledger.person(c, by)
    return desk.around.ledger.append(c, f"output.{act}", body | facts)


def commitment(decision: Decision) -> str:
    """Return what the ledger holds of a decision that is not to be known yet, in hexadecimal."""
    said = f"{decision.verdict.value}\x00{decision.reason}".encode()
    return hashlib.sha256(bytes.fromhex(decision.salt) + said).hexdigest()


def opened(desk: Desk, decisions: Sequence[Decision]) -> list[Mapping[str, str]]:
    """Return decisions as the settling entry opens them: whoever has the salt can check the commitment."""
    return [
        {
            "person": desk.around.ledger.person_hash(decision.checker),
            "verdict": decision.verdict.value,
            "salt": decision.salt,
            "reason": decision.reason,
        }
        for decision in decisions
    ]
