"""Which disclosure profiles an agreement may choose, each with its reason.

It looks at the document, the contracts and the day, never at data or at what was asked before: so that it can be judged
again at every question and tells nothing about anyone.
"""

from __future__ import annotations

from dataclasses import dataclass

from commonweal.agreement.document import Agreement
from commonweal.agreement.people import PersonRole
from commonweal.agreement.security import Environment
from commonweal.catalogue.contract import Contract, Kind
from commonweal.risk.facts import Facts
from commonweal.risk.finding import listed
from commonweal.risk.level import Level
from commonweal.risk.traits import Trait

MOST_COLUMNS = 12
"""The widest view that `standard` takes (quasi columns of one subject)."""

CHECKERS = 2


@dataclass(frozen=True)
class Admitted:
    """A profile by name, whether the agreement may choose it, and why (not)."""

    profile: str
    allowed: bool
    reason: str

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON-ready values."""
        return {"profile": self.profile, "allowed": self.allowed, "reason": self.reason}


def admitted(facts: Facts, standing: Level) -> tuple[Admitted, ...]:
    """Return every profile, the one to prefer first; `standing` is the level without data, record and profile."""
    return (_standard(facts, standing), _formal(), _uk_tre(facts), _nhs(facts, standing), _business(facts, standing))


def _standard(facts: Facts, standing: Level) -> Admitted:
    if facts.width > MOST_COLUMNS:
        reason = f"one subject has {facts.width} columns that others may know, and it takes {MOST_COLUMNS} at most"
        return Admitted("standard", False, reason)
    if standing is Level.SEVERE:
        reason = "the risk is severe before anything is asked, and decisions that look at the data are ruled out"
        return Admitted("standard", False, reason)
    return Admitted("standard", True, "it holds against any sequence of questions, and is the default")


def _formal() -> Admitted:
    return Admitted(
        "formal", True, "it gives a stated guarantee whatever is asked and known, at the price of more noise"
    )


def _uk_tre(facts: Facts) -> Admitted:
    missing = tuple(lacking_for_rules(facts))
    if missing:
        lacking = listed(missing)
        reason = (
            f"its rules do not hold against a series of questions, so it is for a controlled environment: {lacking}"
        )
        return Admitted("uk-tre", False, reason)
    return Admitted("uk-tre", True, "the people are accredited, the environment is controlled, and outputs are checked")


def lacking_for_rules(facts: Facts) -> list[str]:
    """Return what the agreement lacks for rules to suffice: accredited people, a controlled environment, two checkers."""
    agreement, missing = facts.agreement, []
    asking = [person for person in agreement.people if person.role is PersonRole.ANALYST]
    if not asking or any(p.accreditation is None or p.accreditation.until < facts.today for p in asking):
        missing.append("not everybody who asks is accredited today")
    if agreement.security.environment is not Environment.CONTROLLED:
        missing.append("`security.environment` is not `controlled`")
    if not _checks_outputs(agreement):
        missing.append("two people who check outputs are not named")
    return missing


def _checks_outputs(agreement: Agreement) -> bool:
    """Return whether two checkers are named among the people, or output checking is agreed (it asks for two at least)."""
    named = {person.email.casefold() for person in agreement.people if person.role is PersonRole.CHECKER}
    agreed = agreement.safeguards.output_checking
    return len(named) >= CHECKERS or (agreed is not None and agreed.allowed)


def _nhs(facts: Facts, standing: Level) -> Admitted:
    others = tuple(each.name for each in facts.secrets if Trait.HEALTH not in each.traits)
    if others:
        return Admitted("nhs", False, f"it is for statistics of health and care, and {listed(others)} is not")
    if standing is Level.SEVERE:
        return Admitted("nhs", False, "the risk is severe, and its rules do not hold against a series of questions")
    return Admitted(
        "nhs", True, "all that is to be protected is health or care; it suits fixed tables, not free asking"
    )


def _business(facts: Facts, standing: Level) -> Admitted:
    kinds = {entity.kind for contract in _shared(facts) for entity in contract.entities}
    special = facts.of_kind(Kind.SPECIAL)
    if kinds != {"business"} or special:
        others = tuple(sorted(kinds - {"business"})) or ("special category data",)
        return Admitted("business", False, f"it is for statistics of businesses, and here is {listed(others)}")
    if standing is Level.SEVERE:
        return Admitted(
            "business", False, "the risk is severe, and its rules do not hold against a series of questions"
        )
    return Admitted("business", True, "the data is about businesses only")


def _shared(facts: Facts) -> list[Contract]:
    return [facts.contracts[terms.dataset] for terms in facts.agreement.data if terms.dataset in facts.contracts]
