"""Who somebody is to a request: its requester, one who may check it, one of the agreement, or nobody."""

from __future__ import annotations

from commonweal.agreement.document import Agreement
from commonweal.agreement.output_checking import OutputChecking
from commonweal.disclosure.profile import PROFILES, Rules
from commonweal.gateway.output_checking.request import Request
from commonweal.gateway.output_checking.state import Doer
from commonweal.identity.person import Person, Role

CHECKING_ROLES = frozenset({Role.CHECKER, Role.OFFICER})
"""The roles of which a checker must have one."""


def clause_of(agreement: Agreement) -> OutputChecking | None:
    """Return the agreement's clause on output checking when it allows any, else None."""
    clause = agreement.safeguards.output_checking
    return clause if clause is not None and clause.allowed else None


METERED_BY = "uk-tre"
"""The rules that judge for checkers where the agreement's own profile is metered and has none."""


def judged_by(agreement: Agreement) -> tuple[str, Rules]:
    """Return the name and the rules by which cells are judged for checkers: the agreement's own, or `METERED_BY`."""
    safeguards = agreement.safeguards
    if isinstance(safeguards.protection, Rules):
        return str(safeguards.profile), safeguards.protection
    strict = PROFILES[METERED_BY]
    least = max(strict.threshold, safeguards.minimum_count or 0)
    return f"{METERED_BY} (for {safeguards.profile})", strict.tightened(least)


def parts_of(person: Person, request: Request, agreement: Agreement) -> frozenset[Doer]:
    """Return all that a person is to a request under its agreement; empty when it is no matter of theirs.

    The requester is nothing else, whatever roles they have: nobody checks their own.
    """
    if person.email == request.requester:
        return frozenset({Doer.REQUESTER})
    checker = {Doer.CHECKER} if may_check(person, agreement) else set()
    named = {Doer.NAMED} if agreement.person(person.email) is not None else set()
    return frozenset(checker | named)


def may_check(person: Person, agreement: Agreement) -> bool:
    """Tell whether a person may check outputs under an agreement, those of their own aside."""
    clause = clause_of(agreement)
    if clause is None or not CHECKING_ROLES & set(person.roles):
        return False
    if clause.checkers:
        return person.email in {email.casefold() for email in clause.checkers}
    return person.organisation in agreement.organisations
