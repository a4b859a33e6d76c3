"""One dataset of homes under one agreement, small enough to be made for every test."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from commonweal.gateway.answer import Answer
from commonweal.installation import Installation
from commonweal.ledger.reading import entries as recorded
from tests import towns

ANALYST = "analyst@northbank.example"
SQL = "select tenancy, count(*) as homes, avg(arrears) as mean from housing group by tenancy order by tenancy"

CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: northbank-housing
name: housing
version: 1.0.0
status: active
schema:
  - name: housing
    logicalType: object
    physicalType: table
    customProperties: [{property: entities, value: [{kind: household, key: uprn}]}]
    properties:
      - {name: uprn, logicalType: integer, physicalType: BIGINT, unique: true,
         customProperties: [{property: kind, value: link}]}
      - {name: tenancy, logicalType: string, physicalType: VARCHAR, customProperties: [{property: kind, value: quasi}]}
      - {name: arrears, logicalType: number, physicalType: DOUBLE,
         customProperties: [{property: kind, value: sensitive}]}
"""

AGREEMENT: dict[str, Any] = {
    "commonweal": "agreement/1",
    "id": "arrears",
    "version": 1,
    "title": "Arrears by tenancy",
    "parties": [
        {
            "organisation": name,
            "role": "controller",
            "contact": {"name": "Officer", "email": f"ig@{name}.example"},
            "dpo": {"name": "Officer", "email": f"dpo@{name}.example"},
        }
        for name in ("northbank", "riverside")
    ],
    "purpose": {
        "code": "prevention",
        "statement": "See where arrears are.",
        "necessity": "Nobody else can.",
        "benefits": [{"to": "residents", "what": "fewer evictions", "measure": "evictions a year"}],
    },
    "legal": {
        "lawful_basis": "public-task",
        "power": "Housing Act 1996",
        "dpia": {"outcome": "proceed-with-safeguards", "completed": "2026-01-01", "review": "2099-01-01"},
    },
    "term": {"from": "2026-01-01", "until": "2099-12-31", "review": "2099-01-01"},
    "people": [{"email": ANALYST, "role": "analyst"}],
    "data": [
        {
            "dataset": "northbank/housing",
            "because": "arrears are the outcome of interest",
            "columns": {"uprn": "link", "tenancy": "keep", "arrears": "keep"},
        }
    ],
    "safeguards": {"profile": "uk-tre", "output": "aggregate"},
    "retention": {"results": "1 year"},
    "onward_sharing": "none",
    "security": {"mfa": False},
    "transparency": {"public": True, "privacy_notice": "https://northbank.example/privacy"},
}


def homes(seed: int = 1, rows: int = 1_000) -> str:
    r = random.Random(seed)
    lines = (f"{900000000000 + i},{r.choice(['owner', 'council', 'private'])},{r.randint(0, 900)}" for i in range(rows))
    return "uprn,tenancy,arrears\n" + "\n".join(lines) + "\n"


def ask(installation: Installation, sql: str = SQL) -> Answer:
    return installation.gateway(ANALYST).ask(sql, agreement="arrears")


def entries(installation: Installation, kind: str) -> list[dict[str, Any]]:
    with installation.reading() as connection:
        return [dict(entry.body) for entry in recorded(connection, kind=kind)]


def treated(installation: Installation) -> list[str]:
    return sorted(path.parent.name for path in installation.layout.treated.glob("*@*/*.parquet"))


def made(folder: Path, *, seed: int = 1) -> Installation:
    """Make the installation in `folder`/installation, its file beside it, with the agreement signed by both."""
    installation = towns.found(folder, [towns.Source("northbank/housing", homes(seed), CONTRACT)])
    towns.agree(installation, AGREEMENT, signed_by=["northbank", "riverside"])
    return installation
