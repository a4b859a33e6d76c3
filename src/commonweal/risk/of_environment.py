"""Findings on the environment: the Five Safes, read from the document's clauses.

The five are people, projects, settings, data and outputs; each is a scale, and one can make up for another.
"""

from __future__ import annotations

from commonweal.agreement.people import PersonRole
from commonweal.agreement.security import Environment
from commonweal.catalogue.contract import Kind
from commonweal.disclosure.metered.profile import METERED
from commonweal.risk.admitted import Admitted
from commonweal.risk.facts import Facts
from commonweal.risk.finding import Axis, Judged, Known, Theme, listed
from commonweal.risk.level import Level
from commonweal.risk.of_data import FINE

LOW, MEDIUM, HIGH, SEVERE = Level


def _people(facts: Facts) -> Judged:
    asking = [person for person in facts.agreement.people if person.role is PersonRole.ANALYST]
    lapsed = [p for p in asking if p.accreditation is None or p.accreditation.until < facts.today]
    number = "1 person" if len(asking) == 1 else f"{len(asking)} people"
    if asking and not lapsed:
        return Judged(LOW, f"{number} may ask, and all are accredited.")
    if facts.agreement.security.training is not None:
        return Judged(MEDIUM, f"{number} may ask; training is demanded, and {len(lapsed)} are not accredited.")
    return Judged(HIGH, f"{number} may ask; nothing says how they are trained or vetted.")


def _projects(facts: Facts) -> Judged:
    dpia = facts.agreement.legal.dpia
    needs = bool(facts.of_kind(Kind.SPECIAL)) or len(facts.agreement.data) > 1
    if not dpia.needed:
        if needs:
            return Judged(HIGH, "No impact assessment was made, though datasets are combined or of a special category.")
        return Judged(MEDIUM, "No impact assessment was made, for the reason that is given.")
    if dpia.review is not None and dpia.review < facts.today:
        return Judged(HIGH, "The impact assessment is overdue for review.")
    ethics = facts.agreement.assessments is not None and facts.agreement.assessments.ethics is not None
    if needs and dpia.dpo_advice is None and not ethics:
        return Judged(MEDIUM, "An impact assessment was made; what the data protection officer said is not recorded.")
    return Judged(LOW, "An impact assessment was made and is up to date.")


def _settings(facts: Facts) -> Judged:
    security = facts.agreement.security
    valid = [certificate for certificate in security.certificates if certificate.expires >= facts.today]
    if security.environment is Environment.CONTROLLED:
        return Judged(LOW, "Answers are worked with in a controlled environment.")
    if security.environment is Environment.OPEN:
        return Judged(HIGH, "Answers may be worked with anywhere.")
    if security.environment is Environment.OWN_NETWORK or valid or (security.access and security.storage):
        return Judged(MEDIUM, "Answers are worked with in the parties' own networks.")
    return Judged(HIGH, "Nothing says where answers are worked with, or how they are kept.")


def _data(facts: Facts) -> Judged:
    fine = tuple(each.name for each in facts.of_kind(Kind.QUASI) if each.levels > FINE)
    level = LOW if not fine else MEDIUM if len(fine) == 1 else HIGH
    if not fine:
        return Judged(level, "Names and keys never reach a question, and what others may know is coarse.")
    return Judged(level, f"Names and keys never reach a question, but {listed(fine)} stays fine.", fine)


def judged_outputs(facts: Facts, profiles: tuple[Admitted, ...]) -> Judged:
    """Return the finding on outputs, which needs to know the profiles that may be chosen."""
    chosen = str(facts.agreement.safeguards.profile)
    found = next((each for each in profiles if each.profile == chosen), None)
    if found is None or not found.allowed:
        reason = found.reason if found else "nothing is known of it"
        return Judged(SEVERE, f"The profile {chosen} should not be chosen here: {reason}.")
    if chosen in METERED:
        return Judged(LOW, f"The profile {chosen} holds against any sequence of questions.")
    return Judged(MEDIUM, f"The profile {chosen} protects one answer at a time; people check what leaves.")


FINDINGS = (
    Known(
        "safe.people",
        Theme.ENVIRONMENT,
        Axis.LIKELIHOOD,
        "Safe people: can those who ask be trusted to use it well?",
        {
            LOW: "all who ask are accredited today",
            MEDIUM: "training is demanded in `security.training`",
            HIGH: "nothing is said",
        },
        "A trained person knows what not to ask, and has something to lose.",
        ("five-safes", "dea-research"),
        "Write each person's `accreditation`, or at least `security.training` and `security.vetting`.",
        _people,
    ),
    Known(
        "safe.projects",
        Theme.ENVIRONMENT,
        Axis.LIKELIHOOD,
        "Safe projects: was it judged whether this use is right?",
        {
            LOW: "an impact assessment was made and is up to date",
            MEDIUM: "it was made without recorded advice, or is not needed for one plain dataset",
            HIGH: "it is overdue, or was not made though datasets are combined or of a special category",
        },
        "Combining datasets and special category data are each a criterion of high risk; the law asks for an assessment.",
        ("five-safes", "gdpr-35", "wp248"),
        "Make or renew the assessment, and record the officer's words under `legal.dpia.dpo_advice`.",
        _projects,
    ),
    Known(
        "safe.settings",
        Theme.ENVIRONMENT,
        Axis.LIKELIHOOD,
        "Safe settings: where do people work with answers?",
        {
            LOW: "in a controlled environment",
            MEDIUM: "in the parties' own networks, or under a certificate that is valid",
            HIGH: "anywhere, or nothing is said",
        },
        "Where answers can be copied freely, all that is released is there to be put together.",
        ("five-safes", "osr"),
        "Write `security.environment`, and the certificates that each party holds.",
        _settings,
    ),
    Known(
        "safe.data",
        Theme.ENVIRONMENT,
        Axis.LIKELIHOOD,
        "Safe data: what was done to the data before a question sees it?",
        {
            LOW: "no column that others may know has more than a hundred levels",
            MEDIUM: "one such column has",
            HIGH: "two or more have",
        },
        "A column with many levels tells many people apart all by itself.",
        ("five-safes", "ukan"),
        "Coarsen the columns that are named.",
        _data,
    ),
)

OUTPUTS = Known(
    "safe.outputs",
    Theme.ENVIRONMENT,
    Axis.LIKELIHOOD,
    "Safe outputs: do the answers hold, one by one and together?",
    {
        LOW: "a metered profile that may be chosen here",
        MEDIUM: "a rules profile that may be chosen here",
        SEVERE: "a profile that should not be chosen here",
    },
    "Thresholds, rounding and noise drawn anew each fall to some series of questions; people must then stand in the way.",
    ("five-safes", "sdap", "gadotti", "measured"),
    "Choose a profile that is advised, or meet the conditions of the one that is chosen.",
    lambda facts: judged_outputs(facts, ()),
    of_profile=True,
)
