"""Kept answers at a server: ``gateway.answers``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from commonweal.client.problems import nonsense
from commonweal.client.sending import Sending, body_of
from commonweal.errors import UsageMistake

if TYPE_CHECKING:
    from commonweal.gateway.answer import Answer
    from commonweal.gateway.kept.store import InShort

ARROW = "application/vnd.apache.arrow.stream"


@dataclass(frozen=True)
class Opened:
    """A kept answer, opened again, as it was handed over."""

    answer: Answer

    @property
    def number(self) -> int:
        """Return its number: the ledger entry that it rests on."""
        return self.answer.receipt.index


class RemoteAnswers:
    """What this person may do with answers that are kept at the server; safe between threads."""

    def __init__(self, sending: Sending, timeout: float) -> None:
        """Take the way to the server, and how many seconds each request may take."""
        self._sending, self._timeout = sending, timeout

    def open(self, number: int) -> Opened:
        """Return an answer by its number. `NotFound` when there is none or it is not this person's to open."""
        path = f"/api/answers/{_number(number)}"
        response = self._sending.send("GET", path, within=self._timeout, again=True, accept=ARROW)
        return Opened(read_answer(response.content))

    def list(
        self, *, all_of_agreements: bool = False, text: str = "", before: int | None = None, limit: int = 20
    ) -> tuple[InShort, ...]:
        """Return this person's own answers, newest first; with `all_of_agreements` all under agreements they look after.

        `text`: with this in their SQL, of own answers only; `before`: a number to go on from; `limit`: at most 100.
        """
        query: dict[str, str | int] = {"of": "agreements" if all_of_agreements else "mine", "limit": limit}
        query |= ({"q": text} if text else {}) | ({"before": before} if before is not None else {})
        said = body_of(self._sending.send("GET", "/api/answers", within=self._timeout, again=True, query=query))
        try:
            return tuple(_in_short(each) for each in said["answers"])
        except (KeyError, TypeError, ValueError, AttributeError):
            raise nonsense() from None

    def erase(self, number: int) -> None:
        """Delete an answer before its time, as who asked it or as an officer of a party; recorded. `NotFound` as `open`."""
        self._sending.send("DELETE", f"/api/answers/{_number(number)}", within=self._timeout, again=False)


def read_answer(body: bytes) -> Answer:
    """Return the answer that a stream holds; `Unavailable` when it holds none."""
    from commonweal.gateway.answer_stream import read_stream  # imported when used: it loads pyarrow

    try:
        return read_stream(body)
    except ValueError:
        raise nonsense() from None


def _number(number: int) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise UsageMistake("An answer has a number, its ledger entry.", remedy="Use answer.receipt.index.")
    return number


def _in_short(said: dict[str, Any]) -> InShort:
    from commonweal.gateway.kept.store import InShort  # imported when used: it loads the database

    name, _, version = str(said["agreement"]).partition("@")
    return InShort(
        number=int(said["id"]),
        asked=int(said["asked"]),
        agreement=name,
        version=int(version),
        person=str(said["person"]),
        sql=str(said["sql"]),
        datasets=tuple(str(each) for each in said["datasets"]),
        rows=int(said["rows"]),
        withheld=int(said["withheld"]),
        at=datetime.fromisoformat(said["at"]),
        until=datetime.fromisoformat(said["until"]),
    )
