"""What a governed question costs, from words to a recorded answer, against the same SQL in bare DuckDB over the raw file.

usage: python bench/question.py [ROWS]     (10,000,000 by default; needs some 3 GB of disk under the temporary folder)

Prints ratios of medians taken in turn, one run: a person a row, then each person in three rows. The first question also
makes the treated table; that is shown apart. `fixed` is a count over 1,000 rows: all that is not the engine's work.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from commonweal.agreement.reading import read_agreement
from commonweal.agreement.signature import sign
from commonweal.agreement.store import add_agreement, record_signature
from commonweal.catalogue.contract import Column, Contract, EntityKey, Kind
from commonweal.catalogue.dataset import Dataset, Snapshot
from commonweal.identity.person import Role
from commonweal.installation import Installation, acts, create

COLUMNS = {
    "person_id": ("BIGINT", Kind.LINK, "{person} * 7919 % 10000000019"),
    "sex": ("VARCHAR", Kind.QUASI, "CASE WHEN hash({person}, 1) % 2 = 0 THEN 'F' ELSE 'M' END"),
    "ward": ("VARCHAR", Kind.QUASI, "'ward ' || (hash({person}, 2) % 50)"),
    "tenancy": ("VARCHAR", Kind.QUASI, "['council', 'private', 'owner', 'other'][CAST(1 + hash(i, 3) % 4 AS INTEGER)]"),
    "arrears": ("DOUBLE", Kind.SENSITIVE, "CAST(hash(i, 7) % 1000000 AS DOUBLE) / 100"),
}
QUESTIONS = {
    "counts by three columns": "SELECT ward, tenancy, sex, count(*) AS n FROM t GROUP BY ward, tenancy, sex",
    "counts and sums by three columns": "SELECT ward, tenancy, sex, count(*) AS n, sum(arrears) AS s FROM t GROUP BY ward, tenancy, sex",
    "counts and sums by ward, filtered": "SELECT ward, count(*) AS n, sum(arrears) AS s FROM t WHERE tenancy = 'council' AND arrears > 100 GROUP BY ward",
}
AGREEMENT = """
commonweal: agreement/1
id: bench
version: 1
title: A measurement
parties:
  - {organisation: bench, role: controller, contact: {name: A, email: a@bench.example}, dpo: {name: B, email: b@bench.example}}
purpose: {code: research, statement: Measure what a question costs., necessity: There is no other way., benefits: [{to: users, what: speed, measure: ratio}]}
legal: {lawful_basis: public-task, power: none, dpia: {outcome: proceed, completed: 2026-01-01, review: 2099-01-01}}
term: {from: 2026-01-01, until: 2099-12-31, review: 2099-01-01, grace_days: 14}
people: [{email: analyst@bench.example, role: analyst}]
data:
  - dataset: bench/t
    because: it is measured
    columns: {person_id: link, sex: keep, ward: keep, tenancy: keep, arrears: keep}
safeguards: {profile: uk-tre, output: aggregate, minimum_count: 10}
retention: {results: 1 year}
onward_sharing: none
security: {mfa: false}
transparency: {public: true, privacy_notice: https://bench.example/privacy}
"""


def build(folder: Path, rows: int, repeats: int) -> Installation:
    """Make an installation that shares one dataset of `rows` rows, each person in `repeats` of them."""
    installation = create(folder / f"installation{rows}-{repeats}")
    data = installation.layout.data / "bench"
    data.mkdir(exist_ok=True)
    path = data / "t.parquet"
    columns = ", ".join(f"{sql.format(person=f'(i // {repeats})')} AS {name}" for name, (_, _, sql) in COLUMNS.items())
    duckdb.sql(f"COPY (SELECT {columns} FROM range({rows}) t(i)) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
    described = tuple(Column(name, "string", kind, role, required=True) for name, (kind, role, _) in COLUMNS.items())
    described = (replace(described[0], unique=repeats == 1), *described[1:])
    contract = Contract("bench", "t", "1.0.0", described, (EntityKey("person", "person_id"),))
    acts.add_organisation(installation, "bench", "Bench")
    acts.add_person(installation, "analyst@bench.example", "bench", [Role.ANALYST])
    acts.add_dataset(installation, Dataset("bench", "t", contract, Snapshot("0" * 64, path, rows, date(2026, 11, 24))))
    agreement = read_agreement(AGREEMENT, source="bench", contracts={"bench/t": contract}, organisations=["bench"])
    with installation.transaction() as connection:
        now = datetime.now(UTC)
        add_agreement(connection, installation.ledger, agreement, at=now)
        record_signature(
            connection, installation.ledger, sign(agreement, "bench", installation.keys.organisation("bench"), now)
        )
    return installation


def milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    with tempfile.TemporaryDirectory() as name:
        for repeats in (1, 3):
            measure(build(Path(name), rows, repeats), rows, repeats)
        installation = build(Path(name), 1000, 1)
        gateway = installation.gateway("analyst@bench.example")
        asked = [
            milliseconds(lambda: gateway.ask("SELECT count(*) AS n FROM t", agreement="bench")) for _ in range(15)
        ][3:]
        print(f"fixed: a count over 1,000 rows takes {statistics.median(asked):.1f} ms (least {min(asked):.1f})")
        installation.close()


def measure(installation: Installation, rows: int, repeats: int) -> None:
    gateway = installation.gateway("analyst@bench.example")
    bare = duckdb.connect(config={"threads": 2, "memory_limit": "4GB"})
    bare.execute(f"CREATE VIEW t AS SELECT * FROM read_parquet('{installation.layout.data}/bench/t.parquet')")
    first = milliseconds(lambda: gateway.ask("SELECT count(*) AS n FROM t", agreement="bench"))
    print(
        f"{rows:,} rows, each person in {repeats}: first question, which makes the treated table, {first / 1000:.1f} s"
    )
    for title, sql in QUESTIONS.items():
        raw, governed = [], []
        for _ in range(6):
            raw.append(milliseconds(lambda sql=sql: bare.sql(sql).fetchall()))
            governed.append(milliseconds(lambda sql=sql: gateway.ask(sql, agreement="bench")))
        ratios = [g / r for g, r in zip(governed[1:], raw[1:], strict=True)]
        one, other, ratio = (statistics.median(values) for values in (raw[1:], governed[1:], ratios))
        print(f"  {title}: bare {one:.0f} ms, governed {other:.0f} ms, ratio {ratio:.2f}")
    installation.close()


if __name__ == "__main__":
    main()
