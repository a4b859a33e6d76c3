"""What an assessment has to say while an agreement is being written: a warning about a profile that should not be chosen."""

from __future__ import annotations

from commonweal.agreement.reading import Problem, Severity
from commonweal.agreement.yaml_places import read_yaml
from commonweal.disclosure.metered.profile import METERED
from commonweal.disclosure.profile import PROFILES
from commonweal.risk.assessment import AgreementAssessment

_PATH = ("safeguards", "profile")


def profile_warnings(text: str, assessment: AgreementAssessment) -> tuple[Problem, ...]:
    """Return a warning, with its line in the YAML text, if the profile is not among those that may be chosen."""
    chosen = assessment.admitted(assessment.profile)
    if chosen.allowed:
        return ()
    spot = read_yaml(text).spot(_PATH)
    enforced = {*METERED, *PROFILES}
    known = [each.profile for each in assessment.profiles if each.allowed and each.profile in enforced]
    instead = " or ".join(f"`{name}`" for name in known)
    message = f"Severe risk: the profile `{chosen.profile}` should not be chosen here: {chosen.reason}."
    mending = f"Choose {instead}, or mend that" if instead else "Mend that"
    advice = f"{mending}; `commonweal risk assess` says more."
    return (Problem(Severity.WARNING, spot.line, spot.column, ".".join(_PATH), message, advice),)
