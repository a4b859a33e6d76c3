"""Findings on the purpose: what may be decided about people, by whom, and whether the use could creep."""

from __future__ import annotations

from commonweal.agreement.purpose import PurposeCode
from commonweal.risk.facts import Facts
from commonweal.risk.finding import Axis, Judged, Known, Theme, listed
from commonweal.risk.level import Level
from commonweal.risk.traits import Trait

LOW, MEDIUM, HIGH, SEVERE = Level

KNOWLEDGE = frozenset(
    {PurposeCode.PLANNING, PurposeCode.POLICY, PurposeCode.EVALUATION, PurposeCode.RESEARCH, PurposeCode.STATISTICS}
)
"""Purposes that end in knowledge about groups."""

HELP = frozenset(
    {PurposeCode.PREVENTION, PurposeCode.SERVICE_DELIVERY, PurposeCode.PUBLIC_HEALTH, PurposeCode.EMERGENCY}
)
"""Purposes that end in help for people."""

ENFORCEMENT = frozenset(
    {PurposeCode.SAFEGUARDING, PurposeCode.COMMUNITY_SAFETY, PurposeCode.FRAUD_AND_ERROR, PurposeCode.DEBT}
)
"""Purposes that may end in something done to people against their will."""


def _use(facts: Facts) -> Judged:
    code = facts.agreement.purpose.code
    words = code.value.replace("-", " ")
    if code in KNOWLEDGE:
        return Judged(LOW, f"The purpose is {words}: knowledge about groups, and no decision about one person.")
    if code in HELP:
        return Judged(MEDIUM, f"The purpose is {words}: help, which those who need it did not ask for here.")
    return Judged(HIGH, f"The purpose is {words}: it may end in something done to somebody against their will.")


def _creep(facts: Facts) -> Judged:
    code = facts.agreement.purpose.code
    police, health = facts.with_trait(Trait.OFFENCES), facts.with_trait(Trait.HEALTH)
    about = tuple(each.name for each in (*police, *health))
    if health and code in ENFORCEMENT - {PurposeCode.SAFEGUARDING}:
        return Judged(HIGH, f"Data on health or care ({listed(about)}) would serve enforcement.", about)
    if police and health:
        return Judged(HIGH, f"Data on care and of the police stand side by side ({listed(about)}).", about)
    if police and code not in ENFORCEMENT:
        return Judged(MEDIUM, f"Data of the police ({listed(about)}) would serve another purpose than theirs.", about)
    if len(facts.agreement.purpose.aims) > 5:
        return Judged(MEDIUM, f"There are {len(facts.agreement.purpose.aims)} aims under one purpose.")
    return Judged(LOW, "The data is used for what people would expect of those who hold it.")


def _automated(facts: Facts) -> Judged:
    decisions = facts.agreement.automated_decisions
    if decisions is not None and decisions.used:
        if decisions.human_review is None:
            return Judged(SEVERE, "Answers lead to decisions about people, and nothing says that a human reviews them.")
        return Judged(HIGH, "Answers lead to automated decisions about people, which a human reviews.")
    if facts.agreement.algorithm is not None:
        return Judged(MEDIUM, f"Answers feed a model: {facts.agreement.algorithm.name}.")
    return Judged(LOW, "No decision about a person is automated.")


def _benefit(facts: Facts) -> Judged:
    benefits = facts.agreement.purpose.benefits
    if not benefits:
        return Judged(MEDIUM, "No benefit is named, so nobody can say what the risk is taken for.")
    if any(benefit.measure is None for benefit in benefits):
        return Judged(MEDIUM, "A benefit is named without how it will be measured.")
    return Judged(LOW, "Every benefit says how it will be measured.")


FINDINGS = (
    Known(
        "purpose.use",
        Theme.PURPOSE,
        Axis.HARM,
        "What may be done with what is learnt?",
        {
            LOW: "knowledge about groups: planning, policy, evaluation, research, statistics",
            MEDIUM: "help for people: prevention, service delivery, public health, emergencies",
            HIGH: "safeguarding, community safety, fraud and error, debt",
        },
        "Those who ask have power over those the data is about: the more can be done to somebody, the worse a wrong or "
        "too exact answer is.",
        ("ico-anonymisation", "wp248"),
        "Ask for groups and areas, and keep decisions about persons to the services that know them.",
        _use,
    ),
    Known(
        "purpose.creep",
        Theme.PURPOSE,
        Axis.HARM,
        "Is data used far from what it was given for, or could the use creep?",
        {
            LOW: "it serves what people would expect",
            MEDIUM: "police data for another purpose, or more than five aims",
            HIGH: "health or care data for enforcement, or beside data of the police",
        },
        "People who fear that their nurse's notes reach a bailiff or a constable stay away from the nurse.",
        ("ico-purpose", "caldicott"),
        "Split the agreement by purpose, each with the datasets that it needs.",
        _creep,
    ),
    Known(
        "purpose.automated",
        Theme.PURPOSE,
        Axis.HARM,
        "Do answers lead to decisions about people without a human?",
        {
            LOW: "no",
            MEDIUM: "a model is fed with answers",
            HIGH: "yes, with human review",
            SEVERE: "yes, and no human review is named",
        },
        "A decision that nobody answers for cannot be contested, and an answer with noise in it is no basis for one.",
        ("gdpr-22",),
        "Write who reviews each decision under `automated_decisions.human_review`, or decide by other means.",
        _automated,
    ),
    Known(
        "purpose.benefit",
        Theme.PURPOSE,
        Axis.LIKELIHOOD,
        "Is it said who will be better off, and how that is measured?",
        {LOW: "yes", MEDIUM: "no, or not how it is measured"},
        "A use that cannot say what it is for finds new uses as it goes.",
        ("five-safes", "dea-research"),
        "Name each benefit with its measure under `purpose.benefits`.",
        _benefit,
    ),
)
