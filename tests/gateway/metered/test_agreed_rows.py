"""A condition on the rows of one dataset holds wherever that dataset is read, and does not touch the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from commonweal.errors import Refused
from commonweal.installation import Installation
from tests.gateway.metered import exact
from tests.residents import sharing
from tests.residents.people import draw

if TYPE_CHECKING:
    import duckdb

Place = tuple[Installation, "duckdb.DuckDBPyConnection", "duckdb.DuckDBPyConnection"]
ROWS = {"town/resident": "tenancy <> 'owner' AND ward IN ('W01', 'W02', 'W03', 'W04', 'W05', 'W06', 'W07')"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    residents = exact.at_edges(draw(1200))
    residents = replace(residents, contacts=np.minimum(residents.contacts, 3))
    with sharing.founded(tmp_path_factory.mktemp("rows") / "town") as installation, exact.silence():
        sharing.stock(installation, residents)
        agreed: dict[str, Any] = sharing.document("standard", "some")
        for terms in agreed["data"]:
            terms |= {"rows": ROWS[terms["dataset"]]} if terms["dataset"] in ROWS else {}
        sharing.agree(installation, agreed)
        whole, part = sharing.plain(residents), sharing.plain(residents)
        for dataset, rows in ROWS.items():
            part.execute(f"DELETE FROM {dataset.partition('/')[2]} WHERE NOT ({rows})")
        yield installation, whole, part


TOUCHED = {
    "the dataset itself": "SELECT sex, count(*), sum(arrears) FROM resident GROUP BY sex",
    "joined to another": "SELECT tenancy, count(*) FROM resident JOIN known USING (person_id) GROUP BY tenancy",
    "another joined to it": "SELECT sex, count(*) FROM known JOIN resident USING (person_id) GROUP BY sex",
    "among those of another": "SELECT sex, count(*) FROM resident WHERE person_id IN (SELECT person_id FROM spell) GROUP BY 1",
    "another, of those in it": "SELECT count(*) FROM known WHERE person_id IN (SELECT person_id FROM resident)",
    "another, of some in it":
        "SELECT count(*) FROM known WHERE person_id IN (SELECT person_id FROM resident WHERE sex = 'F')",
    "records of those in it":
        "SELECT need, count(DISTINCT person_id) FROM spell WHERE person_id IN (SELECT person_id FROM resident) GROUP BY 1",
    "in a sub-query": "SELECT sex, count(*) FROM (SELECT sex, person_id FROM resident WHERE band <> 'A') GROUP BY sex",
}  # fmt: skip
UNTOUCHED = {
    "another dataset": "SELECT count(*) FROM known",
    "its records": "SELECT need, count(DISTINCT person_id) FROM spell GROUP BY need",
    "two others": "SELECT count(*) FROM known WHERE person_id IN (SELECT person_id FROM spell)",
}


@pytest.mark.parametrize("sql", [*TOUCHED.values(), *UNTOUCHED.values()], ids=[*TOUCHED, *UNTOUCHED])
def test_answers_are_of_the_shared_rows_alone(sql: str, place: Place) -> None:
    installation, whole, part = place
    titles, rows = exact.answered(installation, sql, "some")
    measured = {n for n in range(len(titles)) if n or "GROUP" not in sql}
    true = part.execute(sql).fetchall()
    assert not exact.compared(rows, true, measured)
    untouched = sorted(map(str, whole.execute(sql).fetchall())) == sorted(map(str, true))
    assert untouched == (sql in UNTOUCHED.values())  # there was something to leave out


def test_what_is_not_in_it_is_everybody_else(place: Place) -> None:
    installation, _, part = place
    sql = "SELECT count(*) FROM known WHERE NOT (person_id IN (SELECT person_id FROM resident))"
    assert not exact.compared(exact.answered(installation, sql, "some")[1], part.execute(sql).fetchall(), {0})


def test_a_left_join_to_part_of_a_dataset_is_refused(place: Place) -> None:
    sql = "SELECT resident.sex, count(*) FROM known LEFT JOIN resident USING (person_id) GROUP BY 1"
    with pytest.raises(Refused, match="only part of town/resident is shared"):
        exact.answered(place[0], sql, "some")
