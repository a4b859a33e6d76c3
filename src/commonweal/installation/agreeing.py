"""What is done to agreements: read, added, signed, stopped. Each act is one transaction with its entry in the ledger.

Who may do it is decided before, by `commonweal.identity.permission` (pages, API) or by who owns the folder (terminal).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from commonweal.agreement import store
from commonweal.agreement.reading import Problem, Severity, problems, read_agreement
from commonweal.agreement.signature import sign as sign_document
from commonweal.agreement.standing import Event
from commonweal.catalogue import store as catalogue
from commonweal.errors import CommonwealError, Conflict, NotFound
from commonweal.identity import store as identity
from commonweal.installation.assessing import assess
from commonweal.risk import store as assessments
from commonweal.risk.checking import profile_warnings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from commonweal.agreement.document import Agreement
    from commonweal.agreement.standing import Standing
    from commonweal.agreement.state import Act
    from commonweal.agreement.store import Current
    from commonweal.installation.installation import Installation
    from commonweal.risk.store import Kept

Progress = Callable[[int, int], None]


def _silent(_done: int, _total: int) -> None:
    """Show nothing."""


Permitted = Callable[["Agreement", "Agreement | None"], None]


def _anyone(_read: Agreement, _before: Agreement | None) -> None:
    """Let everybody: who owns the folder may."""


@dataclass(frozen=True)
class Signed:
    """What became of signing: the version, where it stands now, the assessment that was shown, and what is left over.

    `left` names agreements whose treated tables could not be deleted yet.
    """

    agreement: Agreement
    standing: Standing
    assessment: Kept | None
    left: tuple[str, ...] = ()


@dataclass(frozen=True)
class Happened:
    """What became of stopping or resuming: the version that counts, where it stands, and what is left over."""

    current: Current
    left: tuple[str, ...] = ()


def what_exists(connection: Connection) -> dict[str, Any]:
    """Return what a document is checked against, as `commonweal.agreement.reading` takes it."""
    return {
        "contracts": {dataset.reference: dataset.contract for dataset in catalogue.datasets(connection)},
        "organisations": [organisation.name for organisation in catalogue.organisations(connection)],
        "people": {person.email: person.organisation for person in identity.people(connection)},
    }


def check_text(installation: Installation, text: str, source: str) -> tuple[Problem, ...]:
    """Return everything wrong with an agreement's text, and what its assessment (without the data) warns of."""
    with installation.reading() as connection:
        exists = what_exists(connection)
    found = problems(text, **exists)
    if any(problem.severity is Severity.ERROR for problem in found):
        return found
    assessment = assess(installation, read_agreement(text, source=source, **exists), data=False)
    both = (*found, *profile_warnings(text, assessment))
    return tuple(sorted(both, key=lambda problem: (problem.line, problem.column)))


def add_text(
    installation: Installation,
    text: str,
    source: str,
    *,
    by: str | None = None,
    permitted: Permitted = _anyone,
    progress: Progress = _silent,
) -> tuple[Agreement, Kept]:
    """Add an agreement, or the next version of one, with its assessment; errors as reading and adding have them.

    `permitted` gets what is to be added and the version before it (None: there is none), and raises when this may not be.
    """
    with installation.reading() as connection:
        read = read_agreement(text, source=source, **what_exists(connection))
        permitted(read, _before(connection, read))
    assessment = assess(installation, read, progress=progress)  # it measures, so the database is not held meanwhile
    with installation.transaction() as connection:
        read = read_agreement(text, source=source, **what_exists(connection))
        permitted(read, _before(connection, read))
        now = installation.ledger.now(connection)
        store.add_agreement(connection, installation.ledger, read, at=now, by=by)
        return read, assessments.record(connection, installation.ledger, assessment, at=now, by=by)


def assess_latest(
    installation: Installation, identifier: str, *, by: str | None = None, progress: Progress = _silent
) -> Kept:
    """Assess the latest version on the data as it is today, and keep that; `Conflict` when another came meanwhile."""
    with installation.reading() as connection:
        shown = store.agreement(connection, identifier)
    assessment = assess(installation, shown, progress=progress)
    with installation.transaction() as connection:
        if store.agreement(connection, identifier).content_hash != shown.content_hash:
            raise Conflict(f"A newer version of {identifier} was added meanwhile.", remedy="Assess that one.")
        now = installation.ledger.now(connection)
        return assessments.record(connection, installation.ledger, assessment, at=now, by=by)


def sign(
    installation: Installation,
    identifier: str,
    organisation: str,
    *,
    by: str | None = None,
    seen: Callable[[Agreement, dict[str, Any]], None] = lambda _agreement, _result: None,
    expected: str | None = None,
    progress: Progress = _silent,
) -> Signed:
    """Sign the latest version in the name of a party, with the key held here; its assessment is made first if need be.

    `seen` gets the version and its assessment before it is signed, to show them. `expected` is the content hash of what
    was shown before, if it was: `Conflict` when another version was added meanwhile.
    """
    with installation.reading() as connection:
        shown = store.agreement(connection, identifier)
        store.must_be_party(shown, organisation)
        kept = assessments.latest(connection, shown)
    if expected is not None and expected != shown.content_hash:
        raise _changed(shown)
    fresh = None if kept else assess(installation, shown, progress=progress)
    seen(shown, fresh.as_dict() if fresh else kept.result if kept else {})
    with installation.transaction() as connection:
        document = store.agreement(connection, identifier)
        store.must_be_party(document, organisation)
        if document.content_hash != shown.content_hash:
            raise _changed(document)
        now = installation.ledger.now(connection)
        if fresh:
            kept = assessments.record(connection, installation.ledger, fresh, at=now, by=by)
        signature = sign_document(document, organisation, installation.keys.organisation(organisation), now)
        known = dict(installation.keys.public_keys())
        digest = kept.hash if kept else None
        store.record_signature(connection, installation.ledger, signature, public_keys=known, by=by, assessment=digest)
        standing = store.current_standing(connection, identifier, now, public_keys=known)
    return Signed(document, standing, kept, _delete_unneeded(installation))  # the version before may be superseded


def happen(
    installation: Installation, act: Act, identifier: str, organisation: str, reason: str, *, by: str | None = None
) -> Happened:
    """Record that a party suspends, resumes, withdraws or ends; every answer follows at once."""
    with installation.transaction() as connection:
        now = installation.ledger.now(connection)
        latest = store.agreement(connection, identifier)
        event = Event(identifier, latest.version, act, organisation, reason, now)
        store.record_event(connection, installation.ledger, event, by=by)
        counting = store.current(connection, identifier, now, public_keys=dict(installation.keys.public_keys()))
    return Happened(counting, _delete_unneeded(installation))


def _before(connection: Connection, read: Agreement) -> Agreement | None:
    """Return the latest version of the agreement that is here already, if any is."""
    try:
        return store.agreement(connection, read.id)
    except NotFound:
        return None


def _changed(document: Agreement) -> Conflict:
    """Return the error for a version that came while another was read."""
    return Conflict(
        f"{document.reference} was added meanwhile, so nothing was signed.",
        remedy="Sign again; the new version's assessment is shown first.",
    )


def _delete_unneeded(installation: Installation) -> tuple[str, ...]:
    """Delete the treated tables of agreements that have stopped; the act itself stands, whatever becomes of this."""
    try:
        return tuple(unneeded.agreement for unneeded in installation.delete_unneeded())
    except CommonwealError as error:
        return (error.message,)
