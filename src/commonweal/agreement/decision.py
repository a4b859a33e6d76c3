"""Decision: who decided and why, other assessments, money, liability, ending, appendices (ICO code, Annex B)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from commonweal.agreement.clause import Clause, Day, OrganisationName, WebAddress, Words
from commonweal.agreement.legal import AssessmentOutcome


class Decision(Clause):
    """One party's decision, with the reasons for sharing and those against that were weighed."""

    organisation: OrganisationName
    by: Words
    position: Words
    on: Day
    reasons_for: Words
    reasons_against: Words | None = None


class Assessment(Clause):
    """An assessment other than the data protection one."""

    outcome: AssessmentOutcome
    completed: Day
    review: Day | None = None
    reference: Words | None = None


class Assessments(Clause):
    """Equality, human rights and ethics assessments (ATRS 5.2 to 5.4)."""

    equality: Assessment | None = None
    human_rights: Assessment | None = None
    ethics: Assessment | None = None


class Change(Clause):
    """What changed in a version and why."""

    version: Annotated[int, Field(ge=1)]
    on: Day
    what: Words


class Ending(Clause):
    """How the agreement ends before its time, and what a breach of it brings."""

    notice: Words | None = None
    sanctions: Words | None = None


class Arrangements(Clause):
    """Cost, funding, liability, and publication under the Freedom of Information Act 2000."""

    cost: Words | None = None
    funding: Words | None = None
    liability: Words | None = None
    freedom_of_information: Words | None = None


class Appendix(Clause):
    """A document that belongs to the agreement, held to its content by its SHA-256."""

    title: Words
    url: WebAddress | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
