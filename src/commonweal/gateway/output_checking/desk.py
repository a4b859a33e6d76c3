"""One person at output checking, and a request as that person meets it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from commonweal.agreement.document import Agreement
from commonweal.agreement.store import agreement as stored_agreement
from commonweal.errors import CommonwealError, Conflict, NotAllowed, NotFound
from commonweal.gateway.ask import is_in_force
from commonweal.gateway.output_checking import store
from commonweal.gateway.output_checking.checkers import parts_of
from commonweal.gateway.output_checking.request import Request
from commonweal.gateway.output_checking.sealing import Vault
from commonweal.gateway.output_checking.state import Act, Doer, State, may
from commonweal.gateway.surroundings import Surroundings
from commonweal.identity.person import Person
from commonweal.identity.store import person as stored_person


@dataclass(frozen=True)
class Desk:
    """A person, by e-mail address, what the gateway needs around it, the sealed files, and whether the person has given
    a second factor.
    """

    person: str
    around: Surroundings
    vault: Vault
    second_factor: bool = False


@dataclass(frozen=True)
class Case:
    """A request, its agreement, the person who looks at it, and what that person is to it."""

    request: Request
    agreement: Agreement
    person: Person
    parts: frozenset[Doer]
    now: datetime


def case_of(c: Connection, desk: Desk, number: int) -> Case:
    """Return a request that concerns this person; one and the same `NotFound` when there is none and when it does not."""
    found = store.request_of(c, number)
    person = known_person(c, desk.person)
    if found is not None and person is not None:
        agreement = stored_agreement(c, found.agreement, found.version)
        parts = parts_of(person, found, agreement)
        if parts - {Doer.NAMED} or (parts and found.state is State.RELEASED):
            return Case(found, agreement, person, parts, desk.around.ledger.now(c))
    raise NotFound(
        f"There is no output {number} that concerns you.",
        why="Requests are seen by who made them, by those who may check them and, once released, by the people of the "
        "agreement.",
        remedy="See those that do with: commonweal output list --as EMAIL",
    )


def known_person(c: Connection, email: str) -> Person | None:
    """Return the person of an e-mail address, or None when nobody of it is known here."""
    try:
        return stored_person(c, email)
    except CommonwealError:
        return None


def must_be_possible(case: Case, act: Act) -> Doer:
    """Return as what the person may do this in the request's state; `NotAllowed` or `Conflict` when they may not."""
    state = case.request.state
    for part in Doer:
        if part in case.parts and may(state, act, part):
            return part
    anybody = any(may(other, act, part) for other in State for part in case.parts)
    if not anybody:
        own = act in (Act.DECIDE, Act.VIEW) and Doer.REQUESTER in case.parts
        raise NotAllowed(
            f"You cannot {act.value.replace('-', ' ')} output {case.request.number}.",
            why="Nobody checks their own output." if own else "It is not yours to do.",
            remedy="Who may do what: docs/reference/output-states.md.",
        )
    raise Conflict(
        f"Output {case.request.number} is {state.value.replace('-', ' ')}, so one cannot {act.value.replace('-', ' ')} it.",
        why="The states and moves are a fixed table.",
        remedy="Look at it with: commonweal output show N - the table is docs/reference/output-states.md.",
    )


def must_be_in_force(c: Connection, desk: Desk, case: Case) -> None:
    """Raise `NotAllowed` unless the request's version of the agreement answers now, and answers this person."""
    if case.agreement.security.mfa and not desk.second_factor:
        raise NotAllowed(
            f"The agreement {case.request.reference} asks for a second factor, and you have not given one.",
            why="Its clause `security: mfa` holds for checking and fetching outputs as for asking.",
            remedy="Do it on the pages, signed in with a code.",
        )
    if not is_in_force(c, case.agreement, desk.around):
        raise NotAllowed(
            f"The agreement {case.request.reference} is not in force.",
            why="Under an agreement that is not in force nothing is looked at, decided or released.",
            remedy=f"See: commonweal agreement show {case.request.agreement}",
        )
