"""What waits for somebody, as the first page shows it: each room says what of its own does.

A room adds a function to `WAITING`: it takes the connection, the installation, who asks and the time, and yields lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from commonweal.agreement import store as agreements
from commonweal.agreement.requests.request import OPEN as OPEN_REQUESTS
from commonweal.agreement.state import Act as AgreementAct
from commonweal.agreement.state import State
from commonweal.agreement.term import day_of
from commonweal.catalogue import store as catalogue
from commonweal.catalogue.describing import unclassified
from commonweal.gateway.output_checking import store as outputs
from commonweal.gateway.output_checking.checkers import parts_of
from commonweal.gateway.output_checking.state import OPEN, Doer
from commonweal.gateway.output_checking.state import State as OutputState
from commonweal.identity.permission import Act, Thing
from commonweal.identity.person import Role
from commonweal.installation import Installation
from commonweal.installation.involvement import all_that_stand, thing_of
from commonweal.installation.requesting_access import all_seen
from commonweal.web.asker import Asker

SOON = timedelta(days=30)
"""How long before its day a review begins to wait for people."""


@dataclass(frozen=True)
class Waiting:
    """One line: what waits, in words that begin with the number of things, where it is done, and how many there are."""

    words: str
    address: str
    count: int


Waits = Callable[[Connection, Installation, Asker, datetime], Iterable[Waiting]]


def signatures(connection: Connection, _installation: Installation, asker: Asker, _now: datetime) -> Iterator[Waiting]:
    """Yield the agreements that this person's organisation has not signed yet."""
    own = asker.person.organisation
    found = []
    for latest in agreements.agreements(connection):
        if own not in latest.organisations or not asker.may(Act.SIGN_AGREEMENT, thing_of(latest)):
            continue
        signed = {each.organisation for each in agreements.signatures(connection, latest.id, latest.version)}
        ended = any(
            each.act in (AgreementAct.END, AgreementAct.WITHDRAW) for each in agreements.events(connection, latest.id)
        )
        if own not in signed and not ended:
            found.append(latest)
    for each in found:
        yield Waiting(f"Sign “{each.title}”, version {each.version}, or say why not", f"/agreements/{each.id}", 1)


def reviews(connection: Connection, installation: Installation, asker: Asker, now: datetime) -> Iterator[Waiting]:
    """Yield the agreements whose review, or whose impact assessment's, is due within a month or was missed."""
    today = day_of(now)
    for stands in all_that_stand(installation, connection):
        agreement = stands.agreement
        if not asker.may(Act.PROPOSE_AGREEMENT, stands.thing):
            continue
        if stands.standing.state not in (State.IN_FORCE, State.SUSPENDED):
            continue
        due = agreement.term.review
        if due - SOON <= today:
            when = "was due on" if due < today else "is due on"
            words = f"Review “{agreement.title}”: it {when} {due.day} {due:%B %Y}"
            yield Waiting(words, f"/agreements/{agreement.id}", 1)


def checks(connection: Connection, _installation: Installation, asker: Asker, _now: datetime) -> Iterator[Waiting]:
    """Yield the outputs that this person may check and has not decided on, and their own that came back."""
    to_check, returned = 0, 0
    for request in outputs.requests(connection, *OPEN, OutputState.RETURNED):
        agreement = agreements.agreement(connection, request.agreement, request.version)
        parts = parts_of(asker.person, request, agreement)
        if request.state is OutputState.RETURNED:
            returned += Doer.REQUESTER in parts
        elif Doer.CHECKER in parts:
            decided = {each.checker for each in outputs.decisions(connection, request)}
            to_check += asker.person.email not in decided
    if to_check:
        yield Waiting(f"{to_check} {_plural(to_check, 'output')} to check", "/outputs", to_check)
    if returned:
        yield Waiting(
            f"{returned} {_plural(returned, 'output')} with checkers' questions for you", "/outputs", returned
        )


def columns(connection: Connection, _installation: Installation, asker: Asker, _now: datetime) -> Iterator[Waiting]:
    """Yield the datasets of a steward's organisation with columns that have no kind, so that they cannot be shared."""
    own = asker.person.organisation
    if Role.STEWARD not in asker.person.roles or not asker.may(Act.CHANGE_DATASET, Thing(organisation=own)):
        return
    names = [key.reference for key in catalogue.keys(connection) if key.organisation == own]
    for dataset in catalogue.datasets_named(connection, names):
        count = len(unclassified(dataset.contract))
        if count:
            words = f"{count} {_plural(count, 'column')} of {dataset.reference} without a kind"
            yield Waiting(words, f"/catalogue/{dataset.reference}/contract", count)


def access(connection: Connection, _installation: Installation, asker: Asker, _now: datetime) -> Iterator[Waiting]:
    """Yield the requests for access that this person decides on, and their own that were answered."""
    found = [each for each in all_seen(connection, asker.person, OPEN_REQUESTS) if each.waits]
    own = sum(each.mine for each in found)
    others = len(found) - own
    if others:
        yield Waiting(f"{others} {_plural(others, 'request')} for access to your data", "/requests", others)
    if own:
        yield Waiting(f"{own} {_plural(own, 'request')} of yours with an answer", "/requests", own)


WAITING: list[Waits] = [
    signatures,
    reviews,
    access,
    checks,
    columns,
]
"""What each room has waiting, in the order in which it is shown. Rooms that come later add theirs here."""


def waiting_for(connection: Connection, installation: Installation, asker: Asker) -> tuple[Waiting, ...]:
    """Return everything that waits for somebody."""
    now = installation.ledger.now(connection)
    return tuple(line for waits in WAITING for line in waits(connection, installation, asker, now))


def _plural(count: int, word: str) -> str:
    return word if count == 1 else f"{word}s"
