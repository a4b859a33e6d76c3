"""An agreement as an ODRL 2.2 Agreement in JSON-LD, with terms of the Data Privacy Vocabulary (DPV 2).

For reading by others only: ODRL does not define how a policy is evaluated, and nothing here evaluates it. Every rule
has exactly one assigner, one assignee, one action and one target, as ODRL's validation rules ask of an Agreement.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from commonweal.agreement.data import DatasetTerms
from commonweal.agreement.document import Agreement
from commonweal.agreement.legal import LawfulBasis
from commonweal.agreement.parties import PartyRole
from commonweal.agreement.purpose import PurposeCode
from commonweal.agreement.sharing import OnwardSharing

PROFILE = "https://commonweal.example/ns/odrl-profile/1"
"""The profile whose terms (``cw:``) stand beside ODRL's own."""

_PURPOSES = {
    PurposeCode.PREVENTION: "ImprovePublicServices",
    PurposeCode.SERVICE_DELIVERY: "ImprovePublicServices",
    PurposeCode.PLANNING: "PublicPolicyMaking",
    PurposeCode.POLICY: "PublicPolicyMaking",
    PurposeCode.EVALUATION: "PublicPolicyMaking",
    PurposeCode.RESEARCH: "ScientificResearch",
    PurposeCode.STATISTICS: "ProvideOfficialStatistics",
    PurposeCode.PUBLIC_HEALTH: "ImproveHealthcare",
    PurposeCode.SAFEGUARDING: "PublicBenefit",
    PurposeCode.COMMUNITY_SAFETY: "ProtectionOfPublicSecurity",
    PurposeCode.FRAUD_AND_ERROR: "FraudPreventionAndDetection",
    PurposeCode.DEBT: "PublicBenefit",
    PurposeCode.EMERGENCY: "PublicBenefit",
}
"""The nearest purpose of DPV 2 for each of ours; ours is named beside it."""

_ARTICLE_6 = {
    LawfulBasis.CONSENT: "eu-gdpr:A6-1-a",
    LawfulBasis.CONTRACT: "eu-gdpr:A6-1-b",
    LawfulBasis.LEGAL_OBLIGATION: "eu-gdpr:A6-1-c",
    LawfulBasis.VITAL_INTERESTS: "eu-gdpr:A6-1-d",
    LawfulBasis.PUBLIC_TASK: "eu-gdpr:A6-1-e",
    LawfulBasis.LEGITIMATE_INTERESTS: "eu-gdpr:A6-1-f",
    LawfulBasis.RECOGNISED_LEGITIMATE_INTERESTS: "cw:recognised-legitimate-interests",  # UK law only
}
"""Article 6(1) bears the same letters in the UK GDPR; DPV has terms for the EU's."""

_ROLES = {
    PartyRole.CONTROLLER: "dpv:DataController",
    PartyRole.JOINT_CONTROLLER: "dpv:JointDataControllers",
    PartyRole.PROCESSOR: "dpv:DataProcessor",
}

CONTEXT: dict[str, Any] = {
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "dpv": "https://w3id.org/dpv#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "dct": "http://purl.org/dc/terms/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "cw": f"{PROFILE}#",
}
"""The prefixes; written out, so that reading the document needs no network."""


def odrl_document(agreement: Agreement, base: str = "https://commonweal.example/") -> dict[str, Any]:
    """Return the JSON-LD document; `base` is the address of the installation, under which its things are named."""
    names = _Names(base)
    legal = agreement.legal
    document: dict[str, Any] = {
        "@context": CONTEXT,
        "@id": names.agreement(agreement),
        "@type": "odrl:Agreement",
        "odrl:uid": {"@id": names.agreement(agreement)},
        "odrl:profile": {"@id": PROFILE},
        "odrl:conflict": {"@id": "odrl:prohibit"},
        "dct:title": agreement.title,
        "dct:description": agreement.purpose.statement,
        "dct:hasVersion": str(agreement.version),
        "cw:contentHash": agreement.content_hash,
        "dpv:hasPurpose": {"@id": f"dpv:{_PURPOSES[agreement.purpose.code]}"},
        "dpv:hasLegalBasis": [{"@id": _ARTICLE_6[legal.lawful_basis]}],
        "odrl:permission": list(_permissions(agreement, names)),
        "odrl:prohibition": list(_prohibitions(agreement, names)),
        "cw:party": [
            {"@id": names.party(party.organisation), "@type": [_ROLES[party.role], "odrl:Party"]}
            for party in agreement.parties
        ],
    }
    if legal.special_category is not None:
        document["dpv:hasLegalBasis"].append({"@id": f"eu-gdpr:A9-2-{legal.special_category.article_9}"})
    return document


