"""Output checking as one person meets it from Python: ``gateway.outputs``, or ``installation.output_checking(EMAIL)``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sqlalchemy import Connection

from commonweal.errors import NotFound
from commonweal.gateway.answer import Answer
from commonweal.gateway.output_checking import releasing, requesting, reviewing, store
from commonweal.gateway.output_checking.desk import Desk, case_of, known_person
from commonweal.gateway.output_checking.releasing import ReleasedFile
from commonweal.gateway.output_checking.request import Verdict, Wanted
from commonweal.gateway.output_checking.sealing import Vault
from commonweal.gateway.output_checking.showing import Shown, about, in_short
from commonweal.gateway.output_checking.state import OPEN, Doer
from commonweal.gateway.surroundings import Surroundings


@dataclass(frozen=True)
class OutputChecking:
    """What one person, by e-mail address, may do with outputs that the rules cannot decide. Safe between threads.

    Every act first ends what time has ended (`sweep`), so nothing is shown or released under an agreement that is over.
    """

    person: str
    surroundings: Surroundings
    second_factor: bool = False

    @cached_property
    def _desk(self) -> Desk:
        vault = Vault(self.surroundings.outputs, self.surroundings.secret("output-checking"))
        return Desk(self.person, self.surroundings, vault, self.second_factor)

    def request(
        self,
        reason: str,
        *,
        agreement: str,
        sql: str | None = None,
        entry: int | None = None,
        file: Path | None = None,
        wanted: Wanted = Wanted.UNSUPPRESSED,
    ) -> Shown:
        """Ask for an output: a question (SQL, or the ledger entry of one asked before) or a file. Touches no data.

        Raises: as `requesting.add_request`.
        """
        self.sweep()
        asking = requesting.Asking(agreement, reason, sql, entry, file, wanted)
        number = requesting.add_request(self._desk, asking)
        with self.surroundings.reading() as c:
            return Shown(about(c, case_of(c, self._desk, number)))

    def list(self) -> tuple[Shown, ...]:
        """Return the requests that concern this person, newest first, without their content."""
        self.sweep()
        found = []
        with self.surroundings.reading() as c:
            if known_person(c, self.person) is None:
                return ()
            for request in store.requests(c):
                parts = self._parts(c, request.number)
                if parts:
                    found.append(Shown(in_short(request, parts)))
        return tuple(found)

    def _parts(self, c: Connection, number: int) -> frozenset[Doer]:
        try:
            return case_of(c, self._desk, number).parts
        except NotFound:
            return frozenset()

    def show(self, number: int) -> Shown:
        """Return a request: to a checker, while it is open, with its content (a look, recorded); to others without it."""
        self.sweep()
        with self.surroundings.reading() as c:
            case = case_of(c, self._desk, number)
            if Doer.CHECKER not in case.parts or case.request.state not in OPEN:
                return Shown(about(c, case))
        return reviewing.look(self._desk, number)

    def standing(self, number: int) -> Shown:
        """Return a request without its content, to whomever it concerns; no look."""
        self.sweep()
        with self.surroundings.reading() as c:
            return Shown(about(c, case_of(c, self._desk, number)))

    def decide(self, number: int, verdict: Verdict, reason: str) -> Shown:
        """Approve, reject or ask, as a checker who has looked. Raises: as `reviewing.decide`."""
        self.sweep()
        return reviewing.decide(self._desk, number, verdict, reason)

    def resubmit(self, number: int, reason: str) -> Shown:
        """Answer the checkers' questions, as the requester."""
        self.sweep()
        return releasing.resubmit(self._desk, number, reason)

    def withdraw(self, number: int) -> Shown:
        """Take a request back, as its requester."""
        self.sweep()
        return releasing.withdraw(self._desk, number)

    def fetch(self, number: int) -> Answer | ReleasedFile:
        """Return what was released. Raises: as `releasing.fetch`."""
        self.sweep()
        return releasing.fetch(self._desk, number)

    def sweep(self) -> None:
        """End every request whose agreement or time is over, and delete what was kept for those that have ended."""
        releasing.sweep(self._desk)
