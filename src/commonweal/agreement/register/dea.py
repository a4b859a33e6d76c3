"""The register in the shape of the public register of information sharing under the Digital Economy Act 2017.

Names of fields are that register's own (its code is public), so that who reads the one can read the other. What differs:
`isa_status` heeds suspension, signatures and the review, where that register looks at the end date alone; `id` is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from commonweal.agreement.register.public import PublicAgreement, PublicStatus

ITEMS = 20
"""How many agreements a page holds unless it is said."""

MOST_ITEMS = 100

_STATUS = {
    PublicStatus.PROPOSED: "Proposed",
    PublicStatus.SIGNED: "Signed",
    PublicStatus.IN_FORCE: "Active",
    PublicStatus.REVIEW_DUE: "Active",
    PublicStatus.SUSPENDED: "Suspended",
    PublicStatus.ENDED: "Complete",
    PublicStatus.SUPERSEDED: "Complete",
}


def page_of(agreements: Sequence[PublicAgreement], page: int, items: int, base: str) -> dict[str, Any]:
    """Return one page of the list, counted from 1; `base` is the address of the register, without a slash at its end."""
    start = (page - 1) * items
    links: dict[str, Any] = {"page_size": items, "current_page": page}
    if start + items < len(agreements):
        links["next"] = f"{base}/agreements.json?page={page + 1}&items={items}"
    if page > 1:
        links["previous"] = f"{base}/agreements.json?page={page - 1}&items={items}"
    found = [{"agreement": one_of(each, base)} for each in agreements[start : start + items]]
    return {"agreements": found, "links": links}


def one_of(agreement: PublicAgreement, base: str) -> dict[str, Any]:
    """Return one agreement: its fields, and its controllers, processors and powers, each with a name."""
    controllers = [party.title for party in agreement.parties if party.role != "processor"]
    processors = [party.title for party in agreement.parties if party.role == "processor"]
    return {
        "data": fields_of(agreement),
        "link": f"{base}/{agreement.slug}/register.json",
        "links": {"index": f"{base}/agreements.json"},
        "controllers": [{"control_person": {"data": {"name": name}}} for name in controllers],
        "powers": [
            {"power": {"data": {"name": name, "status": status.replace("-", " ")}}} for name, status in agreement.powers
        ],
        "processors": [{"processor": {"data": {"name": name}}} for name in processors],
    }


def fields_of(agreement: PublicAgreement) -> dict[str, Any]:
    """Return the fields of an agreement under that register's names."""
    benefits = "; ".join(f"{each.what} (to {each.to})" for each in agreement.benefits)
    return {
        "id": agreement.id,
        "name": agreement.title,
        "agreement_name": agreement.title,
        "isa_status": _STATUS[agreement.status],
        "purpose": agreement.purpose,
        "benefits": benefits,
        "information_sharing_benefits": benefits,
        "disclosed_information": "; ".join(
            f"{each.dataset}: {', '.join(column.holds for column in each.columns)}" for each in agreement.datasets
        ),
        "method": agreement.method,
        "information_sharing_method": agreement.method,
        "start_date": agreement.start.isoformat(),
        "end_date": agreement.until.isoformat(),
        "review_date": agreement.review.isoformat(),
        "retention_period": agreement.retention,
        "contact": f"{agreement.contact.name} <{agreement.contact.email}>",
        "notes": " ".join(f"Version {each.version}: {each.changes}" for each in agreement.versions if each.changes),
        "updated": agreement.updated.isoformat(),
    }
