"""F07: memory, time or an error that one person's value brings about looks like every other failure, and ends in time.

The engine answers in the world without the secret and fails in the other: that one bit is what the parser must not let
anybody ask for (tests/attacks). What the engine owes is that the failure says nothing more, and takes nobody down.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commonweal.engines.duckdb_engine import DuckDBEngine
from commonweal.errors import EngineFailed

from .conftest import LIMITS

SHORT = replace(LIMITS, seconds=1.0)
CONDITIONAL = {
    "memory in one value": "SELECT max(length(repeat('x', CASE WHEN arrears > 4000 THEN 3000000000 ELSE 1 END))) FROM t",
    "memory in a list": "SELECT len(list(i)) FROM t, range(CASE WHEN arrears > 4000 THEN 200000000 ELSE 1 END) r(i)",
    "time": "SELECT count(*) FROM t, range(CASE WHEN arrears > 4000 THEN 3000000000000 ELSE 1 END) r(i)",
    "rows": "SELECT i FROM t, range(CASE WHEN arrears > 4000 THEN 100000000 ELSE 1 END) r(i)",
    "a cast": "SELECT sum(CAST(CASE WHEN arrears > 4000 THEN 'secret' ELSE '1' END AS INTEGER)) FROM t",
    "an overflow": "SELECT sum(CAST(arrears AS SMALLINT) * CAST(10 AS SMALLINT)) FROM t",
    "an error": "SELECT CASE WHEN arrears > 4000 THEN error('secret') ELSE 'fine' END FROM t",
}


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("worlds")
    for name, arrears in (("A", 0.0), ("B", 4321.5)):
        pq.write_table(pa.table({"arrears": [0.0] * 50 + [arrears]}), folder / f"{name}.parquet")
    return {name: folder / f"{name}.parquet" for name in "AB"}


@pytest.mark.parametrize("name", CONDITIONAL)
def test_a_failure_says_nothing_of_its_cause(name: str, worlds: dict[str, Path], engine: DuckDBEngine) -> None:
    assert engine.run(CONDITIONAL[name], {"t": worlds["A"]}, limits=SHORT).num_rows, "in A it is answered"
    began = time.monotonic()
    with pytest.raises(EngineFailed) as failure:
        engine.run(CONDITIONAL[name], {"t": worlds["B"]}, limits=SHORT)
    assert time.monotonic() - began < 8
    with pytest.raises(EngineFailed) as plain:
        engine.run("SELEC", {"t": worlds["B"]}, limits=SHORT)
    first, other = (each.value.as_dict() for each in (failure, plain))
    assert _without_reference(first) == _without_reference(other)
    said = repr(_without_reference(first))  # a reference is random, and may hold any digits
    assert "secret" not in said and "4321" not in said
    assert engine.run("SELECT count(*) AS n FROM t", {"t": worlds["A"]}).to_pylist() == [{"n": 51}]


def _without_reference(said: dict[str, object]) -> str:
    return re.sub("reference [0-9a-f]{16}", "reference #", json.dumps(said))
