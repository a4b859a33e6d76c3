"""No answer depends on the order of rows, on how a file is laid out, or on how many threads added the numbers up.

The same data in three installations: as it was drawn, shuffled with small row groups and one thread, and shuffled again
with four threads. Twenty questions get the same bytes from all three.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from commonweal.engines.engine import Limits
from commonweal.gateway import Gateway, treated
from commonweal.gateway.timing import Steps
from commonweal.installation import Installation
from tests.attacks.worlds import ANALYST, CONTRACTS, HEADERS, World, document, draw
from tests.towns import Source, agree, found

PEOPLE = 30_000
QUESTIONS = (
    "SELECT count(*), sum(arrears), avg(arrears) FROM housing",
    "SELECT tenancy, count(*), sum(arrears) FROM housing GROUP BY tenancy",
    "SELECT tenancy, avg(arrears), stddev(arrears), var_pop(arrears) FROM housing GROUP BY tenancy",
    "SELECT tenancy, median(arrears), quantile_cont(arrears, 0.9) FROM housing WHERE arrears > 0 GROUP BY tenancy",
    "SELECT sum(sqrt(arrears)), sum(abs(arrears)), avg(sqrt(arrears)) FROM housing",
    "SELECT tenancy, sum(sqrt(arrears)), sum(arrears / 7) FROM housing GROUP BY tenancy",
    "SELECT postcode, sum(arrears) FROM person JOIN housing USING (uprn) GROUP BY postcode",
    "SELECT postcode, tenancy, count(*), avg(arrears) FROM person JOIN housing USING (uprn) GROUP BY ALL",
    "SELECT postcode, avg(arrears) AS a FROM person JOIN housing USING (uprn) GROUP BY postcode ORDER BY a DESC LIMIT 5",
    "SELECT sex, count(DISTINCT person_id) FROM person GROUP BY sex",
    "SELECT dob, sex, count(*) FROM person GROUP BY ALL",
    "SELECT postcode, count(DISTINCT uprn) FROM person GROUP BY postcode",
    "SELECT need, count(*), count(DISTINCT person_id) FROM social_care GROUP BY need",
    "SELECT need, sex, count(DISTINCT person_id) FROM social_care JOIN person USING (person_id) GROUP BY ALL",
    "SELECT start_date, count(*) FROM social_care GROUP BY start_date",
    "SELECT need, sum(arrears) FROM social_care JOIN person USING (person_id) JOIN housing USING (uprn) GROUP BY need",
    "SELECT postcode, sum(arrears) / count(*) AS each, 100.0 * sum(arrears) / sum(sum(arrears)) OVER () AS share "
    "FROM person JOIN housing USING (uprn) GROUP BY postcode",
    "SELECT postcode, rank() OVER (ORDER BY avg(arrears) DESC) AS place FROM person JOIN housing USING (uprn) "
    "GROUP BY postcode",
    "SELECT CASE WHEN arrears > 1000 THEN 'high' ELSE 'low' END AS band, count(*), avg(arrears) FROM housing GROUP BY 1",
    "SELECT count(*) FROM person WHERE postcode = 'AB7' OR sex = 'F'",
)


@dataclass(frozen=True)
class Layout:
    """How the same data lies on disk, and how it is read."""

    seed: int | None
    row_group: int
    threads: int


LAYOUTS = (Layout(None, 122_880, 2), Layout(7, 2_048, 1), Layout(8, 5_000, 4))


def shuffled(world: World, seed: int | None) -> World:
    """Return the world with the rows of each table in another order."""
    if seed is None:
        return world
    chance = random.Random(seed)
    return World(world.name, {name: chance.sample(rows, len(rows)) for name, rows in world.tables.items()})


def installed(folder: Path, layout: Layout) -> Installation:
    folder.mkdir()
    world = shuffled(draw("B", people=PEOPLE), layout.seed)
    sources = [
        Source(name, world.as_csv(name), (CONTRACTS / f"{name.split('/')[1]}.odcs.yaml").read_text("utf-8"))
        for name in HEADERS
    ]
    installation = found(folder, sources)
    agree(installation, document("generous"), signed_by=["northbank", "riverside"])
    return installation


@pytest.fixture(scope="module")
def gateways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Gateway]]:
    folder = tmp_path_factory.mktemp("layouts")
    installations, made = [], []
    for number, layout in enumerate(LAYOUTS):
        installation = installed(folder / str(number), layout)
        installations.append(installation)
        around = dataclasses.replace(
            installation.surroundings, steps=Steps(0), limits=Limits(threads=layout.threads, memory_bytes=2**29)
        )
        gateway = Gateway(ANALYST, around, closing=lambda: None)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(treated, "ROW_GROUP", layout.row_group)
            patch.setattr(treated, "BATCH", 8 * layout.row_group)
            gateway.ask("SELECT count(*) FROM social_care JOIN person USING (person_id) JOIN housing USING (uprn)",
                        agreement="generous")  # fmt: skip
        made.append(gateway)
    yield made
    for installation in installations:
        installation.close()


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_same_bytes_however_the_rows_lie(question: str, gateways: list[Gateway]) -> None:
    answers = [gateway.ask(question, agreement="generous") for gateway in gateways]
    assert answers[0].table.num_rows
    for other in answers[1:]:
        assert other.to_csv() == answers[0].to_csv()
        assert other.table.equals(answers[0].table)
        assert (other.withheld, other.notes) == (answers[0].withheld, answers[0].notes)


def test_the_layouts_do_differ(gateways: list[Gateway]) -> None:
    """There is something that could show: files, row groups, and sums of plain DuckDB in their last digits."""
    import duckdb
    import pyarrow.parquet as pq

    sums, groups = set(), set()
    for gateway in gateways:
        (file,) = gateway.surroundings.treated.glob("generous@1/northbank.housing.*.parquet")
        groups.add(pq.read_metadata(file).num_row_groups)
        with duckdb.connect(config={"threads": 1}) as connection:
            sums.add(connection.execute(f"SELECT sum(sqrt(arrears)) FROM '{file}'").fetchone())
    assert len(groups) == len(LAYOUTS)
    assert len(sums) > 1
