"""The ruling of an agreement on a question: clause by clause, permitted with obligations or refused with reasons.

A ruling is a value. It looks at the agreement, the question and the contracts only, never at data, so that a refusal can
tell nothing about anyone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.agreement.links import may_equate
from commonweal.catalogue.contract import Contract, Kind
from commonweal.disclosure.metered.profile import Metered
from commonweal.disclosure.profile import Rules
from commonweal.errors import Refused
from commonweal.query.relation import Level, Role, Use
from commonweal.query.unreadable import NOBODY

if TYPE_CHECKING:
    from commonweal.agreement.document import Agreement
    from commonweal.agreement.standing import Standing
    from commonweal.query.question import Query

SECOND_FACTOR = "security: mfa"
"""The clause on proving who one is."""

LINK_ROLES = {Role.JOIN, Role.SEMI_JOIN, Role.COUNTED, Role.ENTITY, Role.NULL_TEST, Role.PASSED}
"""What a link column is for: joining, counting, and standing for the entity. It is never compared, computed or shown."""

_AS = {
    Role.OUTPUT: "shown",
    Role.KEY: "grouped by",
    Role.PREDICATE: "compared with anything",
    Role.ARGUMENT: "aggregated",
    Role.AGE: "used as a date of birth",
    Role.COMPUTED: "calculated with",
}
"""What a question does with a column, as a sentence about a link column ends."""


@dataclass(frozen=True)
class Finding:
    """What one clause says of a question: permitted or not, why, who can change it, and what would be allowed.

    `about` is the name in the question's SQL that it is about, where it is about one.
    """

    clause: str
    permitted: bool
    reason: str
    who: str = ""
    remedy: str = ""
    about: str = ""


@dataclass(frozen=True)
class Obligations:
    """What must be done for the question to be answered: the protection of every number, by rules or metered."""

    protection: Rules | Metered
    datasets: tuple[str, ...]

    @property
    def metered(self) -> Metered | None:
        """Return the metered profile, None under a profile of rules."""
        return self.protection if isinstance(self.protection, Metered) else None

    @property
    def rules(self) -> Rules:
        """Return the rules of a profile of rules; TypeError under a metered one."""
        if not isinstance(self.protection, Rules):
            raise TypeError("a metered profile has no rules")
        return self.protection


@dataclass(frozen=True)
class Ruling:
    """All findings, and the obligations when every one of them permits."""

    findings: tuple[Finding, ...]
    obligations: Obligations | None
    nearest: str = ""

    @property
    def permitted(self) -> bool:
        """Return whether the question may be answered."""
        return self.obligations is not None

    def refusal(self, reference: str = "") -> Refused:
        """Return the refusal to raise: the first refusing clause, and the reasons of all that refuse."""
        against = [finding for finding in self.findings if not finding.permitted]
        remedies = dict.fromkeys(finding.remedy for finding in against if finding.remedy)
        about = list(dict.fromkeys(finding.about for finding in against if finding.about))
        return Refused(
            against[0].clause,
            [finding.reason for finding in against],
            remedy=" ".join(remedies),
            who=against[0].who,
            nearest=self.nearest,
            reference=reference,
            details={"about": about} if about else {},
        )


def admission(
    agreement: Agreement, standing: Standing, email: str, *, known: bool, second_factor: bool = False
) -> tuple[Finding, ...]:
    """Return what the agreement says of asking at all: is it in force, is this person known here and named in it, and
    have they given a second factor where it asks for one.
    """
    officers = _officers(agreement)
    if not standing.in_force:
        reason = f"the agreement is not in force: {standing.reason}"
        return (Finding("term and signatures", False, reason, officers, _see(agreement)),)
    in_force = Finding("term and signatures", True, "the agreement is in force.")
    if agreement.person(email) is None:
        reason = "you are not one of the people named in the agreement."
        return (
            in_force,
            Finding("people", False, reason, officers, "Ask for a new version of the agreement that names you."),
        )
    if not known:
        reason, remedy = (
            "you are named in the agreement, but not known to this installation.",
            "Ask its administrator to add you.",
        )
        return (in_force, Finding("people", False, reason, "the administrator of this installation", remedy))
    named = Finding("people", True, "the person is named in the agreement.")
    if not agreement.security.mfa:
        return (in_force, named)
    if not second_factor:
        reason = "the agreement asks for a second factor, and you have not given one."
        remedy = "Ask on the pages after signing in with a code, or with a token that was made so."
        return (in_force, named, Finding(SECOND_FACTOR, False, reason, "you", remedy))
    return (in_force, named, Finding(SECOND_FACTOR, True, "the person has given a second factor."))


def rule(agreement: Agreement, query: Query, contracts: Mapping[str, Contract]) -> Ruling:
    """Return the agreement's ruling on a question that it admits."""
    findings = [
        *_on_output(query),
        *_on_datasets(agreement, query),
        *(finding for use in query.uses if (finding := _on_use(agreement, use, contracts))),
        *_on_links(agreement, query),
        *_on_ages(agreement, query, contracts),
    ]
    unique = tuple(dict.fromkeys(findings))
    if all(finding.permitted for finding in unique):
        protection = agreement.safeguards.protection
        permitted = (
            *unique,
            Finding("safeguards", True, f"cells will be protected by the profile {agreement.safeguards.profile}."),
        )
        return Ruling(permitted, Obligations(protection, query.datasets))
    return Ruling(unique, None, _nearest(agreement, query, contracts))


