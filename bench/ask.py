"""What a question over a treated table costs, against the same question over the raw file in the same engine.

usage: python bench/ask.py [ROWS]     (10,000,000 by default; needs some 3 GB of disk under the temporary folder)

Prints ratios; seconds depend on the machine. One person a row, and then each person in three rows.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import duckdb

from commonweal.catalogue.contract import Column, Contract, EntityKey, Kind
from commonweal.catalogue.dataset import Dataset, Snapshot
from commonweal.deidentification.reading import read_treatment
from commonweal.engines.duckdb_engine import DuckDBEngine
from commonweal.engines.engine import Limits
from commonweal.gateway.treated import agreement_folder, treated_table

LIMITS = Limits(seconds=300)
COLUMNS = {
    "person_id": ("BIGINT", Kind.LINK, "{person} * 7919 % 10000000019"),
    "uprn": ("BIGINT", Kind.LINK, "{person} // 2 + 10000000"),
    "name": ("VARCHAR", Kind.IDENTIFIER, "'person ' || {person}"),
    "dob": ("DATE", Kind.QUASI, "DATE '1930-01-01' + CAST(hash({person}) % 30000 AS INTEGER)"),
    "sex": ("VARCHAR", Kind.QUASI, "CASE WHEN hash({person}, 1) % 2 = 0 THEN 'F' ELSE 'M' END"),
    "ward": ("VARCHAR", Kind.QUASI, "'ward ' || (hash({person}, 2) % 50)"),
    "tenancy": (
        "VARCHAR",
        Kind.QUASI,
        "['council', 'private', 'owner', 'leasehold'][CAST(1 + hash(i, 3) % 4 AS INTEGER)]",
    ),
    "postcode": ("VARCHAR", Kind.QUASI, "'NB' || (hash({person}, 4) % 20) || ' ' || (hash({person}, 5) % 10) || 'AB'"),
    "start_date": ("DATE", Kind.QUASI, "DATE '2020-01-01' + CAST(hash(i, 6) % 2000 AS INTEGER)"),
    "arrears": ("DOUBLE", Kind.SENSITIVE, "CAST(hash(i, 7) % 1000000 AS DOUBLE) / 100"),
}
AGREED: dict[str, object] = {
    "person_id": "link", "uprn": "link", "dob": {"band": "5 years"}, "sex": "keep", "ward": "keep",
    "tenancy": "keep", "postcode": "district", "start_date": "month", "arrears": "keep",
}  # fmt: skip
QUESTIONS = {
    "count and sum by three columns": "SELECT ward, tenancy, sex, count(*) AS n, sum(arrears) AS s FROM t GROUP BY ALL",
    "distinct people by ward": "SELECT ward, count(DISTINCT person_id) AS n FROM t GROUP BY ALL",
    "join on person": "SELECT count(*) AS n, sum(a.arrears + b.arrears) AS s FROM t a JOIN t b USING (person_id)",
}


def make_dataset(folder: Path, rows: int, repeats: int) -> Dataset:
    path = folder / f"raw{repeats}.parquet"
    columns = ", ".join(f"{sql.format(person=f'(i // {repeats})')} AS {name}" for name, (_, _, sql) in COLUMNS.items())
    duckdb.sql(f"COPY (SELECT {columns} FROM range({rows}) t(i)) TO '{path}' (FORMAT parquet)")
    contract = Contract(
        "bench", "t", "1.0.0",
        tuple(Column(name, "string", physical_type, kind) for name, (physical_type, kind, _) in COLUMNS.items()),
        (EntityKey("person", "person_id"), EntityKey("household", "uprn")),
    )  # fmt: skip
    return Dataset("bench", "t", contract, Snapshot(f"{repeats}", path, rows, date(2026, 11, 24)))


def seconds(engine: DuckDBEngine, sql: str, path: Path) -> float:
    """The best of three, after one run that opens the file."""
    engine.run("SELECT count(*) FROM t", {"t": path})
    times = []
    for _ in range(3):
        start = time.perf_counter()
        engine.run(sql, {"t": path})
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    with tempfile.TemporaryDirectory() as name, DuckDBEngine(Path(name) / "spill", LIMITS) as engine:
        folder = Path(name)
        for repeats in (1, 3):
            data = make_dataset(folder, rows, repeats)
            start = time.perf_counter()
            table = treated_table(
                data,
                {column: read_treatment(value) for column, value in AGREED.items()},
                None,
                token_domains={"person_id": "person", "uprn": "uprn"},
                token_key=lambda domain: domain.encode().ljust(32, b"."),
                record_key=b"r" * 32,
                folder=agreement_folder(folder, "bench@1"),
            )
            made = time.perf_counter() - start
            sizes = [path.stat().st_size / 2**20 for path in (data.snapshot.path, table.path)]
            print(
                f"{rows:,} rows, each person in {repeats}: raw {sizes[0]:.0f} MiB, treated {sizes[1]:.0f} MiB,", end=" "
            )
            print(f"made in {made:.1f} s ({rows / made / 1e6:.2f} M rows/s)")
            for title, sql in QUESTIONS.items():
                raw, treated = (seconds(engine, sql, path) for path in (data.snapshot.path, table.path))
                print(f"  {title}: raw {raw * 1e3:.0f} ms, treated {treated * 1e3:.0f} ms, ratio {treated / raw:.2f}")
        trivial = [seconds(engine, "SELECT 1", table.path) for _ in range(5)]
        print(f"fixed cost of the engine: {min(trivial) * 1e3:.1f} ms")


if __name__ == "__main__":
    main()
