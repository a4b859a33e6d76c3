"""Thirty questions that try to make errors, time, order or shape depend on one person, and what is seen of each.

`Two` holds worlds A and B (see worlds.py): the same but for the target's arrears and need.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commonweal.errors import CommonwealError
from tests.attacks.worlds import ANALYST, CONTRACTS, HEADERS, World, document, draw
from tests.towns import Source, agree, found

if TYPE_CHECKING:
    import duckdb

    from commonweal.gateway import Gateway
    from commonweal.installation import Installation

TARGETED = "postcode = 'ZZ9' AND arrears > 0"
HOMES = "person JOIN housing USING (uprn)"
CARE = "person JOIN social_care USING (person_id)"

QUESTIONS = {
    "F01 cast of an identifier": "SELECT sum(CAST(name AS INTEGER)) FROM person WHERE postcode = 'ZZ9'",
    "F02 error function": f"SELECT sum(CASE WHEN {TARGETED} THEN CAST(error('arrears') AS INT) ELSE 0 END) FROM {HOMES}",
    "F04 division by zero": f"SELECT sum(1 / (CASE WHEN {TARGETED} THEN 0 ELSE 1 END)) FROM {HOMES}",
    "F05 two rows in a scalar": "SELECT (SELECT arrears FROM housing WHERE arrears > 4000 UNION ALL SELECT 1) AS x",
    "F07 conditional memory": f"SELECT max(length(repeat('x', CASE WHEN {TARGETED} THEN 500000000 ELSE 1 END))) FROM {HOMES}",
    "F08 explain analyse": "EXPLAIN ANALYZE SELECT count(*) FROM housing WHERE arrears > 4000",
    "F10 order of groups": "SELECT need, count(*) FROM social_care GROUP BY need",
    "F11 sum of floats": "SELECT sum(arrears) FROM housing",
    "F11 exact sum of floats": "SELECT fsum(arrears), favg(arrears) FROM housing",
    "cast of a secret": f"SELECT sum(CAST(CASE WHEN need = 'dementia' THEN need ELSE '1' END AS INTEGER)) FROM {CARE}",
    "cast that is tried": f"SELECT sum(TRY_CAST(CASE WHEN postcode = 'ZZ9' THEN need ELSE '1' END AS INTEGER)) FROM {CARE}",
    "overflow of a small integer": f"SELECT sum(CAST(arrears AS SMALLINT) * 10) FROM {HOMES} WHERE postcode = 'ZZ9'",
    "overflow of a product": f"SELECT sum(CAST(arrears * 1e15 AS BIGINT)) FROM {HOMES} WHERE postcode = 'ZZ9'",
    "overflow to infinity": f"SELECT sum(exp(arrears)), sum(arrears * 1e306) FROM {HOMES} WHERE postcode = 'ZZ9'",
    "logarithm of nothing": f"SELECT sum(ln(arrears)), sum(sqrt(0 - arrears)) FROM {HOMES} WHERE postcode = 'ZZ9'",
    "date out of range": f"SELECT max(dob + CAST(arrears * 1e6 AS INTEGER)) FROM {HOMES} WHERE postcode = 'ZZ9'",
    "text as long as a secret": f"SELECT lpad(tenancy, CAST(arrears * 100000 AS INTEGER), 'x') AS k, count(*) FROM {HOMES} GROUP BY 1",
    "many groups": f"SELECT dob, sex, postcode, tenancy, arrears, count(*) FROM {HOMES} GROUP BY ALL",
    "groups by a secret": f"SELECT need, arrears > 4000 AS owes, count(*) FROM {CARE} JOIN housing USING (uprn) GROUP BY ALL",
    "a list as long as a secret": "SELECT len(range(CAST(max(arrears) AS BIGINT) * 100000)) FROM housing",
    "rows without end": "SELECT count(*) FROM housing a, housing b WHERE a.arrears > 4000 AND b.arrears > 0",
    "recursion": "WITH RECURSIVE t(n) AS (SELECT max(arrears) FROM housing UNION ALL SELECT n - 0.001 FROM t WHERE n > 0) "
    "SELECT count(*) FROM t",
    "one group or none": f"SELECT postcode, count(*) FROM {HOMES} WHERE {TARGETED} GROUP BY postcode",
    "no rows or one": "SELECT tenancy, count(*) AS n FROM housing WHERE arrears > 4000 GROUP BY tenancy HAVING count(*) > 0",
    "sub-query of a secret": "SELECT count(*) FROM person WHERE uprn IN (SELECT uprn FROM housing WHERE arrears > 4000)",
    "threshold from the data": "SELECT count(*) FROM housing WHERE arrears >= (SELECT max(arrears) FROM housing)",
    "order by a secret": f"SELECT postcode FROM {HOMES} GROUP BY postcode ORDER BY sum(arrears) DESC LIMIT 3",
    "position by a secret": f"SELECT postcode, row_number() OVER (ORDER BY sum(arrears) DESC) FROM {HOMES} GROUP BY postcode",
    "extremes": "SELECT tenancy, max(arrears), arg_max(tenancy, arrears) FROM housing GROUP BY tenancy",
    "set difference": "SELECT count(*) FROM (SELECT uprn FROM housing EXCEPT SELECT uprn FROM housing WHERE arrears > 4000)",
}  # fmt: skip

RANDOM = re.compile(r"(reference|entry) [0-9a-f]{1,16}")


@dataclass
class Two:
    """Both worlds, their installations, and the analyst's gateways."""

    worlds: dict[str, World]
    installations: dict[str, Installation]
    gateways: dict[str, Gateway]
    profile: str

    def close(self) -> None:
        for installation in self.installations.values():
            installation.close()


