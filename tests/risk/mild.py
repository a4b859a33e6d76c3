"""An agreement on which every finding is as low as it can be, and ways to change it: one change, one finding."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import date
from typing import Any

from commonweal.agreement.document import Agreement
from commonweal.agreement.safeguards import Safeguards
from commonweal.catalogue.contract import Column, Contract, EntityKey, Kind
from commonweal.risk.assessment import AgreementAssessment, assess
from commonweal.risk.facts import Facts, facts
from commonweal.risk.finding import Finding
from commonweal.risk.measured import Measured
from commonweal.risk.released import NOTHING, Released

TODAY = date(2027, 1, 15)
TITLES = {
    "northbank": "Northbank Council",
    "riverside_nhs": "Riverside NHS Trust",
    "acme": "Acme Analytics Ltd",
    "helpers": "The Helpers",
}

REPAIRS = "northbank/repairs"
BIG = Measured("100,000 or more", "under 1 %")

ACCREDITED = {"scheme": "accredited researcher", "until": "2027-12-31"}

DOCUMENT: dict[str, Any] = {
    "commonweal": "agreement/1",
    "id": "repairs",
    "version": 1,
    "title": "Repairs by area",
    "parties": [
        {"organisation": "northbank", "role": "controller", "contact": {"name": "IG", "email": "ig@northbank.example"}}
    ],
    "purpose": {
        "code": "planning",
        "statement": "Plan repairs.",
        "necessity": "Nobody else can.",
        "benefits": [{"to": "tenants", "what": "dry homes", "measure": "damp homes a year"}],
    },
    "legal": {
        "lawful_basis": "public-task",
        "power": "Housing Act 1985 s.21",
        "dpia": {
            "outcome": "proceed",
            "completed": "2026-11-01",
            "review": "2027-11-01",
            "dpo_advice": "Go on, with these safeguards.",
        },
    },
    "term": {"from": "2026-12-01", "until": "2027-11-30", "review": "2027-05-31"},
    "people": [
        {"email": "analyst@northbank.example", "role": "analyst", "accreditation": ACCREDITED},
        {"email": "one@northbank.example", "role": "checker"},
        {"email": "two@northbank.example", "role": "checker"},
    ],
    "data": [
        {
            "dataset": REPAIRS,
            "because": "they are planned",
            "columns": {"uprn": "link", "tenure": "keep", "trade": "keep"},
        }
    ],
    "safeguards": {"profile": "uk-tre"},
    "retention": {"results": "1 year"},
    "onward_sharing": "none",
    "security": {"environment": "controlled"},
    "transparency": {},
}


def column(name: str, kind: Kind | None, physical: str = "VARCHAR", **more: Any) -> Column:
    return Column(name, "string", physical, kind, **more)


def contract(reference: str, *columns: Column, kind: str = "household", key: str = "uprn") -> Contract:
    return Contract(reference.replace("/", "-"), reference.split("/")[1], "1.0.0", columns, (EntityKey(kind, key),))


COLUMNS = (
    column("uprn", Kind.LINK, "BIGINT", unique=True),
    column("tenure", Kind.QUASI, codes=("council", "owner", "private")),
    column("trade", Kind.PLAIN),
)
CONTRACTS: Mapping[str, Contract] = {REPAIRS: contract(REPAIRS, *COLUMNS)}


def document(**changes: Any) -> dict[str, Any]:
    """Return the document with top-level keys replaced."""
    return copy.deepcopy(DOCUMENT) | changes


def with_column(added: Column, treatment: Any = "keep", **changes: Any) -> tuple[dict[str, Any], dict[str, Contract]]:
    """Return the document and contracts with one more column shared."""
    changed = document(**changes)
    changed["data"][0]["columns"][added.name] = treatment
    return changed, {REPAIRS: contract(REPAIRS, *COLUMNS, added)}


def with_parties(*parties: tuple[str, str]) -> dict[str, Any]:
    contact = {"name": "IG", "email": "ig@example.example"}
    more = [{"organisation": name, "role": role, "contact": contact} for name, role in parties]
    return document(parties=DOCUMENT["parties"] + more)


def gathered(
    changed: Mapping[str, Any] = DOCUMENT,
    contracts: Mapping[str, Contract] = CONTRACTS,
    *,
    today: date = TODAY,
    measured: Mapping[str, Measured] | None = None,
    released: Released = NOTHING,
    metered: str = "",
) -> Facts:
    """Return the facts of a document; `metered` names a profile that it takes in the place of its own."""
    agreement = Agreement.model_validate(dict(changed))
    if metered:
        agreement = agreement.model_copy(update={"safeguards": Safeguards.model_construct(profile=metered)})
    known = dict.fromkeys(contracts, BIG) if measured is None else measured
    return facts(agreement, contracts, today=today, titles=TITLES, measured=known, released=released)


def assessed(*arguments: Any, **more: Any) -> AgreementAssessment:
    return assess(gathered(*arguments, **more))


def finding(code: str, *arguments: Any, **more: Any) -> Finding:
    return next(found for found in assessed(*arguments, **more).findings if found.known.code == code)
