"""How many are alone in their class: the same as counting by hand, joined as the agreement allows, and only in bands."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from commonweal.agreement.document import Agreement
from commonweal.catalogue.contract import ROW, Contract, EntityKey, Kind
from commonweal.catalogue.dataset import Dataset, Snapshot
from commonweal.risk.measured import MOST, SHARES
from commonweal.risk.subjects import subjects
from commonweal.risk.uniqueness import counting, measure

from .mild import column, document

HOMES = Contract(
    "homes",
    "homes",
    "1.0.0",
    (
        column("uprn", Kind.LINK, "BIGINT", unique=True),
        column("ward", Kind.QUASI),
        column("arrears", Kind.SENSITIVE, "INTEGER"),
    ),
    (EntityKey("household", "uprn"),),
)
PEOPLE = Contract(
    "people",
    "people",
    "1.0.0",
    (
        column("person_id", Kind.LINK, "BIGINT", unique=True),
        column("uprn", Kind.LINK, "BIGINT"),
        column("age", Kind.QUASI, "INTEGER"),
        column("sex", Kind.QUASI),
    ),
    (EntityKey("person", "person_id"),),
)
SPELLS = Contract(
    "spells",
    "spells",
    "1.0.0",
    (column("person_id", Kind.LINK, "BIGINT"), column("month", Kind.QUASI, "INTEGER")),
    (EntityKey("person", "person_id"),),
)

Row = dict[str, Any]


def rows(seed: int) -> dict[str, list[Row]]:
    r = random.Random(seed)
    homes = [{"uprn": n, "ward": r.choice("ABC"), "arrears": r.randint(0, 9)} for n in range(60)]
    people = [
        {
            "person_id": n,
            "uprn": r.choice([None, *range(60)]),
            "age": r.randint(0, 99),
            "sex": r.choice(["F", "M", None]),
        }
        for n in range(150)
    ]
    spells = [{"person_id": r.randrange(150), "month": r.randint(1, 12)} for _ in range(80)]
    return {"homes": homes, "people": people, "spells": spells}


def written(folder: Path, contract: Contract, of: list[Row]) -> Dataset:
    path = folder / f"{contract.name}.parquet"
    names = ", ".join(f"{each.name} {each.physical_type}" for each in contract.columns)
    with closing(duckdb.connect()) as connection:
        connection.execute(f"CREATE TABLE t ({names})")
        marks = ", ".join("?" for _ in contract.columns)
        connection.executemany(
            f"INSERT INTO t VALUES ({marks})", [[row[each.name] for each in contract.columns] for row in of]
        )
        connection.execute(f"COPY t TO '{path}' (FORMAT parquet)")
    return Dataset("northbank", contract.name, contract, Snapshot("0" * 64, path, len(of), date(2026, 1, 1)))


AGREEMENT = Agreement.model_validate(
    document(
        data=[
            {"dataset": "northbank/homes", "columns": {"uprn": "link", "ward": "keep", "arrears": "keep"},
             "rows": "arrears > 1"},
            {"dataset": "northbank/people", "columns": {"person_id": "link", "uprn": "link", "age": {"band": 10}, "sex": "keep"}},
            {"dataset": "northbank/spells", "columns": {"person_id": "link", "month": "keep"}},
        ],
        links=[["northbank/people.uprn", "northbank/homes.uprn"], ["northbank/spells.person_id", "northbank/people.person_id"]],
    )
)  # fmt: skip


def by_hand(data: dict[str, list[Row]]) -> dict[str, tuple[int, int]]:
    """Count entities and those alone, as the agreement shows them, without SQL."""
    ward = {row["uprn"]: row["ward"] for row in data["homes"] if row["arrears"] > 1}
    person = {row["person_id"]: (row["age"] // 10, row["sex"], ward.get(row["uprn"])) for row in data["people"]}
    spells: dict[Any, set[int]] = defaultdict(set)
    for row in data["spells"]:
        spells[(row["month"], *person[row["person_id"]])].add(row["person_id"])
    alone = {next(iter(people)) for people in spells.values() if len(people) == 1}
    everybody = {row["person_id"] for row in data["spells"]}
    return {
        "northbank/homes": (len(ward), sum(n for n in Counter(ward.values()).values() if n == 1)),
        "northbank/people": (len(person), sum(n for n in Counter(person.values()).values() if n == 1)),
        "northbank/spells": (len(everybody), len(alone)),
    }


@pytest.mark.parametrize("seed", range(5))
def test_it_counts_what_a_person_would(tmp_path: Path, seed: int) -> None:
    data = rows(seed)
    datasets = {f"northbank/{c.name}": written(tmp_path, c, data[c.name]) for c in (HOMES, PEOPLE, SPELLS)}
    contracts = {reference: dataset.contract for reference, dataset in datasets.items()}
    expected = by_hand(data)
    found = {}
    for subject in subjects(AGREEMENT, contracts):
        sql = counting(subject, AGREEMENT, datasets)
        with closing(duckdb.connect()) as connection:
            for number, reference in enumerate([subject.dataset, *(join.other for join in subject.joins)]):
                path = datasets[reference].snapshot.path
                connection.execute(f"CREATE VIEW d{number} AS SELECT * FROM read_parquet('{path}')")
            found[subject.dataset] = connection.execute(sql).fetchall()[0]
    assert found == expected
    assert expected["northbank/people"][1] > 0, "somebody must be alone, or the test tells nothing"


def test_only_bands_come_out_and_nothing_stays_behind(tmp_path: Path) -> None:
    data = rows(1)
    datasets = {f"northbank/{c.name}": written(tmp_path, c, data[c.name]) for c in (HOMES, PEOPLE, SPELLS)}
    spill = tmp_path / "spill"
    told: list[tuple[int, int]] = []
    found = measure(AGREEMENT, datasets, spill=spill, progress=lambda done, total: told.append((done, total)))
    assert set(found) == set(datasets)
    assert found["northbank/people"].size == "100 to 999"
    assert {bands.alone for bands in found.values()} <= {name for _, name in SHARES} | {MOST}
    assert told[-1] == (3, 3)
    assert list(spill.iterdir()) == []


def test_what_cannot_be_read_is_not_measured(tmp_path: Path) -> None:
    data = rows(2)
    datasets = {f"northbank/{c.name}": written(tmp_path, c, data[c.name]) for c in (HOMES, PEOPLE, SPELLS)}
    datasets["northbank/homes"].snapshot.path.write_bytes(b"this is no Parquet")
    assert set(measure(AGREEMENT, datasets, spill=tmp_path / "spill")) == set()  # each of them is joined to homes
    for dataset in datasets.values():
        dataset.snapshot.path.unlink()
    assert measure(AGREEMENT, datasets, spill=tmp_path / "spill") == {}


def test_rows_without_a_key_are_entities_of_their_own(tmp_path: Path) -> None:
    calls = Contract("calls", "calls", "1.0.0", (column("hour", Kind.QUASI, "INTEGER"),), (EntityKey("call", ROW),))
    dataset = written(tmp_path, calls, [{"hour": hour} for hour in (1, 1, 2, 3)])
    agreement = Agreement.model_validate(document(data=[{"dataset": "northbank/calls", "columns": {"hour": "keep"}}]))
    found = measure(agreement, {"northbank/calls": dataset}, spill=tmp_path / "spill")
    assert found["northbank/calls"].alone == "half or more"
