"""A small council, hospital and police force: their contracts, and an agreement between them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from commonweal.agreement.document import Agreement
from commonweal.agreement.reading import Problem, problems, read_agreement
from commonweal.catalogue.contract import Column, Contract, EntityKey, Kind

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("COMMONWEAL_SHARED", REPOSITORY.parent / "shared"))

ORGANISATIONS = ("northbank", "riverside_nhs", "county_police")
PEOPLE = {"analyst@northbank.example": "northbank", "analyst@riverside.example": "riverside_nhs"}


def contract(reference: str, entity: str, *columns: tuple[str, str, Kind | None]) -> Contract:
    made = tuple(Column(name, "string", physical, kind) for name, physical, kind in columns)
    return Contract(reference.replace("/", "-"), reference.split("/")[1], "1.0.0", made, (EntityKey("person", entity),))


CONTRACTS: Mapping[str, Contract] = {
    "northbank/person": contract(
        "northbank/person",
        "person_id",
        ("person_id", "BIGINT", Kind.LINK),
        ("name", "VARCHAR", Kind.IDENTIFIER),
        ("dob", "DATE", Kind.QUASI),
        ("sex", "VARCHAR", Kind.QUASI),
        ("ethnicity", "VARCHAR", Kind.SPECIAL),
        ("postcode", "VARCHAR", Kind.QUASI),
        ("uprn", "BIGINT", Kind.LINK),
        ("notes", "VARCHAR", Kind.TEXT),
        ("mystery", "VARCHAR", None),
    ),
    "northbank/housing": contract(
        "northbank/housing",
        "uprn",
        ("uprn", "BIGINT", Kind.LINK),
        ("tenancy", "VARCHAR", Kind.QUASI),
        ("ward", "VARCHAR", Kind.QUASI),
        ("arrears", "DOUBLE", Kind.SENSITIVE),
    ),
    "northbank/council_tax": contract(
        "northbank/council_tax",
        "uprn",
        ("uprn", "BIGINT", Kind.LINK),
        ("band", "VARCHAR", Kind.PLAIN),
        ("balance", "DOUBLE", Kind.SENSITIVE),
    ),
    "northbank/school": contract(
        "northbank/school",
        "person_id",
        ("person_id", "BIGINT", Kind.LINK),
        ("school_year", "INTEGER", Kind.QUASI),
        ("absence_pct", "DOUBLE", Kind.SENSITIVE),
    ),
    "riverside_nhs/social_care": contract(
        "riverside_nhs/social_care",
        "person_id",
        ("person_id", "BIGINT", Kind.LINK),
        ("start_date", "DATE", Kind.QUASI),
        ("need", "VARCHAR", Kind.SPECIAL),
        ("cost", "DOUBLE", Kind.SENSITIVE),
    ),
    "county_police/police_incident": contract(
        "county_police/police_incident",
        "person_id",
        ("incident_id", "BIGINT", Kind.PLAIN),
        ("person_id", "BIGINT", Kind.LINK),
        ("case_code", "VARCHAR", Kind.LINK),
        ("category", "VARCHAR", Kind.SENSITIVE),
        ("occurred_on", "DATE", Kind.QUASI),
    ),
}

TEXT = """\
commonweal: agreement/1
id: arrears-and-care
version: 1
title: Rent arrears among people who receive care
parties:
  - organisation: northbank
    role: controller
    contact: {name: Information Governance, email: ig@northbank.example}
    dpo: {name: Data Protection Officer, email: dpo@northbank.example}
  - organisation: riverside_nhs
    role: controller
    contact: {name: Information Governance, email: ig@riverside.example}
    dpo: {name: Data Protection Officer, email: dpo@riverside.example}
purpose:
  code: prevention
  statement: Find where care and rent arrears meet, so that help comes before eviction.
  necessity: Neither council nor health service can see both alone.
  benefits:
    - {to: residents, what: fewer evictions, measure: evictions per year}
legal:
  lawful_basis: public-task
  power: Care Act 2014 s.6
  special_category: {article_9: h, schedule_1: health-or-social-care}
  dpia: {outcome: proceed-with-safeguards, completed: 2026-10-01, review: 2027-10-01}
term: {from: 2026-12-01, until: 2027-11-30, review: 2027-05-31, grace_days: 14}
people:
  - {email: analyst@northbank.example, role: analyst}
data:
  - dataset: northbank/person
    because: links people to homes
    columns: {person_id: link, uprn: link, dob: {band: 5 years}, sex: keep, postcode: district}
  - dataset: northbank/housing
    because: arrears are the outcome of interest
    columns: {uprn: link, tenancy: keep, ward: keep, arrears: keep}
    rows: tenancy <> 'leasehold'
  - dataset: riverside_nhs/social_care
    because: care is the group of interest
    columns: {person_id: link, start_date: month, need: keep, cost: keep}
links:
  - [northbank/person.uprn, northbank/housing.uprn]
  - [northbank/person.person_id, riverside_nhs/social_care.person_id]
safeguards: {profile: uk-tre, output: aggregate, minimum_count: 10}
retention: {results: 1 year}
onward_sharing: none
security: {mfa: false}
transparency: {public: true, privacy_notice: 'https://northbank.example/privacy'}
"""

IN_TERM = datetime(2027, 1, 15, 12, tzinfo=UTC)


def check(text: str, people: Mapping[str, str] | None = PEOPLE) -> tuple[Problem, ...]:
    return problems(text, contracts=CONTRACTS, organisations=ORGANISATIONS, people=people)


def read(text: str = TEXT) -> Agreement:
    return read_agreement(text, source="a.yaml", contracts=CONTRACTS, organisations=ORGANISATIONS, people=PEOPLE)


def changed(*changes: tuple[str, str]) -> str:
    """Return the text with each piece replaced; the piece must be there, so that no test checks the unchanged text."""
    text = TEXT
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


@cache
def edition(version: int, **days: str) -> Agreement:
    """Return a version of the agreement with some days of its term changed."""
    text = changed(("version: 1", f"version: {version}"))
    for name, day in days.items():
        start = text.index(f"{name.rstrip('_')}: 20", text.index("term:")) + len(name.rstrip("_")) + 2
        text = text[:start] + day + text[start + 10 :]
    return read(text)


class Book:
    """A ledger's two functions, remembering what was appended."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, dict[str, Any]]] = []

    def append(self, connection: sa.Connection, kind: str, body: Mapping[str, Any], /) -> object:
        self.entries.append((kind, dict(body)))
        return None

    def person(self, connection: sa.Connection, email: str, /) -> str:
        return "person-" + email[::-1].encode().hex()
