"""The parts of an agreement in the order in which they are asked, in plain words."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from commonweal.agreement.drafting.question import Kind, Part, Question, Several
from commonweal.agreement.legal import Article9, AssessmentOutcome, LawfulBasis, Schedule1
from commonweal.agreement.parties import PartyRole
from commonweal.agreement.people import PersonRole
from commonweal.agreement.purpose import PurposeCode
from commonweal.agreement.retention import AfterRetention
from commonweal.agreement.security import Classification, Environment
from commonweal.agreement.sharing import OnwardSharing
from commonweal.disclosure.metered.profile import METERED
from commonweal.disclosure.profile import PROFILES


def _words(codes: Iterable[Enum]) -> dict[str, str]:
    return {str(code.value): str(code.value).replace("-", " ").capitalize() for code in codes}


_PROFILES = {
    "standard": "Standard: noise that is kept, and a meter; for everybody",
    "formal": "Formal: the same with a proven guarantee; less exact",
    "uk-tre": "UK TRE: thresholds, rounding, two checkers; for accredited people in a controlled environment",
    "nhs": "NHS: 1 to 7 hidden, the rest rounded to 5",
    "business": "Business: about firms; at least 3, and none that dominates",
}
_ARTICLE_9 = {code.value: f"({code.value}) {code.name.replace('_', ' ').lower()}" for code in Article9}

PARTS: tuple[Part, ...] = (
    Part(
        "name",
        "What it is called",
        "What is the agreement called?",
        "The title is what people read everywhere. The short name stands in addresses and in every question, and never "
        "changes.",
        ("title", "id", "version"),
        (
            Question("title", Kind.LINE, "Title", "For example, Rent arrears among people who receive care"),
            Question("id", Kind.LINE, "Short name", "Small letters, digits and hyphens, for example arrears-and-care"),
        ),
    ),
    Part(
        "who",
        "Who is a party",
        "Which organisations share or receive data?",
        "Every party signs, and any of them can stop the agreement at once. The owner of every dataset must be a party.",
        ("parties",),
        several=(
            Several(
                "parties",
                "party",
                (
                    Question("organisation", Kind.CHOICE, "Organisation", known="organisations"),
                    Question(
                        "role",
                        Kind.CHOICE,
                        "Role under data protection law",
                        "A controller decides what data is used for",
                        _words(PartyRole),
                        proposed="controller",
                    ),
                    Question("contact.name", Kind.LINE, "Contact: name of a person or team"),
                    Question("contact.email", Kind.LINE, "Contact: email address"),
                    Question("dpo.name", Kind.LINE, "Data protection officer: name"),
                    Question("dpo.email", Kind.LINE, "Data protection officer: email address"),
                ),
            ),
        ),
    ),
    Part(
        "what-for",
        "What it is for",
        "What will the data be used for?",
        "The one sentence is what the public reads first. Every question asked under the agreement is for this purpose.",
        ("purpose.code", "purpose.statement", "purpose.aims", "purpose.benefits"),
        (
            Question("purpose.code", Kind.CHOICE, "Sort of purpose", choices=_words(PurposeCode)),
            Question("purpose.statement", Kind.WORDS, "The purpose in one sentence", "The public will read it"),
            Question("purpose.aims", Kind.LINES, "Aims, if there are several", "One a line"),
        ),
        (
            Several(
                "purpose.benefits",
                "benefit",
                (
                    Question("to", Kind.LINE, "Who will be better off"),
                    Question("what", Kind.LINE, "How they will be better off"),
                    Question("measure", Kind.LINE, "How you will know", "For example, evictions a year"),
                ),
            ),
        ),
    ),
    Part(
        "why-needed",
        "Why it is needed",
        "Why can it not be done without sharing?",
        "The law asks that sharing is necessary: that nothing that intrudes less would do.",
        ("purpose.necessity", "purpose.alternatives"),
        (
            Question("purpose.necessity", Kind.WORDS, "Why sharing is needed"),
            Question("purpose.alternatives", Kind.WORDS, "What else was considered, and why it would not do"),
        ),
    ),
    Part(
        "law",
        "The law",
        "What lets you share?",
        "Name a lawful basis of UK GDPR Article 6 and the Act that gives you the power. Health, religion, ethnicity and "
        "the like need a condition more, and so do offences. An impact assessment must say that the sharing can go ahead.",
        ("legal",),
        (
            Question(
                "legal.lawful_basis",
                Kind.CHOICE,
                "Lawful basis (UK GDPR Article 6)",
                choices=_words(LawfulBasis),
                proposed="public-task",
            ),
            Question("legal.power", Kind.LINES, "Act and section", "One a line, for example Care Act 2014 s.6"),
            Question(
                "legal.special_category.article_9",
                Kind.CHOICE,
                "Special category data: condition of Article 9(2)",
                "Leave empty if there is no such data",
                _ARTICLE_9,
            ),
            Question(
                "legal.special_category.schedule_1",
                Kind.CHOICE,
                "Special category data: condition of Schedule 1",
                "Needed with (b), (g), (h), (i) and (j)",
                _words(Schedule1),
            ),
            Question(
                "legal.criminal_offence.schedule_1",
                Kind.CHOICE,
                "Criminal offence data: condition of Schedule 1",
                "Leave empty if there is no such data",
                _words(Schedule1),
            ),
            Question(
                "legal.dpia.needed", Kind.YES_NO, "Is a data protection impact assessment needed?", proposed="true"
            ),
            Question(
                "legal.dpia.outcome", Kind.CHOICE, "What the assessment came to", choices=_words(AssessmentOutcome)
            ),
            Question("legal.dpia.completed", Kind.DAY, "Day on which it was completed"),
            Question("legal.dpia.review", Kind.DAY, "Day on which it will be reviewed"),
            Question("legal.dpia.reference", Kind.LINE, "Where it can be found"),
            Question("legal.dpia.why_not_needed", Kind.WORDS, "If none is needed, why not"),
        ),
    ),
    Part(
        "data",
        "The data",
        "Which datasets are shared, and why each?",
        "Only what is named here can be asked about. A condition keeps rows out: those for which it is not true are not "
        "there. A dataset that you take away takes its columns with it.",
        ("data", "data.dataset", "data.because", "data.rows"),
        several=(
            Several(
                "data",
                "dataset",
                (
                    Question("dataset", Kind.CHOICE, "Dataset", known="datasets"),
                    Question("because", Kind.WORDS, "Why it is needed"),
                    Question("rows", Kind.LINE, "Only rows where", "For example, tenancy <> 'leasehold'"),
                ),
            ),
        ),
    ),
    Part(
        "columns",
        "The columns",
        "How is each column shared?",
        "A treatment is done to a column before any question sees it. A safe one is proposed for each; what is not "
        "needed is best withheld.",
        ("data.columns",),
    ),
    Part(
        "links",
        "The links",
        "Which datasets may be joined?",
        "Columns are joined by tokens that hold in this agreement alone. Only columns that are shared as a link can be.",
        ("links",),
        optional=True,
    ),
    Part(
        "safeguards",
        "Safeguards",
        "How are answers protected?",
        "Answers are always aggregates. The profile says how small groups are protected; an agreement can ask for more "
        "and never for less. The advice on the draft's page says which profiles may be chosen.",
        ("safeguards", "security"),
        (
            Question(
                "safeguards.profile",
                Kind.CHOICE,
                "Profile",
                choices={name: _PROFILES.get(name, name) for name in (*METERED, *PROFILES)},
                proposed="standard",
            ),
            Question(
                "safeguards.minimum_count",
                Kind.NUMBER,
                "Fewest people in a group that is shown",
                "10 or more",
                proposed="10",
            ),
            Question("security.mfa", Kind.YES_NO, "Must who asks give a second factor?", proposed="true"),
            Question("security.environment", Kind.CHOICE, "Where people work", choices=_words(Environment)),
            Question("security.classification", Kind.CHOICE, "Security classification", choices=_words(Classification)),
            Question("security.access", Kind.WORDS, "How access is held to those who need it"),
            Question("security.training", Kind.WORDS, "What training people have had"),
        ),
    ),
    Part(
        "people",
        "People",
        "Who may ask?",
        "Only people named here can ask. Each must be known to this installation.",
        ("people",),
        several=(
            Several(
                "people",
                "person",
                (
                    Question("email", Kind.LINE, "Email address", known="people"),
                    Question("role", Kind.CHOICE, "Role", choices=_words(PersonRole), proposed="analyst"),
                    Question("reason", Kind.LINE, "Why they need it"),
                    Question("accreditation.scheme", Kind.LINE, "Accreditation, if there is one: scheme"),
                    Question("accreditation.until", Kind.DAY, "Accreditation: last day"),
                ),
            ),
        ),
    ),
    Part(
        "dates",
        "Dates",
        "From when until when?",
        "Nothing is answered before the first day or after the last. Past the review and the days of grace, answers stop "
        "until a reviewed version is signed.",
        ("term",),
        (
            Question("term.from", Kind.DAY, "First day"),
            Question("term.until", Kind.DAY, "Last day"),
            Question("term.review", Kind.DAY, "Day by which it is reviewed"),
            Question("term.grace_days", Kind.NUMBER, "Days of grace after that", proposed="14"),
        ),
    ),
    Part(
        "retention",
        "Keeping and deleting",
        "How long are results kept?",
        "Counted from the day of the answer. Outputs that checkers released are deleted when the time is over.",
        ("retention",),
        (
            Question("retention.results", Kind.LINE, "How long", "For example, 90 days or 1 year", proposed="1 year"),
            Question(
                "retention.then", Kind.CHOICE, "What happens then", choices=_words(AfterRetention), proposed="delete"
            ),
        ),
    ),
    Part(
        "sharing",
        "Passing on",
        "Who may be given the answers?",
        "Trying to recognise anybody in an answer is forbidden in every agreement.",
        ("onward_sharing", "publication", "location", "sharing"),
        (
            Question(
                "onward_sharing",
                Kind.CHOICE,
                "Answers may be passed on to",
                choices={
                    OnwardSharing.NONE.value: "Nobody outside the parties",
                    OnwardSharing.WITH_CONSENT_OF_ALL_PARTIES.value: "Others, if every party agrees",
                    OnwardSharing.PUBLISHED.value: "Everybody: they are published",
                },
                proposed="none",
            ),
            Question("publication", Kind.WORDS, "What will be published, and where"),
            Question("sharing.frequency", Kind.LINE, "How often questions are expected"),
            Question("location.storage", Kind.LINE, "Where the data is kept"),
        ),
    ),
    Part(
        "transparency",
        "What people are told",
        "What are people told?",
        "An agreement that is public stands in the register from the day a party signs it. People can ask for what is "
        "held about them, and complain: say whom they write to.",
        ("transparency", "rights"),
        (
            Question("transparency.public", Kind.YES_NO, "Is it shown in the public register?", proposed="true"),
            Question(
                "transparency.privacy_notice", Kind.LINE, "Address of the privacy notice", "It begins with https://"
            ),
            Question("transparency.notice_text", Kind.WORDS, "What the notice says, in short"),
            Question("rights.contact.name", Kind.LINE, "Contact for people's rights: name"),
            Question("rights.contact.email", Kind.LINE, "Contact for people's rights: email address"),
        ),
    ),
)
"""Every part."""

PART: dict[str, Part] = {part.name: part for part in PARTS}
"""Every part by its name."""
