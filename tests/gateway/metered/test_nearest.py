"""Refusals of the metered path offer the nearest question that can be answered, and none that cannot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from commonweal.errors import Refused
from commonweal.gateway.gateway import Gateway
from commonweal.gateway.metered.nearest import with_nearest
from commonweal.gateway.metered.refusals import dropping, outside
from tests.residents import sharing
from tests.residents.people import draw


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with sharing.founded(tmp_path_factory.mktemp("near") / "town") as installation:
        sharing.stock(installation, draw(1500))
        agreed: dict[str, Any] = sharing.document("standard")
        # Without a band of the agreement's own, which would leave nothing inside a level.
        agreed["data"][0] |= {"columns": agreed["data"][0]["columns"] | {"date_of_birth": "keep"}}
        sharing.agree(installation, agreed)
        yield installation.gateway(sharing.ANALYST)


AGE = "age_in_years(date_of_birth)"
NEAR = {
    "a fifth column": (
        "SELECT ward, sex, count(*) AS n FROM resident WHERE tenancy = 'owner' AND ethnicity = 'white' AND band = 'A' "
        "GROUP BY ward, sex",
        "SELECT ward, sex, COUNT(*) AS n FROM resident WHERE tenancy = 'owner' AND ethnicity = 'white' GROUP BY ward, sex",
    ),
    "a fifth key, by numbers": (
        "SELECT ward, sex, ethnicity, band, tenancy, count(*) AS n FROM resident GROUP BY 1, 2, 3, 4, 5 ORDER BY 5, 6 DESC",
        "SELECT ward, sex, ethnicity, band, COUNT(*) AS n FROM resident GROUP BY ward, sex, ethnicity, band "
        "ORDER BY COUNT(*) DESC",
    ),
    "a third secret": (
        "SELECT ward, count(*) FROM resident WHERE arrears > 500 AND cost > 200 AND contacts > 1 GROUP BY ward",
        "SELECT ward, COUNT(*) FROM resident WHERE arrears > 500 AND cost > 200 GROUP BY ward",
    ),
    "an age inside a level": (
        f"SELECT ward, count(*) FROM resident WHERE {AGE} >= 33 GROUP BY ward",
        f"SELECT ward, COUNT(*) FROM resident WHERE {AGE} >= 35 GROUP BY ward",
    ),
    "ages between": (
        f"SELECT count(*) FROM resident WHERE {AGE} BETWEEN 18 AND 64",
        f"SELECT COUNT(*) FROM resident WHERE {AGE} >= 20 AND {AGE} < 65",
    ),
    "one value": (
        "SELECT ward, count(*) FROM resident WHERE arrears = 523.17 GROUP BY ward",
        "SELECT ward, COUNT(*) FROM resident WHERE arrears > 500 AND arrears <= 1000 GROUP BY ward",
    ),
    "the upper edge of a band": (
        "SELECT ward, count(*) FROM resident WHERE arrears = 500 GROUP BY ward",
        "SELECT ward, COUNT(*) FROM resident WHERE arrears > 200 AND arrears <= 500 GROUP BY ward",
    ),
    "a day inside a month": (
        "SELECT count(*) FROM resident WHERE start_month < DATE '2025-03-20'",
        "SELECT COUNT(*) FROM resident WHERE start_month < CAST('2025-04-01' AS DATE)",
    ),
    "ages in threes": (
        f"SELECT {AGE} // 3 AS age, count(*) FROM resident GROUP BY 1",
        f"SELECT {AGE} AS age, COUNT(*) FROM resident GROUP BY {AGE}",
    ),
}


@pytest.mark.parametrize(("sql", "near"), NEAR.values(), ids=NEAR)
def test_what_is_offered_is_answered(gateway: Gateway, sql: str, near: str) -> None:
    with pytest.raises(Refused) as refused:
        gateway.ask(sql, agreement="standard")
    assert refused.value.nearest.lower() == near.lower()
    assert gateway.ask(refused.value.nearest, agreement="standard").table.num_columns


def test_nothing_is_offered_that_would_be_refused(gateway: Gateway) -> None:
    sql = "SELECT ward, sex, count(*) AS n, sum(ln(arrears)) FROM resident WHERE ethnicity = 'white' AND band = 'A' GROUP BY ward, sex, tenancy"
    with pytest.raises(Refused) as refused:
        gateway.ask(sql, agreement="standard")
    assert not refused.value.nearest


def test_candidates_are_tried_one_after_another_and_only_where_something_is_known() -> None:
    sql = "SELECT a, count(*) FROM t WHERE b = 1 AND c = 2 GROUP BY a"
    refusal = outside("too many.", "Leave one out.", hint=dropping(["a", "b", "c"]))
    tried: list[str] = []

    def third(text: str) -> bool:
        tried.append(text)
        return len(tried) == 3

    assert with_nearest(refusal, sql, third) is refusal
    assert refusal.nearest == tried[2] == "SELECT COUNT(*) FROM t WHERE b = 1 AND c = 2"
    assert tried[:2] == [
        "SELECT a, COUNT(*) FROM t WHERE b = 1 GROUP BY a",
        "SELECT a, COUNT(*) FROM t WHERE c = 2 GROUP BY a",
    ]
    assert not with_nearest(outside("no.", "No."), sql, lambda _: True).nearest  # type: ignore[attr-defined]
    never = outside("too many.", "Leave one out.", hint=dropping(["a", "b", "c"]))
    assert not with_nearest(never, sql, lambda _: False).nearest  # type: ignore[attr-defined]