class _Names:
    """The addresses of things."""

    def __init__(self, base: str) -> None:
        """Take the address of the installation."""
        self.base = base.rstrip("/")

    def agreement(self, agreement: Agreement) -> str:
        """Return the address of a version."""
        return f"{self.base}/agreements/{agreement.id}/{agreement.version}"

    def party(self, organisation: str) -> str:
        """Return the address of an organisation."""
        return f"{self.base}/organisations/{organisation}"

    def dataset(self, reference: str) -> str:
        """Return the address of a dataset."""
        return f"{self.base}/datasets/{reference}"


def _pairs(agreement: Agreement) -> Iterator[tuple[DatasetTerms, str]]:
    """Yield each dataset with each party that receives: every party but the owner, or the owner when it stands
    alone.
    """
    for terms in agreement.data:
        others = [name for name in agreement.organisations if name != terms.organisation]
        for name in others or [terms.organisation]:
            yield terms, name


def _rule(kind: str, action: str, terms: DatasetTerms, assignee: str, names: _Names) -> dict[str, Any]:
    """Return what every rule has, each exactly once."""
    return {
        "@type": f"odrl:{kind}",
        "odrl:assigner": {"@id": names.party(terms.organisation)},
        "odrl:assignee": {"@id": names.party(assignee)},
        "odrl:action": {"@id": action},
        "odrl:target": {"@id": names.dataset(terms.dataset)},
    }


def _permissions(agreement: Agreement, names: _Names) -> Iterator[dict[str, Any]]:
    """Yield leave to use each dataset, within purpose, days and safeguards."""
    safeguards = agreement.safeguards
    for terms, assignee in _pairs(agreement):
        constraints = [
            _constraint("odrl:purpose", "odrl:isA", {"@id": f"dpv:{_PURPOSES[agreement.purpose.code]}"}),
            _constraint("cw:purpose", "odrl:eq", {"@id": f"cw:{agreement.purpose.code}"}),
            _constraint("odrl:dateTime", "odrl:gteq", _day(agreement.term.start.isoformat())),
            _constraint("odrl:dateTime", "odrl:lteq", _day(agreement.term.until.isoformat())),
            _constraint("cw:output", "odrl:eq", {"@id": f"cw:{safeguards.output}"}),
            _constraint("cw:disclosureProfile", "odrl:eq", {"@id": f"cw:{safeguards.profile}"}),
        ]
        if safeguards.minimum_count is not None:
            constraints.append(_constraint("cw:minimumCount", "odrl:gteq", safeguards.minimum_count))
        checking = safeguards.output_checking
        if checking is not None and checking.allowed:
            constraints.append(_constraint("cw:outputCheckers", "odrl:gteq", checking.least))
        yield _rule("Permission", "odrl:use", terms, assignee, names) | {
            "odrl:constraint": constraints,
            "cw:column": [
                {"cw:name": name, "cw:treatment": treatment.describe()}
                for name, treatment in terms.columns.items()
                if treatment.name != "withhold"
            ],
        }


def _prohibitions(agreement: Agreement, names: _Names) -> Iterator[dict[str, Any]]:
    """Yield what is forbidden: recognising people, and passing answers on where nobody may."""
    for terms, assignee in _pairs(agreement):
        yield _rule("Prohibition", "cw:reidentify", terms, assignee, names)
        if agreement.onward_sharing is OnwardSharing.NONE:
            yield _rule("Prohibition", "odrl:distribute", terms, assignee, names)


def _constraint(left: str, operator: str, right: object) -> dict[str, Any]:
    """Return one constraint."""
    return {
        "@type": "odrl:Constraint",
        "odrl:leftOperand": {"@id": left},
        "odrl:operator": {"@id": operator},
        "odrl:rightOperand": right,
    }


def _day(day: str) -> dict[str, str]:
    """Return a day as a typed value."""
    return {"@value": day, "@type": "xsd:date"}
