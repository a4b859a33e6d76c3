"""Every error a person can meet: one sentence, why, and what to do next.

    CommonwealError
    |-- UsageMistake      exit 2   the command or call was put together wrongly
    |-- BadInput          exit 1   a file or document is not what it must be, with its place
    |-- Conflict          exit 1   it cannot be done in the present state
    |   `-- StillAsking   exit 1   the same request is being worked on
    |-- NotFound          exit 4   nothing of that name
    |-- NotAllowed        exit 5   this person may not do that
    |-- SignInNeeded      exit 5   nobody is signed in, and this is not for everybody
    |-- SecondFactorNeeded exit 5  this needs a second factor given just now
    |-- Refused           exit 3   the agreement does not permit the question
    |-- EngineFailed      exit 1   the engine could not run the question; the same message whatever the cause
    |-- Busy              exit 1   this person has too many questions waiting; it says when to try again
    |-- Unavailable       exit 1   the record cannot be written, so nothing may be answered
    `-- Tampered          exit 1   the record does not verify

No message ever carries a value from the data: names of files, columns, clauses and commands only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Place:
    """Where in the input something is: any of a file, a line or row (from 1), a column (name), a path in a document."""

    file: str | None = None
    line: int | None = None
    row: int | None = None
    column: str | None = None
    path: str | None = None

    def __str__(self) -> str:
        """Return the place as people write it, for example ``housing.csv, row 7, column uprn``."""
        parts = [self.file] if self.file else []
        parts += [f"line {self.line}"] if self.line is not None else []
        parts += [f"row {self.row}"] if self.row is not None else []
        parts += [f"column {self.column}"] if self.column is not None else []
        parts += [self.path] if self.path else []
        return ", ".join(parts)


class CommonwealError(Exception):
    """What all errors share: a sentence that says what happened, why, and what to do next.

    `code` is stable and public (documentation, JSON, ledger); `exit_code` is for the terminal, `http_status` for the API.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    def __init__(self, message: str, *, why: str = "", remedy: str = "", place: Place | None = None) -> None:
        """Take one sentence without data values, the reason, the next step, and the place if the input has one."""
        super().__init__(message)
        self.message = message
        self.why = why
        self.remedy = remedy
        self.place = place

    def as_dict(self) -> dict[str, object]:
        """Return the error as the one JSON shape used by ``--json`` and by the API."""
        body: dict[str, object] = {"code": self.code, "message": self.message, "why": self.why, "remedy": self.remedy}
        if self.place is not None:
            body["place"] = str(self.place)
        return {"error": body}


class UsageMistake(CommonwealError):
    """The command or the call was put together wrongly."""

    code = "usage"
    exit_code = 2
    http_status = 400


class BadInput(CommonwealError):
    """A file or a document is not what it must be; `place` says where."""

    code = "bad-input"
    http_status = 422


class Conflict(CommonwealError):
    """It cannot be done in the present state, for example because the name is taken."""

    code = "conflict"
    http_status = 409


class NotFound(CommonwealError):
    """There is nothing of that name; the remedy names the nearest known one."""

    code = "not-found"
    exit_code = 4
    http_status = 404


class NotAllowed(CommonwealError):
    """This person, in this role, may not do that."""

    code = "not-allowed"
    exit_code = 5
    http_status = 403


class EngineFailed(CommonwealError):
    """The engine could not run the question. The analyst's message is always the same, so that failures tell nothing."""

    code = "engine-failed"
    http_status = 503


class Busy(CommonwealError):
    """This person has as many questions waiting as one may; `retry_after` is in how many whole seconds to try again."""

    code = "busy"
    http_status = 429

    def __init__(self, message: str, *, why: str, remedy: str, retry_after: int) -> None:
        """Take the sentence, the reason, the next step, and the seconds, which the API hands on as Retry-After."""
        super().__init__(message, why=why, remedy=remedy)
        self.retry_after = retry_after

    def as_dict(self) -> dict[str, object]:
        """Return the error with `retry_after`."""
        error = super().as_dict()["error"]
        assert isinstance(error, dict)
        return {"error": error | {"retry_after": self.retry_after}}


class Unavailable(CommonwealError):
    """The record cannot be written, so nothing may be answered."""

    code = "unavailable"
    http_status = 503


class Tampered(CommonwealError):
    """The record does not verify; `place` names the first bad entry."""

    code = "tampered"


class SignInNeeded(CommonwealError):
    """Nobody is signed in, and this is not for everybody: a page sends them to sign in, the API answers 401."""

    code = "sign-in-needed"
    exit_code = 5
    http_status = 401


class SecondFactorNeeded(CommonwealError):
    """This needs a second factor given just now: a page sends to /confirm, the API answers 403 with this code."""

    code = "second-factor-needed"
    exit_code = 5
    http_status = 403


class StillAsking(Conflict):
    """The same request is being worked on at this moment; sent again a little later it gets what came of it."""

    code = "still-asking"


class Refused(CommonwealError):
    """The agreement does not permit the question: clause, reasons, who can change it, and what would be allowed."""

    code = "refused"
    exit_code = 3
    http_status = 403

    def __init__(
        self,
        clause: str,
        reasons: Sequence[str],
        *,
        remedy: str,
        who: str = "",
        nearest: str = "",
        reference: str = "",
        details: Mapping[str, object] | None = None,
    ) -> None:
        """Take the clause, all reasons (plain sentences), the remedy, who can change it, and the nearest allowed question."""
        super().__init__(f"This question cannot be answered: {reasons[0]}", why=clause, remedy=remedy)
        self.clause = clause
        self.reasons = tuple(reasons)
        self.who = who
        self.nearest = nearest
        self.reference = reference
        self.details = dict(details or {})

    def as_dict(self) -> dict[str, object]:
        """Return the refusal as ``{"refused": {...}}``: a refusal is an outcome, not a failure."""
        body: dict[str, object] = {
            "clause": self.clause,
            "reasons": list(self.reasons),
            "remedy": self.remedy,
            "who": self.who,
            "nearest": self.nearest,
            "reference": self.reference,
        }
        return {"refused": body | self.details}
