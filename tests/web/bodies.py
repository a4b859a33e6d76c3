"""What is sent to the routes of the API that take something, so that they are tried with what they would accept."""

from __future__ import annotations

from typing import Any

from commonweal.agreement import store
from commonweal.catalogue.odcs import write_contract
from commonweal.catalogue.store import dataset
from tests.web import agreements as made
from tests.web.lived_in import SQL, TWO
from tests.web.served import Served


def bodies_of(town: Served) -> dict[str, dict[str, Any]]:
    """Return what is sent, as arguments of a client, by route."""
    with town.installation.reading() as connection:
        signed = {"expected": store.agreement(connection, TWO).content_hash}
        contract = write_contract(dataset(connection, "northbank/housing").contract)
    why = {"json": {"reason": "why"}}
    incident = {"happened": "2026-01-02", "what": "x", "done": "y", "told_ico": "not-needed"}
    csv = {"file": ("x.csv", b"a,b\n1,2\n", "text/csv")}
    report = {"about": "dataset", "named": "northbank/housing", "reason": "why"}
    bodies: dict[str, dict[str, Any]] = {
        "POST /ask": {"data": {"sql": SQL, "agreement": TWO}},
        "POST /api/agreements/check": {"json": {"text": "id: x"}},
        "POST /api/agreements": {"json": {"text": made.written(made.document(TWO, version=2))}},
        "POST /api/agreements/{identifier}/sign": {"json": signed},
        "POST /api/agreements/{identifier}/incidents": {"json": incident},
        "POST /api/comments/{identifier}/reject": why,
        "POST /api/comments/{identifier}/answer": {"json": {"answer": "Yes."}},
        "POST /api/ledger/reports": {"json": report},
        "POST /api/ledger/verify": {"json": {}},
        "POST /api/tokens": {"json": {"name": "x", "agreements": [TWO], "until": "2027-01-31"}},
        "POST /api/questions": {"json": {"sql": SQL, "agreement": TWO}},
        "POST /api/datasets": {"data": {"dataset": "northbank/new"}, "files": csv},
        "PUT /api/datasets/{organisation}/{name}/data": {"files": csv},
        "PUT /api/datasets/{organisation}/{name}/contract": {
            "content": contract.encode(),
            "headers": {"content-type": "application/yaml"},
        },
    } | {f"POST /api/agreements/{{identifier}}/{act}": why for act in ("suspend", "resume", "withdraw", "end")}
    return bodies
