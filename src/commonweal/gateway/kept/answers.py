"""Kept answers as one person meets them: ``gateway.answers``."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.agreement.state import State
from commonweal.agreement.store import agreement as stored_agreement
from commonweal.agreement.store import agreements as stored_agreements
from commonweal.agreement.store import current
from commonweal.errors import NotAllowed, NotFound
from commonweal.gateway.kept import store
from commonweal.gateway.kept.content import answer_of
from commonweal.gateway.kept.store import Chosen, InShort
from commonweal.identity.permission import Act, Thing, may
from commonweal.identity.store import person as stored_person
from commonweal.ledger.receipt import Receipt

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from commonweal.agreement.document import Agreement
    from commonweal.gateway.answer import Answer
    from commonweal.gateway.surroundings import Surroundings
    from commonweal.identity.person import Person
    from commonweal.ledger.canonical import JSON

_ERASED = "The words of the question have been erased."


@dataclass(frozen=True)
class Opened:
    """A kept answer, opened: the line of the list, the answer as it was handed over, and the agreement's version.

    `mine` says that the person who opened it asked it.
    """

    short: InShort
    answer: Answer
    agreement: Agreement
    mine: bool


@dataclass(frozen=True)
class KeptAnswers:
    """What one person, by e-mail address, may do with kept answers. Safe between threads.

    Open to people whom the agreement names, as it is now, unless it is suspended; and to officers of its parties. Nothing
    is shown once the retention of results is over.
    """

    person: str
    surroundings: Surroundings

    def open(self, number: int, *, only: Collection[str] | None = None) -> Opened:
        """Return an answer by its number, under one of the agreements `only`. Opening somebody else's is recorded, once.

        `NotFound`, in the same words, when there is none and when it is not this person's to open; `NotAllowed` while
        its agreement is suspended.
        """
        around = self.surroundings
        around.retention.now_and_then()
        with around.reading() as c:
            found, version, mine = self._found(c, number)
            if only is not None and found.agreement not in only:
                raise _not_found(number)
            body, receipt = store.content(c, number)
            seen = mine or store.has_read(c, number, around.ledger.person_hash(self.person))
        if not seen:
            with around.transaction() as c:  # recorded before it is handed over
                if store.note_reader(c, number, around.ledger.person(c, self.person)):
                    said: dict[str, JSON] = {"answer": number, "person": around.ledger.person_hash(self.person)}
                    around.ledger.append(c, "answer.opened", {"agreement": found.reference, **said})
        answer = answer_of(
            body,
            sql=found.sql,
            agreement=found.reference,
            datasets=found.datasets,
            receipt=Receipt(**json.loads(receipt)),
            notes=() if found.sql else (_ERASED,),
        )
        return Opened(found, answer, version, mine)

    def list(
        self,
        *,
        all_of_agreements: bool = False,
        only: Collection[str] | None = None,
        text: str = "",
        before: int | None = None,
        limit: int = 20,
    ) -> tuple[InShort, ...]:
        """Return this person's own answers, newest first; with `all_of_agreements` all under agreements they look after.

        `only`: under these agreements; `text`: with this in their SQL, of own answers only; `before`: a number to go on
        from.
        """
        around = self.surroundings
        around.retention.now_and_then()
        with around.reading() as c:
            now = around.ledger.now(c)
            if not all_of_agreements:
                mine = around.ledger.person_hash(self.person)
                return store.listed(c, Chosen(mine, only, text, before, limit), now)
            overseen = self._overseen(c)
            wanted = overseen if only is None else overseen & set(only)
            return store.listed(c, Chosen(None, wanted, "", before, limit), now) if wanted else ()

    def looks_after_some(self) -> bool:
        """Tell whether there are agreements whose answers this person oversees."""
        with self.surroundings.reading() as c:
            return bool(self._overseen(c))

    def erase(self, number: int) -> None:
        """Delete an answer before its time, as who asked it or as an officer of a party; recorded. `NotFound` as `open`."""
        around = self.surroundings
        with around.transaction() as c:
            found, _, mine = self._found(c, number)
            person = stored_person(c, self.person)
            if not mine and not may(person, Act.OVERSEE_ANSWERS, self._about(c, found.agreement)):
                raise NotAllowed(
                    "You may not delete this answer.",
                    why="It can be deleted by who asked it, and by officers of the agreement's parties.",
                    remedy="Ask one of them.",
                )
            store.delete(c, [number])
            by = around.ledger.person(c, self.person)
            said: dict[str, JSON] = {"answers": [number], "because": "erased", "person": by}
            around.ledger.append(c, "answer.deleted", {"agreement": found.reference, **said})

    def _found(self, c: Connection, number: int) -> tuple[InShort, Agreement, bool]:
        """Return an answer that this person may open, the version it was answered under, and whether it is their own."""
        around = self.surroundings
        now = around.ledger.now(c)
        found = store.in_short(c, number, now)
        if found is None:
            raise _not_found(number)
        person = stored_person(c, self.person)
        counting = current(c, found.agreement, now, public_keys=around.public_keys())
        about = about_agreement(counting.agreement, person)
        version = stored_agreement(c, found.agreement, found.version)
        mine = found.person.casefold() == person.email
        if may(person, Act.OVERSEE_ANSWERS, about):
            return found, version, mine
        if not may(person, Act.SEE_ANSWER, about):
            raise _not_found(number)
        if counting.standing.state is State.SUSPENDED:
            raise NotAllowed(
                f"Answers under {found.agreement} are not shown while it is suspended.",
                why=counting.standing.reason,
                remedy="Its parties can resume it.",
            )
        return found, version, mine

    def _about(self, c: Connection, identifier: str) -> Thing:
        around = self.surroundings
        counting = current(c, identifier, around.ledger.now(c), public_keys=around.public_keys())
        return about_agreement(counting.agreement)

    def _overseen(self, c: Connection) -> set[str]:
        person = stored_person(c, self.person)
        return {each.id for each in stored_agreements(c) if may(person, Act.OVERSEE_ANSWERS, about_agreement(each))}


def about_agreement(agreement: Agreement, person: Person | None = None) -> Thing:
    """Return an agreement as permission needs it. Names are compared in small letters, as people's addresses are kept."""
    named = {each.email.casefold() for each in agreement.people}
    if person is not None and agreement.person(person.email) is not None:
        named.add(person.email)
    return Thing(parties=frozenset(agreement.organisations), named=frozenset(named))


def _not_found(number: int) -> NotFound:
    return NotFound(
        f"There is no answer {number} that you may open.",
        why="Answers are open to the people whom their agreement names and to officers of its parties, until the time for "
        "results is over.",
        remedy="See those that you may: your answers, or commonweal answer list --as EMAIL",
    )
