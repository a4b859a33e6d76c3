"""The agreement as a document: every field that the ICO's code, the DEA register and the ATRS ask for, typed.

A document that exists makes sense in itself: its parts agree with each other. Whether it fits the datasets that it
names is found out when it is read (`reading`), whether it is in force by `standing`. What each field is worth is told
in `fields`.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from commonweal.agreement.clause import AgreementName, Clause, Words
from commonweal.agreement.consistency import Parts, inconsistencies
from commonweal.agreement.data import DatasetTerms, Link, Subjects
from commonweal.agreement.decision import Appendix, Arrangements, Assessments, Change, Decision, Ending
from commonweal.agreement.hashing import canonical_json
from commonweal.agreement.legal import Legal
from commonweal.agreement.parties import JointControllers, Membership, Party
from commonweal.agreement.people import NamedPerson
from commonweal.agreement.purpose import Purpose
from commonweal.agreement.quality import Quality
from commonweal.agreement.retention import Retention
from commonweal.agreement.rights import Rights
from commonweal.agreement.safeguards import Safeguards
from commonweal.agreement.security import Breach, Security
from commonweal.agreement.sharing import Location, OnwardSharing, Reidentification, Sharing
from commonweal.agreement.term import Review, Term
from commonweal.agreement.transparency import Algorithm, AutomatedDecisions, Transparency


class Agreement(Clause):
    """A data sharing agreement, frozen. Two documents with one content hash say the same thing in the same words."""

    commonweal: Literal["agreement/1"]
    id: AgreementName
    version: Annotated[int, Field(ge=1, le=1_000_000)]
    title: Words
    supersedes: Annotated[int, Field(ge=1)] | None = None
    changes: tuple[Change, ...] = ()
    parties: Annotated[tuple[Party, ...], Field(min_length=1)]
    joint_controllers: JointControllers | None = None
    membership: Membership | None = None
    purpose: Purpose
    legal: Legal
    assessments: Assessments | None = None
    term: Term
    reviews: tuple[Review, ...] = ()
    people: tuple[NamedPerson, ...] = ()
    subjects: Subjects | None = None
    data: Annotated[tuple[DatasetTerms, ...], Field(min_length=1)]
    links: tuple[Link, ...] = ()
    safeguards: Safeguards
    sharing: Sharing = Sharing()
    quality: Quality | None = None
    retention: Retention
    onward_sharing: OnwardSharing
    reidentification: Reidentification = Reidentification.PROHIBITED
    publication: Words | None = None
    location: Location | None = None
    security: Security
    breach: Breach | None = None
    transparency: Transparency
    rights: Rights | None = None
    automated_decisions: AutomatedDecisions | None = None
    algorithm: Algorithm | None = None
    decisions: tuple[Decision, ...] = ()
    ending: Ending | None = None
    arrangements: Arrangements | None = None
    appendices: tuple[Appendix, ...] = ()

    @model_validator(mode="after")
    def _parts_agree(self) -> Agreement:
        """Refuse a document whose parts contradict each other."""
        for found in inconsistencies(Parts.of(self)):
            raise ValueError(found.message)
        return self

    @property
    def reference(self) -> str:
        """Return ``id@version``, the name of exactly this document."""
        return f"{self.id}@{self.version}"

    @cached_property
    def canonical(self) -> bytes:
        """Return the canonical JSON (RFC 8785): the bytes that are hashed and signed."""
        return canonical_json(self.as_document())

    @cached_property
    def content_hash(self) -> str:
        """Return the SHA-256 (hex) of the canonical JSON."""
        return hashlib.sha256(self.canonical).hexdigest()

    @property
    def organisations(self) -> tuple[str, ...]:
        """Return the names of the parties, in the document's order."""
        return tuple(party.organisation for party in self.parties)

    def terms(self, dataset: str) -> DatasetTerms | None:
        """Return what is granted of a dataset (``organisation/name``), or None when nothing is."""
        return next((terms for terms in self.data if terms.dataset == dataset), None)

    def person(self, email: str) -> NamedPerson | None:
        """Return the clause that names a person, without regard to capitals in the address, or None."""
        return next((person for person in self.people if person.email.casefold() == email.casefold()), None)

    def as_document(self) -> dict[str, Any]:
        """Return the document as plain values, with exactly the keys that were written; days stay days."""
        return self.model_dump(mode="python", by_alias=True, exclude_unset=True, exclude_none=True)