def two_worlds(folder: Path, profile: str, names: tuple[str, str] = ("A", "B")) -> Two:
    """Build both worlds under an agreement with the profile; A and C differ in whether the target is there at all."""
    worlds = {name: draw(name) for name in names}
    installations = {}
    for name, world in worlds.items():
        sources = [
            Source(
                dataset, world.as_csv(dataset), (CONTRACTS / f"{dataset.split('/')[1]}.odcs.yaml").read_text("utf-8")
            )
            for dataset in HEADERS
        ]
        (folder / name).mkdir()
        installations[name] = found(folder / name, sources)
        wanted = document("generous") | {"safeguards": {"profile": profile, "output": "aggregate"}}
        agree(installations[name], wanted, signed_by=["northbank", "riverside"])
    gateways = {name: installation.gateway(ANALYST) for name, installation in installations.items()}
    return Two(worlds, installations, gateways, profile)


def seen(gateway: Gateway, question: str) -> dict[str, Any]:
    """Return all that is handed over or raised, but for what is random or numbers the record: references, entries."""
    try:
        answer = gateway.ask(question, agreement="generous")
    except CommonwealError as error:
        said = RANDOM.sub(r"\1 #", json.dumps(error.as_dict(), sort_keys=True))
        return {
            "raised": type(error).__name__,
            "exit": error.exit_code,
            "said": said,
            "text": RANDOM.sub("#", str(error)),
        }
    shown = {name: value for name, value in answer.as_dict().items() if name != "receipt"}
    return {"types": str(answer.table.schema), "json": shown, "csv": answer.to_csv(), "seconds": answer.seconds}


def plain(world: World) -> duckdb.DuckDBPyConnection:
    """Return the same tables in plain DuckDB, as the agreement treats them where the questions depend on it."""
    import duckdb
    import pyarrow as pa

    connection = duckdb.connect(config={"memory_limit": "300MB", "threads": 1})
    for dataset, columns in HEADERS.items():
        name = dataset.split("/")[1]
        rows = zip(*world.tables[dataset], strict=True)
        connection.register(f"raw_{name}", pa.table(dict(zip(columns, map(list, rows), strict=True))))
        treated = "* REPLACE (split_part(postcode, ' ', 1) AS postcode)" if name == "person" else "*"
        connection.execute(f"CREATE TABLE {name} AS SELECT {treated} FROM raw_{name}")
    return connection


def seen_plainly(connection: duckdb.DuckDBPyConnection, question: str) -> str:
    """Return what plain DuckDB says: rows, or the kind of error and its words."""
    import threading

    watch = threading.Timer(2.0, connection.interrupt)
    watch.start()
    try:
        return repr(connection.execute(question).fetchall()[:5000])
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        watch.cancel()
