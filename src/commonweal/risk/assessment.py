"""The assessment of an agreement: every finding, the level they come to, the profiles and limits advised.

A pure function of the facts. The level is that of the worst harm at the worst likelihood (`level.together`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from commonweal.ledger.canonical import canonical_bytes
from commonweal.risk import of_data, of_environment, of_parties, of_purpose, of_recognition, of_release, of_time
from commonweal.risk.admitted import Admitted, admitted
from commonweal.risk.facts import Facts
from commonweal.risk.finding import Axis, Finding, Known
from commonweal.risk.level import Level, together, worst
from commonweal.risk.limits import Limit, limits
from commonweal.risk.of_environment import OUTPUTS, judged_outputs
from commonweal.risk.scenarios import Scenario, scenarios

FORM = "commonweal risk/1"

KNOWN: tuple[Known, ...] = (
    *of_data.FINDINGS,
    *of_parties.FINDINGS,
    *of_purpose.FINDINGS,
    *of_environment.FINDINGS,
    OUTPUTS,
    *of_recognition.FINDINGS,
    *of_release.FINDINGS,
    *of_time.FINDINGS,
)
"""Every finding that is known, in the order of an assessment."""


@dataclass(frozen=True)
class AgreementAssessment:
    """What one agreement version came to on a day.

    `level` takes everything into account; `standing` neither data nor record nor profile, so it can decide which
    profiles may be chosen; `at_questions` is `level` without what was measured on the data, for the record of questions.
    `snapshots` names the snapshot of each dataset that was there.
    """

    agreement: str
    content_hash: str
    on: date
    level: Level
    standing: Level
    at_questions: Level
    findings: tuple[Finding, ...]
    scenarios: tuple[Scenario, ...]
    profiles: tuple[Admitted, ...]
    limits: tuple[Limit, ...]
    profile: str
    snapshots: Mapping[str, str]

    @property
    def profile_allowed(self) -> bool:
        """Return whether the profile that the agreement has chosen is among those that may be chosen."""
        return self.admitted(self.profile).allowed

    def admitted(self, profile: str) -> Admitted:
        """Return what is said of a profile; one that is not known here may not be chosen."""
        return next(
            (one for one in self.profiles if one.profile == profile), Admitted(profile, False, "it is not known")
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the assessment as JSON-ready values; exactly this is hashed and kept."""
        return {
            "form": FORM,
            "agreement": self.agreement,
            "content_hash": self.content_hash,
            "on": self.on.isoformat(),
            "level": self.level.word,
            "standing": self.standing.word,
            "at_questions": self.at_questions.word,
            "profile": self.profile,
            "profile_allowed": self.profile_allowed,
            "profiles": [each.as_dict() for each in self.profiles],
            "limits": [each.as_dict() for each in self.limits],
            "findings": [each.as_dict() for each in self.findings],
            "scenarios": [each.as_dict() for each in self.scenarios],
            "snapshots": dict(self.snapshots),
        }

    def canonical(self) -> bytes:
        """Return the assessment as canonical JSON (RFC 8785)."""
        return canonical_bytes(self.as_dict())

    @property
    def hash(self) -> str:
        """Return the SHA-256 (hex) of the canonical JSON."""
        return hashlib.sha256(self.canonical()).hexdigest()


def assess(facts: Facts, snapshots: Mapping[str, str] | None = None) -> AgreementAssessment:
    """Return the assessment of an agreement from its facts."""
    before = [known.finding(facts) for known in KNOWN if known is not OUTPUTS]
    standing = level_of_findings(
        f for f in before if not (f.known.from_data or f.known.of_profile or f.known.of_record)
    )
    profiles = admitted(facts, standing)
    outputs = judged_outputs(facts, profiles)
    place = KNOWN.index(OUTPUTS)
    findings = (*before[:place], Finding(OUTPUTS, outputs.level, outputs.sentence, outputs.about), *before[place:])
    return AgreementAssessment(
        agreement=facts.agreement.reference,
        content_hash=facts.agreement.content_hash,
        on=facts.today,
        level=level_of_findings(findings),
        standing=standing,
        at_questions=level_of_findings(f for f in findings if not f.known.from_data),
        findings=findings,
        scenarios=scenarios(facts),
        profiles=profiles,
        limits=limits(facts),
        profile=str(facts.agreement.safeguards.profile),
        snapshots=snapshots or {},
    )


def level_of_findings(findings: Iterable[Finding]) -> Level:
    """Return the level that findings come to: the worst harm at the worst likelihood."""
    kept = tuple(findings)
    harm = worst(f.level for f in kept if f.known.axis is Axis.HARM)
    return together(harm, worst(f.level for f in kept if f.known.axis is Axis.LIKELIHOOD))