def _on_output(query: Query) -> list[Finding]:
    if query.level is Level.CELLS:
        return [Finding("safeguards: output", True, "only aggregates are asked for.")]
    reason = "it asks for rows about single people or homes; only aggregates may leave."
    return [Finding("safeguards: output", False, reason, NOBODY, "Group and aggregate, for example with count(*).")]


def _on_datasets(agreement: Agreement, query: Query) -> list[Finding]:
    findings = []
    for reference in query.datasets:
        if agreement.terms(reference) is not None:
            findings.append(Finding(f"data: {reference}", True, "the dataset is part of the agreement."))
        else:
            owner = reference.split("/")[0]
            remedy = f"Ask {owner} to share it in a new version of the agreement."
            reason, name = f"the dataset {reference} is not part of the agreement.", reference.split("/")[1]
            findings.append(Finding("data", False, reason, f"the officers of {owner}", remedy, name))
    return findings


def _on_use(agreement: Agreement, use: Use, contracts: Mapping[str, Contract]) -> Finding | None:
    """Return the finding against one use of a column, or None when it is permitted."""
    terms = agreement.terms(use.column.dataset)
    if terms is None:
        return None  # the dataset as a whole is refused
    name = use.column.column
    column = contracts[use.column.dataset].by_name[name]
    organisation = use.column.dataset.split("/")[0]
    clause, owner = f"data: {use.column.dataset}", f"the officers of {organisation}"
    leave_out = f"Leave out {name}."
    treatment = terms.columns.get(name)
    if treatment is None or treatment.name == "withhold":
        reason = f"the column {name} is not shared by the agreement."
        remedy = f"Leave out {name}, or ask {organisation} to share it in a new version."
        return Finding(clause, False, reason, owner, remedy, name)
    if column.kind is None:
        reason, remedy = f"the column {name} has no kind in its contract.", f"Ask the steward to classify {name}."
        return Finding(clause, False, reason, owner, remedy, name)
    if column.kind is Kind.IDENTIFIER:
        reason = f"the column {name} identifies someone directly; it may not be shown, compared, grouped by or calculated with."
        return Finding("identifiers", False, reason, NOBODY, leave_out, name)
    if column.kind is Kind.SPECIAL and agreement.legal.special_category is None:
        reason = f"the column {name} is special category data and no condition is named."
        return Finding("legal", False, reason, owner, leave_out, name)
    if (treatment.name == "link" or column.kind is Kind.LINK) and use.role not in LINK_ROLES:
        reason = (
            f"the column {name} links records; it may be joined on and counted, but not {_AS.get(use.role, use.role)}."
        )
        remedy = f"Use count(DISTINCT {name}), or leave it out."
        return Finding("link columns", False, reason, NOBODY, remedy, name)
    return None


