"""One piece of work: who wanted it, where it stands, how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class JobState(StrEnum):
    """Where a job stands. The last three are final."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})


@dataclass(frozen=True)
class Job:
    """One job. `arguments`, `result` and `error` are plain values; times are UTC; `done` of `total` is its progress.

    `total` is 0 while it is not known. `cancelling` says that somebody wants it stopped.
    """

    id: str
    kind: str
    person: str | None
    arguments: Mapping[str, Any]
    state: JobState
    done: int
    total: int
    result: Any
    error: Mapping[str, Any] | None
    tries: int
    cancelling: bool
    added: datetime
    begun: datetime | None
    ended: datetime | None

    @property
    def is_final(self) -> bool:
        """Return whether nothing more will happen to it."""
        return self.state in FINAL

    def as_dict(self) -> dict[str, Any]:
        """Return it as its owner sees it: without its arguments, which they know."""
        return {
            "job": self.id,
            "kind": self.kind,
            "state": self.state.value,
            "done": self.done,
            "total": self.total,
            "cancelling": self.cancelling,
            "added": self.added.isoformat(),
            "begun": self.begun.isoformat() if self.begun else None,
            "ended": self.ended.isoformat() if self.ended else None,
            "error": dict(self.error) if self.error else None,
        }
