"""Requests for outputs, and what checkers say of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from commonweal.gateway.output_checking.state import State


class Kind(StrEnum):
    """What is asked for."""

    EXCEPTION = "exception"  # a question answered with less protection than the agreement's rules give
    ROWS = "rows"  # rows about single people, with tokens in the place of identifiers
    FILE = "file"  # something made elsewhere: a model, a figure, a table, a log


class Wanted(StrEnum):
    """How much less protection an exception asks for."""

    UNSUPPRESSED = "unsuppressed"  # nothing withheld, counts still rounded or perturbed
    EXACT = "exact"


class Verdict(StrEnum):
    """What a checker decides."""

    APPROVE = "approve"
    REJECT = "reject"
    ASK = "ask"  # back to the requester with a question


@dataclass(frozen=True)
class Request:
    """One request as it is kept; texts are kept apart and erasable, here are their hashes.

    `round` counts from 1 and rises when the requester resubmits. `sealed` names the encrypted file with the output, ""
    when there is none (yet); `seal` is that file's SHA-256. `datasets` are ``organisation/name@snapshot``. `note` is what
    was said by who sent it back after a disagreement.
    """

    number: int
    agreement: str
    version: int
    content_hash: str
    kind: Kind
    wanted: Wanted
    requester: str
    organisation: str
    reason: str
    question: str
    file_name: str
    state: State
    round: int
    sealed: str
    seal: str
    datasets: tuple[str, ...]
    note: str
    requested_at: datetime
    changed_at: datetime

    @property
    def reference(self) -> str:
        """Return the agreement's ``id@version``."""
        return f"{self.agreement}@{self.version}"


@dataclass(frozen=True)
class Decision:
    """One checker's decision in one round. `reason` is the keyed hash; `text` the words until all are in, "" after."""

    request: int
    round: int
    checker: str
    organisation: str
    verdict: Verdict
    salt: str
    reason: str
    text: str
