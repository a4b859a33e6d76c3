"""The law and the safeguards of an agreement in sentences that anybody can read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from commonweal.agreement.document import Agreement
from commonweal.agreement.fields import Enforcement, field_of
from commonweal.agreement.legal import Article9, AssessmentOutcome, ImpactAssessment, LawfulBasis
from commonweal.agreement.register.public import Protection
from commonweal.agreement.sharing import OnwardSharing
from commonweal.disclosure.metered.profile import Metered

BASIS: dict[LawfulBasis, str] = {
    LawfulBasis.CONSENT: "the people concerned have consented (UK GDPR Article 6(1)(a))",
    LawfulBasis.CONTRACT: "it is needed for a contract with the people concerned (UK GDPR Article 6(1)(b))",
    LawfulBasis.LEGAL_OBLIGATION: "the law requires it (UK GDPR Article 6(1)(c))",
    LawfulBasis.VITAL_INTERESTS: "it is needed to protect somebody's life (UK GDPR Article 6(1)(d))",
    LawfulBasis.PUBLIC_TASK: "it is needed for a task in the public interest (UK GDPR Article 6(1)(e))",
    LawfulBasis.RECOGNISED_LEGITIMATE_INTERESTS: "it serves a recognised legitimate interest (UK GDPR Article 6(1)(ea))",
    LawfulBasis.LEGITIMATE_INTERESTS: "it serves a legitimate interest (UK GDPR Article 6(1)(f))",
}

ARTICLE_9: dict[Article9, str] = {
    Article9.EXPLICIT_CONSENT: "what the people concerned have explicitly consented to",
    Article9.EMPLOYMENT_AND_SOCIAL_PROTECTION: "employment, social security and social protection",
    Article9.VITAL_INTERESTS: "protecting somebody's life",
    Article9.NOT_FOR_PROFIT_BODIES: "the work of a not-for-profit body",
    Article9.MADE_PUBLIC: "what the people concerned have made public",
    Article9.LEGAL_CLAIMS: "legal claims or judicial acts",
    Article9.SUBSTANTIAL_PUBLIC_INTEREST: "substantial public interest",
    Article9.HEALTH_OR_SOCIAL_CARE: "health or social care",
    Article9.PUBLIC_HEALTH: "public health",
    Article9.ARCHIVING_RESEARCH_STATISTICS: "archiving, research and statistics",
}

OUTCOME: dict[AssessmentOutcome, str] = {
    AssessmentOutcome.PROCEED: "the sharing may proceed",
    AssessmentOutcome.PROCEED_WITH_SAFEGUARDS: "the sharing may proceed with the safeguards below",
    AssessmentOutcome.CONSULT_ICO: "the Information Commissioner must be consulted first",
    AssessmentOutcome.DO_NOT_PROCEED: "the sharing must not proceed",
}

ONWARD: dict[OnwardSharing, str] = {
    OnwardSharing.NONE: "Answers are not passed on to anybody outside the parties.",
    OnwardSharing.WITH_CONSENT_OF_ALL_PARTIES: "Answers are passed on only if every party consents.",
    OnwardSharing.PUBLISHED: "Answers are published for everybody.",
}


def written_day(day: date) -> str:
    """Return a day as people write it: 1 December 2026."""
    return f"{day.day} {day:%B %Y}"


def law_of(agreement: Agreement) -> tuple[str, ...]:
    """Return what the sharing rests on in law, a sentence each."""
    return tuple(_law(agreement))


def _law(agreement: Agreement) -> Iterator[str]:
    legal = agreement.legal
    yield f"Lawful basis: {BASIS[legal.lawful_basis]}."
    for party in agreement.parties:
        if party.lawful_basis not in (None, legal.lawful_basis):
            assert party.lawful_basis is not None
            yield f"For {party.organisation} the lawful basis is that {BASIS[party.lawful_basis]}."
    special = legal.special_category
    if special is not None:
        words = f"Sensitive data (special category) is used for {ARTICLE_9[special.article_9]}"
        words += f": UK GDPR Article 9(2)({special.article_9})"
        if special.schedule_1:
            words += f", with the condition {_spoken(special.schedule_1)} of Schedule 1 to the Data Protection Act 2018"
        yield f"{words}."
    if legal.criminal_offence is not None:
        condition = _spoken(legal.criminal_offence.schedule_1)
        yield f"Data about offences is used under UK GDPR Article 10, with the condition {condition} of Schedule 1."
    if legal.law_enforcement is not None:
        yield f"It is for law enforcement: {legal.law_enforcement.law_enforcement_purpose}"


def assessment_of(dpia: ImpactAssessment) -> str:
    """Return what the data protection impact assessment came to, in a sentence or two."""
    if not dpia.needed:
        return f"No data protection impact assessment is needed: {dpia.why_not_needed}"
    assert dpia.outcome is not None and dpia.completed is not None and dpia.review is not None
    advice = f" The data protection officer's advice: {dpia.dpo_advice}" if dpia.dpo_advice else ""
    return (
        f"A data protection impact assessment was completed on {written_day(dpia.completed)}: "
        f"{OUTCOME[dpia.outcome]}. It is looked at again by {written_day(dpia.review)}.{advice}"
    )


def protections_of(agreement: Agreement) -> tuple[Protection, ...]:
    """Return what protects people, with what this software does about each."""
    return tuple(
        Protection(words, enforcement if isinstance(enforcement, Enforcement) else field_of(enforcement).enforcement)
        for words, enforcement in _protections(agreement)
    )


def _protections(agreement: Agreement) -> Iterator[tuple[str, Enforcement | tuple[str, ...]]]:
    safeguards = agreement.safeguards
    yield "Nobody who asks gets a copy of the data: questions are answered where it is kept.", ("data",)
    yield "Only statistics about groups leave, never a line about one person.", ("safeguards",)
    yield from ((words, ("safeguards",)) for words in _profile(agreement))
    yield "Only the columns listed here can be read, each changed as it says there.", ("data", "columns")
    if agreement.links:
        yield "Records are brought together by codes that mean nothing outside this agreement.", ("links",)
    yield "Only people named in the agreement may ask, and every question is recorded before it is run.", ("people",)
    checking = safeguards.output_checking
    if checking is not None and checking.allowed:
        yield (
            f"What the rules withhold leaves only if {checking.least} different checkers approve it.",
            ("safeguards", "output_checking"),
        )
    yield (
        "Answers stop the moment a party suspends it, after its last day, and when its review is missed.",
        ("(status)",),
    )
    yield "Nobody may try to recognise people in answers.", ("reidentification",)
    yield ONWARD[agreement.onward_sharing], ("onward_sharing",)
    security = agreement.security
    for certificate in security.certificates:
        yield (
            f"{certificate.organisation} holds {certificate.name} until {written_day(certificate.expires)}.",
            ("security", "certificates"),
        )
    for words in (security.access, security.transfer, security.storage, security.training, security.vetting):
        if words:
            yield words, ("security",)


def _profile(agreement: Agreement) -> Iterator[str]:
    protection = agreement.safeguards.protection
    if isinstance(protection, Metered):
        yield (
            f"Every number carries random noise, and groups of fewer than {protection.threshold} are not shown "
            f"(rules: {protection.name}). What may be learnt about anybody from all answers together is limited."
        )
        return
    rounding = f", and counts are rounded to {protection.rounding}" if protection.rounding > 1 else ""
    yield (
        f"Groups of fewer than {protection.threshold} are not shown{rounding} (rules: {agreement.safeguards.profile})."
    )


def retention_of(agreement: Agreement) -> str:
    """Return how long answers and extracts are kept, and what happens to them then."""
    kept = agreement.retention
    then = {"delete": "deleted", "return": "given back", "archive": "archived"}[kept.then.value]
    words = f"Results are kept for {kept.results} and then {then}."
    if kept.extracts:
        words += f" Extracts are kept for {kept.extracts}."
    return f"{words} {kept.deletion_certificate}" if kept.deletion_certificate else words


def _spoken(value: object) -> str:
    return f"\u2018{str(value).replace('-', ' ')}\u2019"
