"""Who may do what: one table, from which buttons, refusals and the documentation are made.

It decides about people and the things around questions. What a question may read is the agreement's to say, and nobody,
administrators included, is above the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from commonweal.errors import NotAllowed
from commonweal.identity.person import Person, Role


class Relation(StrEnum):
    """How a person must stand to the thing that an act is about."""

    ANY = "anything here"
    OWN_ORGANISATION = "what belongs to the person's own organisation"
    PARTY = "an agreement to which the person's organisation is a party"
    NAMED = "an agreement that names the person"
    INVOLVED = "an agreement that names the person, or to which their organisation is a party"
    OWN = "what the person made"
    CONCERNED = "as far as it concerns the person's own organisation"  # judged thing by thing where it is read


class Act(StrEnum):
    """What people do here, apart from asking questions."""

    SEE_CATALOGUE = "see-catalogue"
    ADD_DATASET = "add-dataset"
    CHANGE_DATASET = "change-dataset"
    SEE_AGREEMENT = "see-agreement"
    SEE_DRAFT = "see-draft"
    DRAFT_AGREEMENT = "draft-agreement"
    PROPOSE_AGREEMENT = "propose-agreement"
    SIGN_AGREEMENT = "sign-agreement"
    STOP_AGREEMENT = "stop-agreement"
    SEE_SIBLINGS = "see-siblings"
    COMMENT_ON_AGREEMENT = "comment-on-agreement"
    ASK = "ask"
    SEE_ANSWER = "see-answer"
    OVERSEE_ANSWERS = "oversee-answers"
    PUBLISH_ANSWER = "publish-answer"
    REQUEST_ACCESS = "request-access"
    DECIDE_ACCESS = "decide-access"
    CHECK_OUTPUTS = "check-outputs"
    SEE_LEDGER = "see-ledger"
    SEE_WHO = "see-who"
    SEE_METER = "see-meter"
    MODERATE = "moderate"
    ANSWER_PUBLIC = "answer-public"
    RECORD_INCIDENT = "record-incident"
    MANAGE_PEOPLE = "manage-people"
    MAKE_TOKEN = "make-token"  # noqa: S105 - the name of an act
    SEE_STATUS = "see-status"
    SEE_JOBS = "see-jobs"


@dataclass(frozen=True)
class Rule:
    """One line of the table: the roles that may do an act (none named: every role), and to what."""

    roles: frozenset[Role]
    relation: Relation


_EVERYONE = frozenset(Role)
_LOOKS_AFTER = frozenset({Role.OFFICER})

RULES: dict[Act, Rule] = {
    Act.SEE_CATALOGUE: Rule(_EVERYONE, Relation.ANY),
    Act.ADD_DATASET: Rule(frozenset({Role.STEWARD}), Relation.OWN_ORGANISATION),
    Act.CHANGE_DATASET: Rule(frozenset({Role.STEWARD}), Relation.OWN_ORGANISATION),
    Act.SEE_AGREEMENT: Rule(_EVERYONE, Relation.INVOLVED),
    Act.SEE_DRAFT: Rule(frozenset({Role.OFFICER, Role.STEWARD}), Relation.OWN_ORGANISATION),
    Act.DRAFT_AGREEMENT: Rule(_LOOKS_AFTER, Relation.OWN_ORGANISATION),
    Act.PROPOSE_AGREEMENT: Rule(_LOOKS_AFTER, Relation.PARTY),
    Act.SIGN_AGREEMENT: Rule(_LOOKS_AFTER, Relation.PARTY),
    Act.STOP_AGREEMENT: Rule(_LOOKS_AFTER, Relation.PARTY),
    Act.SEE_SIBLINGS: Rule(frozenset({Role.OFFICER, Role.CHECKER}), Relation.PARTY),
    Act.COMMENT_ON_AGREEMENT: Rule(frozenset({Role.OFFICER, Role.STEWARD}), Relation.PARTY),
    Act.ASK: Rule(_EVERYONE, Relation.NAMED),
    Act.SEE_ANSWER: Rule(_EVERYONE, Relation.NAMED),
    Act.OVERSEE_ANSWERS: Rule(_LOOKS_AFTER, Relation.PARTY),
    Act.PUBLISH_ANSWER: Rule(_LOOKS_AFTER, Relation.PARTY),
    Act.REQUEST_ACCESS: Rule(_EVERYONE, Relation.ANY),
    Act.DECIDE_ACCESS: Rule(frozenset({Role.OFFICER, Role.STEWARD}), Relation.OWN_ORGANISATION),
    Act.CHECK_OUTPUTS: Rule(frozenset({Role.CHECKER}), Relation.NAMED),
    Act.SEE_LEDGER: Rule(frozenset({Role.OFFICER, Role.ADMINISTRATOR, Role.HEAD_OF_SERVICE}), Relation.CONCERNED),
    Act.SEE_WHO: Rule(_LOOKS_AFTER, Relation.CONCERNED),
    Act.SEE_METER: Rule(_EVERYONE, Relation.INVOLVED),
    Act.MODERATE: Rule(_LOOKS_AFTER, Relation.PARTY),
    Act.ANSWER_PUBLIC: Rule(_LOOKS_AFTER, Relation.PARTY),
    Act.RECORD_INCIDENT: Rule(_LOOKS_AFTER, Relation.PARTY),
    Act.MANAGE_PEOPLE: Rule(frozenset({Role.ADMINISTRATOR}), Relation.OWN_ORGANISATION),
    Act.MAKE_TOKEN: Rule(_EVERYONE, Relation.OWN),
    Act.SEE_STATUS: Rule(frozenset({Role.ADMINISTRATOR}), Relation.ANY),
    Act.SEE_JOBS: Rule(_EVERYONE, Relation.OWN),
}
"""What each act takes. An act that is not here may be done by nobody."""


@dataclass(frozen=True)
class Thing:
    """What an act is about, as far as permission needs it: whose it is, who is party to it, whom it names."""

    organisation: str | None = None
    parties: frozenset[str] = frozenset()
    named: frozenset[str] = field(default_factory=frozenset)
    maker: str | None = None


NOTHING = Thing()


def may(person: Person, act: Act, about: Thing = NOTHING) -> bool:
    """Return whether a person may do an act to a thing. Never raises; what is not in the table is not allowed."""
    return not _reason(person, act, about)


def must(person: Person, act: Act, about: Thing = NOTHING) -> None:
    """Let pass who may; `NotAllowed` with the reason and whom to ask otherwise."""
    reason = _reason(person, act, about)
    if reason:
        raise NotAllowed(
            "You may not do this.",
            why=reason,
            remedy="Ask an administrator of your organisation, or an officer of the agreement.",
        )


def _reason(person: Person, act: Act, about: Thing) -> str:
    """Return why not, or nothing when it is allowed."""
    rule = RULES.get(act)
    if rule is None:
        return "No role may do this here."
    if not rule.roles & set(person.roles):
        wanted = " or ".join(sorted(role.value.replace("-", " ") for role in rule.roles))
        return f"This is for people with the role {wanted}."
    return "" if _stands(person, rule.relation, about) else f"This can be done to {rule.relation.value}."


def _stands(person: Person, relation: Relation, about: Thing) -> bool:
    """Return whether a person stands to a thing as they must; what a thing does not say is a no."""
    party, named = person.organisation in about.parties, person.email in about.named
    return {
        Relation.ANY: True,
        Relation.CONCERNED: True,
        Relation.OWN_ORGANISATION: about.organisation == person.organisation,
        Relation.PARTY: party,
        Relation.NAMED: named,
        Relation.INVOLVED: party or named,
        Relation.OWN: about.maker == person.email,
    }[relation]