def _on_links(agreement: Agreement, query: Query) -> list[Finding]:
    findings = []
    for link in query.links:
        left, right = str(link.left), str(link.right)
        if any(agreement.terms(side.dataset) is None for side in (link.left, link.right)):
            continue
        if may_equate(agreement.links, left, right):
            findings.append(Finding("links", True, f"{left} may be linked with {right}."))
        else:
            reason = f"{left} may not be linked with {right}."
            findings.append(
                Finding(
                    "links",
                    False,
                    reason,
                    _officers(agreement),
                    "Link on columns that the agreement names under links.",
                    link.left.column,
                )
            )
    return findings


def _on_ages(agreement: Agreement, query: Query, contracts: Mapping[str, Contract]) -> list[Finding]:
    """Return the findings against ages: of columns that are no dates of birth, and beside the date they are taken from.

    A date in bands and the age from it are coarse along different edges: together they would be finer than agreed.
    """
    aged = {use.column for use in query.uses if use.role is Role.AGE}
    findings = []
    for use in query.uses:
        terms = agreement.terms(use.column.dataset)
        treatment = terms.columns.get(use.column.column) if terms else None
        if use.column not in aged or treatment is None:
            continue
        clause, name = f"data: {use.column.dataset}", use.column.column
        column = contracts[use.column.dataset].by_name[name]
        is_date = column.physical_type.upper().startswith(("DATE", "TIMESTAMP")) and column.kind is Kind.QUASI
        if use.role is Role.AGE and not is_date:
            reason = f"the column {name} is no date of birth, so there is no age from it."
            remedy = "Use a date of birth that is shared as a date."
            findings.append(Finding(clause, False, reason, NOBODY, remedy, name))
        if use.role not in {Role.AGE, Role.PASSED} and treatment.name != "keep":
            reason = f"it uses both {name} and the age from it, together finer than the agreement allows."
            findings.append(Finding(clause, False, reason, NOBODY, "Use one of the two.", name))
    return findings


def _nearest(agreement: Agreement, query: Query, contracts: Mapping[str, Contract]) -> str:
    """Return a question near to this one that the agreement permits: a count by what may be grouped by.

    By the question's own group keys if some may be, else by a column that it uses, else by one that is shared.
    """
    shared = [reference for reference in query.datasets if agreement.terms(reference) is not None]
    by_nearness: list[tuple[str, list[str]]] = []
    for grouped in (True, False):
        for reference in shared:
            used = [use for use in query.uses if use.column.dataset == reference]
            wanted = [use.column.column for use in used if not grouped or use.role in {Role.KEY, Role.OUTPUT}]
            by_nearness.append((reference, list(dict.fromkeys(wanted))[: 3 if grouped else None]))
    for reference in shared:
        terms = agreement.terms(reference)
        by_nearness.append((reference, list(terms.columns) if terms else []))
    for place, (reference, names) in enumerate(by_nearness):
        keys = [name for name in names if _may_group(name, reference, agreement, contracts)]
        keys = keys if place < len(shared) else keys[:1]
        if keys:
            listed = ", ".join(f'"{key}"' if not key.isidentifier() else key for key in keys)
            return f"SELECT {listed}, count(*) AS number FROM {reference.replace('/', '.')} GROUP BY {listed}"
    return ""


def _may_group(name: str, reference: str, agreement: Agreement, contracts: Mapping[str, Contract]) -> bool:
    kind = contracts[reference].by_name[name].kind if name in contracts[reference].by_name else None
    terms = agreement.terms(reference)
    treatment = terms.columns.get(name) if terms else None
    return kind in {Kind.QUASI, Kind.PLAIN} and treatment is not None and treatment.name not in {"withhold", "link"}


def _officers(agreement: Agreement) -> str:
    return "the officers of " + ", ".join(party.organisation for party in agreement.parties)


def _see(agreement: Agreement) -> str:
    return f"See: commonweal agreement show {agreement.id}"
