"""What is done with drafts of agreements, and with comments on clauses: each act is one transaction with its entry.

Who may do it is decided before, by `commonweal.identity.permission` (pages, API) or by who owns the folder (terminal).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from commonweal.agreement import store as agreements
from commonweal.agreement.clause_comments import store as comments
from commonweal.agreement.drafting import store
from commonweal.agreement.drafting.fitting import fitted
from commonweal.agreement.drafting.places import Document
from commonweal.agreement.drafting.progress import Progress, progress
from commonweal.agreement.drafting.starting import from_one_like_it
from commonweal.agreement.drafting.writing import as_yaml
from commonweal.agreement.hashing import plain
from commonweal.agreement.library.shipped import Reusable, shipped
from commonweal.agreement.reading import Problem, Severity, problems, read_agreement
from commonweal.agreement.register.document import public_document
from commonweal.catalogue import store as catalogue
from commonweal.errors import BadInput, NotFound
from commonweal.installation.agreeing import Permitted, add_text, what_exists
from commonweal.installation.assessing import assess
from commonweal.risk.checking import profile_warnings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from commonweal.agreement.clause_comments.store import ClauseComment
    from commonweal.agreement.document import Agreement
    from commonweal.agreement.drafting.store import Draft
    from commonweal.catalogue.contract import Contract
    from commonweal.installation.installation import Installation
    from commonweal.risk.store import Kept


@dataclass(frozen=True)
class Looked:
    """A draft as it stands: its YAML, its problems, how far each part is, and what the assessment of its risk advises.

    `risk` is None while something stops the draft from being read as an agreement.
    """

    draft: Draft
    text: str
    problems: tuple[Problem, ...]
    progress: Mapping[str, Progress]
    risk: dict[str, Any] | None

    @property
    def usable(self) -> bool:
        """Return whether nothing stops it from being proposed."""
        return not any(problem.severity is Severity.ERROR for problem in self.problems)


def look(installation: Installation, draft: Draft, *, advice: bool = True) -> Looked:
    """Return a draft with what `agreement check` and, if wanted, `risk assess` (without the data) say of it."""
    with installation.reading() as connection:
        exists = what_exists(connection)
    text = as_yaml(draft.document)
    found = problems(text, **exists)
    risk = None
    if advice and not any(problem.severity is Severity.ERROR for problem in found):
        assessment = assess(installation, read_agreement(text, source="the draft", **exists), data=False)
        found = tuple(sorted((*found, *profile_warnings(text, assessment)), key=lambda each: (each.line, each.column)))
        risk = assessment.as_dict()
    return Looked(draft, text, found, progress(draft.document, found), risk)


def make(installation: Installation, organisation: str, document: Document, *, by: str) -> Draft:
    """Begin a draft for an organisation."""
    with installation.transaction() as connection:
        now = installation.ledger.now(connection)
        return store.make(connection, installation.ledger, organisation, document, at=now, by=by)


def save(
    installation: Installation,
    identifier: str,
    change: Callable[[Document, Mapping[str, Contract]], Document],
    *,
    expected: int | None = None,
) -> Draft:
    """Change a draft; `change` gets what it holds and the contracts of the datasets that exist. `Conflict` as the store."""
    with installation.transaction() as connection:
        found = store.draft(connection, identifier)
        contracts = {dataset.reference: dataset.contract for dataset in catalogue.datasets(connection)}
        changed = change(found.document, contracts)
        return store.save(connection, identifier, changed, at=installation.ledger.now(connection), expected=expected)


def propose(installation: Installation, identifier: str, *, by: str, permitted: Permitted) -> tuple[Agreement, Kept]:
    """Add the draft as an agreement, with its assessment; the draft is gone then and its comments are on the version.

    `BadInput` with every problem while something stops it.
    """
    with installation.reading() as connection:
        text = as_yaml(store.draft(connection, identifier).document)
    added, kept = add_text(installation, text, "the draft", by=by, permitted=permitted)
    with installation.transaction() as connection:
        comments.carry_over(connection, identifier, added.reference)
        store.delete(connection, installation.ledger, identifier, by=by, proposed_as=added.reference)
    return added, kept


def delete(installation: Installation, identifier: str, *, by: str) -> None:
    """Delete a draft and the comments on it."""
    with installation.transaction() as connection:
        comments.forget(connection, identifier)
        store.delete(connection, installation.ledger, identifier, by=by)


def library(installation: Installation, connection: Connection) -> tuple[Reusable, ...]:
    """Return the agreements to start from: those that come with commonweal, and those here that are public and signed.

    Of the latter only what the public register shows.
    """
    found = list(shipped())
    for latest in agreements.agreements(connection):
        signed = agreements.signatures(connection, latest.id, latest.version)
        if latest.transparency.public and signed:
            document = plain(public_document(latest), days_as_text=True)
            document.pop("people", None)
            found.append(Reusable(f"here-{latest.id}", installation.settings.name, document))
    return tuple(found)


def in_library(installation: Installation, connection: Connection, name: str) -> Reusable:
    """Return an agreement of the library; `NotFound` if there is none of that name."""
    found = next((each for each in library(installation, connection) if each.name == name), None)
    if found is None:
        raise NotFound("There is nothing of that name in the library.", remedy="Look at the library of agreements.")
    return found


def like(installation: Installation, reusable: Reusable, stands_for: Mapping[str, str]) -> Document:
    """Return a draft like an agreement of the library; `stands_for` says which organisation or dataset takes which place.

    Of columns and links those are taken along that the datasets here have.
    """
    with installation.reading() as connection:
        contracts = {dataset.reference: dataset.contract for dataset in catalogue.datasets(connection)}
    return fitted(_replaced(from_one_like_it(reusable.own()), stands_for), contracts, contracts)


def _replaced(document: Document, stands_for: Mapping[str, str]) -> Document:
    parties = {old: new for old, new in stands_for.items() if "/" not in old and new}
    for party in document.get("parties", []):
        party["organisation"] = parties.get(party["organisation"], party["organisation"])
    datasets: dict[str, str] = {}
    for terms in document.get("data", []):
        owner, _, name = str(terms["dataset"]).partition("/")
        chosen = stands_for.get(str(terms["dataset"]), "")
        new = chosen or f"{parties.get(owner, owner)}/{name}"
        datasets[str(terms["dataset"])] = new
        terms["dataset"] = new
    for link in document.get("links", []):
        for side, end in enumerate(link):
            dataset, _, column = str(end).rpartition(".")
            link[side] = f"{datasets.get(dataset, dataset)}.{column}"
    return document


def comment_on(
    installation: Installation, on: str, clause: str, organisation: str, text: str, *, by: str
) -> ClauseComment:
    """Comment on a clause of a draft or of a version, for an organisation."""
    with installation.transaction() as connection:
        now = installation.ledger.now(connection)
        return comments.make(connection, installation.ledger, on, clause, organisation, text, at=now, by=by)


def resolve_comment(
    installation: Installation, identifier: str, on: str, organisation: str, *, by: str, open_again: bool = False
) -> ClauseComment:
    """Resolve a comment on a draft or a version, or open it again; `BadInput` when it is on another."""
    with installation.transaction() as connection:
        if comments.comment(connection, identifier).on != on:
            raise BadInput("This comment is on another version.", remedy="Look at the comments on that one.")
        now = installation.ledger.now(connection)
        return comments.resolve(
            connection, installation.ledger, identifier, organisation, at=now, by=by, open_again=open_again
        )
