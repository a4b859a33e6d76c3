"""Legal: lawful basis, power, conditions for special category and criminal offence data, and the impact assessment.

UK GDPR Articles 6, 9, 10 and 35; Data Protection Act 2018 Part 3 and Schedules 1 and 8; Data (Use and Access) Act 2025.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from commonweal.agreement.clause import Clause, Day, Words


class LawfulBasis(StrEnum):
    """UK GDPR Article 6(1)."""

    CONSENT = "consent"  # (a)
    CONTRACT = "contract"  # (b)
    LEGAL_OBLIGATION = "legal-obligation"  # (c)
    VITAL_INTERESTS = "vital-interests"  # (d)
    PUBLIC_TASK = "public-task"  # (e)
    RECOGNISED_LEGITIMATE_INTERESTS = "recognised-legitimate-interests"  # (ea), added by the 2025 Act
    LEGITIMATE_INTERESTS = "legitimate-interests"  # (f)


class PowerStatus(StrEnum):
    """Whether a statutory power can be relied on today (DEA register: powers)."""

    IN_FORCE = "in-force"
    NOT_YET_IN_FORCE = "not-yet-in-force"
    REPEALED = "repealed"


class Power(Clause):
    """A statutory power or duty that lets a party share."""

    name: Words
    status: PowerStatus = PowerStatus.IN_FORCE


def _as_powers(value: object) -> object:
    """Let one power be written as plain words."""
    if isinstance(value, str):
        return ({"name": value},)
    if isinstance(value, list | tuple):
        return tuple({"name": item} if isinstance(item, str) else item for item in value)
    return value


class Article9(StrEnum):
    """UK GDPR Article 9(2): the condition, by its letter."""

    EXPLICIT_CONSENT = "a"
    EMPLOYMENT_AND_SOCIAL_PROTECTION = "b"
    VITAL_INTERESTS = "c"
    NOT_FOR_PROFIT_BODIES = "d"
    MADE_PUBLIC = "e"
    LEGAL_CLAIMS = "f"
    SUBSTANTIAL_PUBLIC_INTEREST = "g"
    HEALTH_OR_SOCIAL_CARE = "h"
    PUBLIC_HEALTH = "i"
    ARCHIVING_RESEARCH_STATISTICS = "j"


class Schedule1(StrEnum):
    """Data Protection Act 2018, Schedule 1: conditions of Parts 1 (1 to 4), 2 (6 to 28) and 3 (29 to 37)."""

    EMPLOYMENT_AND_SOCIAL_PROTECTION = "employment-and-social-protection"
    HEALTH_OR_SOCIAL_CARE = "health-or-social-care"
    PUBLIC_HEALTH = "public-health"
    RESEARCH = "research"
    STATUTORY_AND_GOVERNMENT = "statutory-and-government"
    ADMINISTRATION_OF_JUSTICE = "administration-of-justice"
    EQUALITY_OF_OPPORTUNITY = "equality-of-opportunity"
    SENIOR_LEVEL_DIVERSITY = "senior-level-diversity"
    UNLAWFUL_ACTS = "preventing-or-detecting-unlawful-acts"
    PROTECTING_FROM_DISHONESTY = "protecting-the-public-from-dishonesty"
    REGULATORY = "regulatory-requirements"
    JOURNALISM = "journalism"
    FRAUD = "preventing-fraud"
    TERRORIST_FINANCING = "terrorist-financing-or-money-laundering"
    SUPPORT_FOR_DISABILITY = "support-for-disability-or-condition"
    COUNSELLING = "counselling"
    SAFEGUARDING = "safeguarding-children-and-people-at-risk"
    ECONOMIC_WELLBEING = "safeguarding-economic-well-being"
    INSURANCE = "insurance"
    OCCUPATIONAL_PENSIONS = "occupational-pensions"
    POLITICAL_PARTIES = "political-parties"
    ELECTED_REPRESENTATIVES = "elected-representatives"
    PUBLICATION_OF_JUDGMENTS = "publication-of-judgments"
    SPORT = "sport"
    CONSENT = "consent"
    VITAL_INTERESTS = "vital-interests"
    NOT_FOR_PROFIT_BODIES = "not-for-profit-bodies"
    MADE_PUBLIC = "made-public"
    LEGAL_CLAIMS = "legal-claims"
    JUDICIAL_ACTS = "judicial-acts"


_PART_1 = {
    Article9.EMPLOYMENT_AND_SOCIAL_PROTECTION: Schedule1.EMPLOYMENT_AND_SOCIAL_PROTECTION,
    Article9.HEALTH_OR_SOCIAL_CARE: Schedule1.HEALTH_OR_SOCIAL_CARE,
    Article9.PUBLIC_HEALTH: Schedule1.PUBLIC_HEALTH,
    Article9.ARCHIVING_RESEARCH_STATISTICS: Schedule1.RESEARCH,
}
_CODES = tuple(Schedule1)
_PART_2 = frozenset(_CODES[_CODES.index(Schedule1.STATUTORY_AND_GOVERNMENT) : _CODES.index(Schedule1.CONSENT)])


class SpecialCategory(Clause):
    """The conditions for special category data; Article 9(2)(b), (g), (h), (i) and (j) each need one of Schedule 1
    too.
    """

    article_9: Article9
    schedule_1: Schedule1 | None = None
    policy_document: Words | None = None  # the appropriate policy document that most conditions of Schedule 1 need

    @model_validator(mode="after")
    def _conditions_agree(self) -> SpecialCategory:
        """Hold the two conditions to section 10 of the Data Protection Act 2018."""
        needed = _PART_1.get(self.article_9)
        if needed is not None and self.schedule_1 is not needed:
            raise ValueError(f"Article 9(2)({self.article_9}) goes with `schedule_1: {needed}`")
        if self.article_9 is Article9.SUBSTANTIAL_PUBLIC_INTEREST and self.schedule_1 not in _PART_2:
            raise ValueError(f"Article 9(2)(g) needs a `schedule_1` condition of Part 2: {', '.join(sorted(_PART_2))}")
        return self


class CriminalOffence(Clause):
    """The condition for data about offences and convictions (UK GDPR Article 10, section 10(5) of the 2018 Act)."""

    schedule_1: Schedule1
    policy_document: Words | None = None


class LawEnforcement(Clause):
    """Processing for law enforcement under Part 3 of the 2018 Act, with its Schedule 8 condition where sensitive."""

    law_enforcement_purpose: Words
    schedule_8: Words | None = None


class AssessmentOutcome(StrEnum):
    """What an assessment came to."""

    PROCEED = "proceed"
    PROCEED_WITH_SAFEGUARDS = "proceed-with-safeguards"
    CONSULT_ICO = "consult-ico"  # Article 36: high risk remains; the Commissioner must be asked first
    DO_NOT_PROCEED = "do-not-proceed"


class ImpactAssessment(Clause):
    """The data protection impact assessment (Article 35), or why none is needed."""

    needed: bool = True
    why_not_needed: Words | None = None
    outcome: AssessmentOutcome | None = None
    completed: Day | None = None
    review: Day | None = None
    dpo_advice: Words | None = None
    reference: Words | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> ImpactAssessment:
        """Refuse half an assessment, and one that says no."""
        if not self.needed:
            if self.why_not_needed is None:
                raise ValueError("say in `why_not_needed` why no impact assessment is needed")
            return self
        if self.outcome is None or self.completed is None or self.review is None:
            raise ValueError(
                "an impact assessment needs its `outcome`, the day it was `completed` and its `review` day"
            )
        if self.outcome is AssessmentOutcome.DO_NOT_PROCEED:
            raise ValueError("the impact assessment says do not proceed, so there can be no agreement")
        if self.outcome is AssessmentOutcome.CONSULT_ICO:
            raise ValueError("the Information Commissioner must be consulted first; record the outcome after that")
        if self.review < self.completed:
            raise ValueError("the impact assessment's `review` lies before the day it was `completed`")
        return self


class Legal(Clause):
    """The law that the sharing rests on."""

    lawful_basis: LawfulBasis
    power: Annotated[tuple[Power, ...], BeforeValidator(_as_powers), Field(min_length=1)]
    dpia: ImpactAssessment
    special_category: SpecialCategory | None = None
    criminal_offence: CriminalOffence | None = None
    law_enforcement: LawEnforcement | None = None

    @model_validator(mode="after")
    def _has_power(self) -> Legal:
        """Refuse to rest on powers that are all repealed or not yet made."""
        if all(power.status is not PowerStatus.IN_FORCE for power in self.power):
            raise ValueError("none of the powers named is in force")
        return self
