"""Purpose: why the data is shared, why it is needed, and who will be better off (ICO code; ATRS 2.2, 2.3)."""

from __future__ import annotations

from enum import StrEnum

from commonweal.agreement.clause import Clause, Words


class PurposeCode(StrEnum):
    """The closed list of purposes; every question is asked for one of them."""

    PREVENTION = "prevention"  # find need early, before harm or cost
    SERVICE_DELIVERY = "service-delivery"  # run or improve a public service
    PLANNING = "planning"  # plan places, homes, staff, budgets
    POLICY = "policy"  # make or change public policy
    EVALUATION = "evaluation"  # find out whether something worked
    RESEARCH = "research"  # research in the public interest
    STATISTICS = "statistics"  # official or management statistics
    PUBLIC_HEALTH = "public-health"  # protect the health of a population
    SAFEGUARDING = "safeguarding"  # protect children and adults at risk
    COMMUNITY_SAFETY = "community-safety"  # prevent crime and disorder
    FRAUD_AND_ERROR = "fraud-and-error"  # find and prevent fraud and error against the public
    DEBT = "debt"  # manage debt owed to the public fairly
    EMERGENCY = "emergency"  # prepare for and respond to emergencies


class Benefit(Clause):
    """One expected benefit: to whom, what, and how it will be measured."""

    to: Words
    what: Words
    measure: Words | None = None


class Purpose(Clause):
    """What the data is for; `statement` is the one sentence that the public reads."""

    code: PurposeCode
    statement: Words
    necessity: Words
    aims: tuple[Words, ...] = ()
    alternatives: Words | None = None  # what else was considered, and why it would not do
    benefits: tuple[Benefit, ...] = ()
