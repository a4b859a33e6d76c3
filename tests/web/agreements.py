"""Agreements of the served town for tests: one of two organisations, and one whose every word tries to be a script."""

from __future__ import annotations

from typing import Any

import yaml

from commonweal.agreement.document import Agreement
from commonweal.installation import Installation, agreeing
from tests.acceptance.town import FIRST_PATH
from tests.web.people import ANALYST, OFFICER

EVIL = "<script>alert('x')</script>\"'><img src=x onerror=alert(1)> {{ 7 * 7 }}"
"""What is harmless as words and not as anything else."""


def document(identifier: str, **changes: Any) -> dict[str, Any]:
    """Return an agreement between Northbank and Riverside as plain values, with keys at the top replaced."""
    made: dict[str, Any] = yaml.safe_load((FIRST_PATH / "arrears-and-care.yaml").read_text())
    mine = ("northbank", "riverside_nhs")
    made["id"], made["title"] = identifier, f"Title of {identifier}"
    made["parties"] = [party for party in made["parties"] if party["organisation"] in mine]
    made["data"] = [terms for terms in made["data"] if terms["dataset"].split("/")[0] in mine]
    made["links"] = [link for link in made["links"] if all(end.split("/")[0] in mine for end in link)]
    made["people"] = [{"email": ANALYST, "role": "analyst"}]
    return made | changes


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def written(made: dict[str, Any]) -> str:
    """Return a document as YAML."""
    return str(yaml.dump(made, Dumper=_Plain, sort_keys=False, allow_unicode=True))


def add(installation: Installation, made: dict[str, Any], *, signed_by: tuple[str, ...] = ()) -> Agreement:
    """Add an agreement and sign it for some parties."""
    added, _ = agreeing.add_text(installation, written(made), "test", by=OFFICER)
    for organisation in signed_by:
        agreeing.sign(installation, added.id, organisation)
    return added


def evil(identifier: str) -> dict[str, Any]:
    """Return an agreement that holds `EVIL` wherever it takes words."""
    made = document(identifier, title=EVIL)
    contact = {"name": EVIL, "email": "ig@northbank.example", "phone": EVIL}
    for party in made["parties"]:
        party |= {"contact": contact, "dpo": contact, "responsible_owner": EVIL}
    benefit = {"to": EVIL, "what": EVIL, "measure": EVIL}
    made["purpose"] |= {
        "statement": EVIL,
        "necessity": EVIL,
        "aims": [EVIL],
        "alternatives": EVIL,
        "benefits": [benefit],
    }
    made["legal"] |= {
        "power": [EVIL],
        "special_category": {"article_9": "h", "schedule_1": "health-or-social-care", "policy_document": EVIL},
        "law_enforcement": {"law_enforcement_purpose": EVIL, "schedule_8": EVIL},
    }
    made["legal"]["dpia"] |= {"dpo_advice": EVIL, "reference": EVIL}
    made["people"][0] |= {"reason": EVIL, "accreditation": {"scheme": EVIL, "until": "2099-01-01", "number": EVIL}}
    for terms in made["data"]:
        terms["because"] = EVIL
        if terms["dataset"] == "northbank/housing":
            terms["columns"]["tenancy"] = {"codes": {EVIL: EVIL, "other": EVIL}}
            terms["rows"] = "tenancy <> '<script>alert(1)</script>'"
    made["security"] |= dict.fromkeys(("access", "transfer", "storage", "training", "vetting"), EVIL) | {"certificates": [{"name": EVIL, "organisation": "northbank", "expires": "2099-01-01"}]}  # fmt: skip
    decision = {"organisation": "northbank", "by": EVIL, "position": EVIL, "on": "2026-10-01"}
    return made | {
        "changes": [{"version": 1, "on": "2026-10-01", "what": EVIL}],
        "joint_controllers": {"arrangement": EVIL, "contact_point": EVIL},
        "membership": {"joining": EVIL, "leaving": EVIL},
        "subjects": {"people": [EVIL], "personal_data": [EVIL]},
        "sharing": {"frequency": EVIL, "discrete_or_ongoing": EVIL},
        "quality": {"accuracy": EVIL, "formats": EVIL, "compatibility": EVIL, "corrections": EVIL},
        "retention": {"results": "1 year", "deletion_certificate": EVIL},
        "publication": EVIL,
        "location": {"storage": EVIL, "transfer_safeguard": EVIL},
        "breach": {"tell": [contact], "within": "72 hours", "procedure": EVIL},
        "rights": {"contact": contact, "access": EVIL, "erasure": EVIL, "complaints": EVIL},
        "automated_decisions": {"used": False, "human_review": EVIL},
        "algorithm": {"name": EVIL, "description": EVIL, "bias": EVIL},
        "decisions": [decision | {"reasons_for": EVIL, "reasons_against": EVIL}],
        "ending": {"notice": EVIL, "sanctions": EVIL},
        "arrangements": {"cost": EVIL, "funding": EVIL, "liability": EVIL, "freedom_of_information": EVIL},
        "appendices": [{"title": EVIL}],
    }
