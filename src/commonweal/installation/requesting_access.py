"""What is done about requests for access: each act is one transaction with its entry and the mails that it causes.

Who may do what is decided here, by `commonweal.identity.permission`: terminal, pages and API come through the same door.
A requester never decides on their own request.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from commonweal.agreement import store as agreements
from commonweal.agreement.requests import store
from commonweal.agreement.requests.attached import named_in
from commonweal.agreement.requests.request import AccessRequest, RequestMove, RequestState, Wanted
from commonweal.agreement.state import State
from commonweal.catalogue import store as catalogue
from commonweal.errors import BadInput, Conflict, NotAllowed, NotFound
from commonweal.gateway.own_question import own_question
from commonweal.identity import store as identity
from commonweal.identity.permission import Act, Thing, may, must
from commonweal.installation import mail
from commonweal.installation.involvement import thing_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from commonweal.agreement.document import Agreement
    from commonweal.identity.person import Person
    from commonweal.installation.installation import Installation


@dataclass(frozen=True)
class SeenRequest:
    """A request as one person meets it: whether it is their own, and whether they decide on it."""

    request: AccessRequest
    mine: bool
    decides: bool

    @property
    def waits(self) -> bool:
        """Return whether it waits for this person: an owner to say something, or the requester to answer."""
        state = self.request.state
        return (self.decides and state is RequestState.ASKED) or (self.mine and state is RequestState.ANSWERED)


def decides(person: Person, request: AccessRequest) -> bool:
    """Tell whether a person may decide on a request: of an organisation whose data it is, and not who asked."""
    if person.email == request.requester:
        return False
    return any(may(person, Act.DECIDE_ACCESS, Thing(organisation=owner)) for owner in request.owners)


def seen(connection: Connection, person: Person, number: int) -> SeenRequest:
    """Return a request that concerns a person; one and the same `NotFound` when there is none and when it does not."""
    try:
        found = _seen(person, store.request(connection, number))
    except NotFound:
        found = None
    if found is None:
        raise NotFound(
            f"There is no request {number} that concerns you.",
            why="Requests are seen by who made them, and by officers and stewards of those whose data it is.",
            remedy="See those that do under Requests, or with: commonweal request list --as EMAIL",
        )
    return found


def all_seen(connection: Connection, person: Person, states: Collection[RequestState] = ()) -> tuple[SeenRequest, ...]:
    """Return the requests that concern a person, newest first: all, or those in some states."""
    found = (_seen(person, each) for each in store.requests(connection, states))
    return tuple(each for each in found if each is not None)


def _seen(person: Person, request: AccessRequest) -> SeenRequest | None:
    mine, owner = request.requester == person.email, decides(person, request)
    return SeenRequest(request, mine, owner) if mine or owner else None


def filled_in(installation: Installation, wanted: Wanted, *, by: str) -> Wanted:
    """Return what is wanted with the question of its entry, and with what the question names where nothing is named.

    Raises: as `own_question`.
    """
    with installation.reading() as connection:
        person = identity.person(connection, by)
        sql, shared = wanted.sql, frozenset[str]()
        if wanted.agreement:
            about = agreements.agreement(connection, wanted.agreement)
            must(person, Act.SEE_AGREEMENT, thing_of(about))
            shared = frozenset(terms.dataset for terms in about.data)
        if wanted.entry is not None and not sql:
            sql = own_question(connection, installation.ledger, person.email, wanted.agreement, wanted.entry)
        datasets, columns = wanted.datasets, wanted.columns
        if sql and not datasets:
            named = named_in(sql, catalogue.datasets(connection), shared)
            datasets = tuple(named)
            columns = columns or tuple(f"{dataset}.{each}" for dataset, names in named.items() for each in names)
    return replace(wanted, sql=sql, datasets=datasets, columns=columns)


def make(installation: Installation, wanted: Wanted, *, by: str) -> AccessRequest:
    """Ask those whose data it is for access, as a person.

    `NotFound` for a dataset or an agreement that is not there, `BadInput` for a column that its dataset does not have or
    words that are missing, `NotAllowed` for an agreement or a question that is none of this person's.
    """
    with installation.transaction() as connection:
        person = identity.person(connection, by)
        must(person, Act.REQUEST_ACCESS)
        version = 0
        if wanted.agreement:
            about = agreements.agreement(connection, wanted.agreement)
            must(person, Act.SEE_AGREEMENT, thing_of(about))
            version = about.version
        if wanted.entry is not None:
            text = own_question(connection, installation.ledger, person.email, wanted.agreement, wanted.entry)
            if wanted.sql and wanted.sql.strip() != text.replace("\r\n", "\n").strip():
                raise BadInput("The question is another than the one of the entry.", remedy="Leave one of the two out.")
            wanted = replace(wanted, sql=text)
        _must_exist(connection, wanted)
        made = store.make(
            connection,
            installation.ledger,
            wanted,
            version=version,
            by=person.email,
            organisation=person.organisation,
            at=installation.ledger.now(connection),
        )
        _tell_owners(installation, connection, made, "A request for access waits for you")
        return made


def say(installation: Installation, number: int, words: str, *, by: str) -> AccessRequest:
    """Say something about an open request, as who made it or as one of those who decide."""
    with installation.transaction() as connection:
        person = identity.person(connection, by)
        found = seen(connection, person, number)
        after = RequestState.ASKED if found.mine else RequestState.ANSWERED
        done = _moved(installation, connection, person, number, RequestMove.SAID, after, words)
        if found.mine:
            _tell_owners(installation, connection, done, "A requester has answered you")
        else:
            _tell_requester(installation, connection, done, "Your request for access has an answer")
        return done


def grant(installation: Installation, number: int, reference: str, *, words: str = "", by: str) -> AccessRequest:
    """Close a request as granted by a version of an agreement (``id@version``), as one of those who decide.

    `Conflict` unless that version permits it: signed by all its parties, newer than what was asked about, with the
    datasets and columns that are asked for, and naming the requester. So nobody grants what is another's alone.
    """
    with installation.transaction() as connection:
        person = identity.person(connection, by)
        found = _decided_by(connection, person, number)
        document = _version(connection, reference)
        problem = _not_granted(installation, connection, document, found)
        if found.is_open and problem:
            raise Conflict(
                f"{document.reference} does not grant request {number}.",
                why=problem,
                remedy="Draft a new version, have all parties sign it, then grant the request with it.",
            )
        after = RequestState.GRANTED
        done = _moved(installation, connection, person, number, RequestMove.GRANTED, after, words, document.reference)
        _tell_requester(installation, connection, done, "Your request for access is granted")
        return done


def decline(installation: Installation, number: int, reason: str, *, by: str) -> AccessRequest:
    """Decline a request with a reason, as one of those who decide."""
    with installation.transaction() as connection:
        person = identity.person(connection, by)
        _decided_by(connection, person, number)
        after = RequestState.DECLINED
        done = _moved(installation, connection, person, number, RequestMove.DECLINED, after, reason)
        _tell_requester(installation, connection, done, "Your request for access is declined")
        return done


def withdraw(installation: Installation, number: int, *, by: str) -> AccessRequest:
    """Take a request back, as who made it."""
    with installation.transaction() as connection:
        person = identity.person(connection, by)
        if not seen(connection, person, number).mine:
            raise NotAllowed(
                f"Request {number} is not yours to take back.", why="Who made it may.", remedy="Decline it instead."
            )
        return _moved(installation, connection, person, number, RequestMove.WITHDRAWN, RequestState.WITHDRAWN, "")


def granting(installation: Installation, connection: Connection, request: AccessRequest) -> tuple[str, ...]:
    """Return the versions (``id@version``) that would grant a request as they stand now: what an owner chooses from."""
    return tuple(
        document.reference
        for document in agreements.agreements(connection)
        if not _not_granted(installation, connection, document, request)
    )


def _moved(
    installation: Installation,
    connection: Connection,
    person: Person,
    number: int,
    kind: RequestMove,
    after: RequestState,
    words: str,
    granted: str = "",
) -> AccessRequest:
    return store.move(
        connection,
        installation.ledger,
        number,
        kind,
        after,
        by=person.email,
        organisation=person.organisation,
        words=words,
        at=installation.ledger.now(connection),
        granted=granted,
    )


def _decided_by(connection: Connection, person: Person, number: int) -> AccessRequest:
    found = seen(connection, person, number)
    if not found.decides:
        raise NotAllowed(
            f"You may not decide on request {number}.",
            why="Nobody decides on their own request." if found.mine else "It is about data of others.",
            remedy="An officer or a steward of those whose data it is decides.",
        )
    return found.request


def _version(connection: Connection, reference: str) -> Agreement:
    identifier, _, number = reference.strip().partition("@")
    if not number.isdecimal() or len(number) > 6:
        raise BadInput(
            "This names no version of an agreement.",
            why="A request is granted by one version, which says what is permitted.",
            remedy="Write it as arrears-and-care@2.",
        )
    return agreements.agreement(connection, identifier, int(number))


def _not_granted(
    installation: Installation, connection: Connection, document: Agreement, request: AccessRequest
) -> str:
    """Return why a version does not grant a request, or nothing when it does."""
    if document.id == request.agreement and document.version <= request.version:
        return f"It was there when the request was made: only a version after {request.version} changes anything."
    absent = [owner for owner in request.owners if owner not in document.organisations]
    if absent:
        return f"{absent[0]}, whose data is asked for, is not a party to it."
    lacking = _lacking(document, request)
    if lacking:
        return f"It does not share {lacking}."
    if document.person(request.requester) is None:
        return "It does not name the requester."
    now, keys = installation.ledger.now(connection), dict(installation.keys.public_keys())
    state = agreements.current_standing(connection, document.id, now, version=document.version, public_keys=keys).state
    if state not in (State.SIGNED, State.IN_FORCE):
        return f"It is {state.value.replace('-', ' ')}: not all of its parties stand to it."
    return ""


def _lacking(document: Agreement, request: AccessRequest) -> str:
    """Return the first dataset or column that a version does not share, or nothing."""
    for dataset in request.datasets:
        terms = document.terms(dataset)
        if terms is None:
            return dataset
        for column in request.columns_of(dataset):
            if terms.written.get(column, "withhold") == "withhold":
                return f"{dataset}.{column}"
    return ""


def _must_exist(connection: Connection, wanted: Wanted) -> None:
    """See that every dataset is there and has the columns that are asked for."""
    columns = {}
    for reference in wanted.datasets:
        dataset = catalogue.dataset(connection, reference)
        columns[reference] = {column.name for column in dataset.contract.columns}
    for each in wanted.columns:
        reference, _, name = each.rpartition(".")
        if name not in columns.get(reference, set()):
            raise BadInput(
                "A column that is asked for is in none of the datasets.",
                why="Columns are written as organisation/dataset.column.",
                remedy="Look at the dataset's page for the names of its columns.",
            )


def _tell_owners(installation: Installation, connection: Connection, request: AccessRequest, subject: str) -> None:
    for person in identity.people(connection):
        if decides(person, request):
            _tell(installation, connection, person.email, request, subject)


def _tell_requester(installation: Installation, connection: Connection, request: AccessRequest, subject: str) -> None:
    if identity.is_known(connection, request.requester):
        _tell(installation, connection, request.requester, request, subject)


def _tell(installation: Installation, connection: Connection, to: str, request: AccessRequest, subject: str) -> None:
    where = f"{installation.settings.web.url}/requests/{request.number}"
    words = f"{subject}: request {request.number}, about {', '.join(request.datasets)}.\n\nRead it here: {where}"
    mail.post(installation, connection, to, subject, words, at=installation.ledger.now(connection))
