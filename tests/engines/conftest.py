from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commonweal.engines.duckdb_engine import DuckDBEngine
from commonweal.engines.engine import Limits

LIMITS = Limits(seconds=30, memory_bytes=200 * 2**20, spill_bytes=100 * 2**20, threads=2, rows=1_000)
SECRET = "Zelda Quince"


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of 5,000 people, one of them with a name that must never show."""
    rows = 5_000
    names = [SECRET, *(f"person {number}" for number in range(1, rows))]
    path = tmp_path_factory.mktemp("data") / "people.parquet"
    table = {
        "name": names,
        "ward": [number % 7 for number in range(rows)],
        "age": [number % 90 for number in range(rows)],
    }
    pq.write_table(pa.table(table), path)
    return path


@pytest.fixture(scope="session")
def other(people: Path) -> Path:
    """A file beside it that no run below may read."""
    path = people.with_name("other.parquet")
    pq.write_table(pa.table({"name": [SECRET]}), path)
    path.with_suffix(".csv").write_text(f"name\n{SECRET}\n")
    return path


@pytest.fixture(scope="session")
def shared_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    """One engine for the tests that do it no harm."""
    folder = tmp_path_factory.mktemp("engine")
    with DuckDBEngine(folder / "spill", LIMITS, log=folder / "logs" / "engine.log") as engine:
        yield engine


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckDBEngine]:
    """An engine for one test, which may hurt it."""
    with DuckDBEngine(tmp_path / "spill", LIMITS, log=tmp_path / "logs" / "engine.log") as engine:
        yield engine
