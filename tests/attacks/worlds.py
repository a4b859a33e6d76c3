"""Three worlds that differ in one person: files, agreements, and a whole installation of each.

In world A the target owes nothing and her need is respite, in B she owes 4321.50 and it is dementia, in C she is absent.
Everybody else is the same, drawn from a seed. What tells A from B is a leak of her secrets; what tells C from both
is a leak of her presence.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

TARGET = 900001
TARGET_HOME = 777777777
SECRETS = ("Zelda Quince", str(TARGET), str(TARGET_HOME))
WORLDS = ("A", "B", "C")
ANALYST = "analyst@northbank.example"

FOLDER = Path(__file__).resolve().parent
CONTRACTS = FOLDER / "contracts"
NEEDS = ("respite", "dementia", "mobility", "learning")
HEADERS = {
    "northbank/person": ("person_id", "name", "dob", "sex", "postcode", "uprn"),
    "northbank/housing": ("uprn", "tenancy", "arrears"),
    "riverside/social_care": ("person_id", "start_date", "need"),
}


@dataclass(frozen=True)
class World:
    """One world's tables, by dataset: rows under the columns of `HEADERS`."""

    name: str
    tables: dict[str, list[Sequence[object]]]

    def as_csv(self, dataset: str) -> str:
        """Return a table as a CSV file."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(HEADERS[dataset])
        writer.writerows(self.tables[dataset])
        return text.getvalue()


def draw(name: str, people: int = 3000, seed: int = 20) -> World:
    """Return a world of so many people; the same but for the target whatever the name is."""
    chance = random.Random(seed)
    person: list[Sequence[object]] = []
    housing: list[Sequence[object]] = []
    care: list[Sequence[object]] = []
    for number in range(1, people + 1):
        born = date(1930, 1, 1) + timedelta(days=chance.randrange(31000))
        postcode = f"AB{chance.randrange(1, 41)} {chance.randrange(1, 10)}XY"
        person.append((number, f"Name {number}", born, chance.choice("FM"), postcode, 100000 + number // 3))
        if chance.random() < 0.1:
            start = date(2020, 1, 1) + timedelta(days=chance.randrange(1500))
            care.append((number, start, chance.choice(NEEDS)))
    for uprn in sorted({row[5] for row in person}):
        owed = round(chance.randrange(200000) / 100, 2) if chance.random() < 0.25 else 0.0
        housing.append((uprn, chance.choice(("owner", "council", "private")), owed))
    if name != "C":
        person.append((TARGET, "Zelda Quince", date(1931, 2, 27), "F", "ZZ9 9ZZ", TARGET_HOME))
        housing.append((TARGET_HOME, "council", 4321.5 if name == "B" else 0.0))
        need = "dementia" if name == "B" else "respite"
        care += [(TARGET, date(2024, 1, 1) + timedelta(days=day), need) for day in range(14)]
    return World(name, {"northbank/person": person, "northbank/housing": housing, "riverside/social_care": care})


# --- the agreements

PERSON = {"person_id": "link", "uprn": "link", "dob": {"band": "5 years"}, "sex": "keep", "postcode": "district"}
HOUSING = {"uprn": "link", "tenancy": "keep", "arrears": "keep"}
CARE = {"person_id": "link", "start_date": "month", "need": "keep"}
HOMES = ["northbank/person.uprn", "northbank/housing.uprn"]
PEOPLE = ["northbank/person.person_id", "riverside/social_care.person_id"]


def terms(dataset: str, columns: dict[str, Any]) -> dict[str, Any]:
    """Return what an agreement grants of a dataset."""
    return {"dataset": dataset, "because": "the cases of attack ask for it", "columns": columns}


ALL = [
    terms("northbank/person", PERSON),
    terms("northbank/housing", HOUSING),
    terms("riverside/social_care", CARE),
]

AGREEMENTS: dict[str, dict[str, Any]] = {
    "generous": {"data": ALL, "links": [HOMES, PEOPLE]},
    "housing-only": {"data": [terms("northbank/housing", {"tenancy": "keep"})], "links": []},
    "without-care": {"data": ALL[:2], "links": [HOMES]},
    "care-only": {"data": ALL[2:], "links": []},
    "ended": {
        "data": ALL,
        "links": [HOMES, PEOPLE],
        "term": {"from": date(2026, 1, 1), "until": date(2026, 1, 31), "review": date(2026, 1, 30), "grace_days": 0},
    },
}
"""What each agreement says where it differs from `agreement.yaml`; the cases name them after ``under:``."""

SIGNED_ON = {"ended": "2026-01-02"}


def document(name: str) -> dict[str, Any]:
    """Return an agreement as a whole document."""
    base: dict[str, Any] = yaml.safe_load((FOLDER / "agreement.yaml").read_text(encoding="utf-8"))
    return base | {"id": name} | AGREEMENTS[name]
