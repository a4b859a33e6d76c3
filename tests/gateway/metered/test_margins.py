"""Margins hold: over many draws of noise, what is true lies inside them in 95 of 100 cases, in small groups too."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from commonweal.gateway.metered.margins import UNSURE
from commonweal.installation import Installation
from tests.gateway.metered.redrawn import plan_of, redrawn
from tests.residents import sharing
from tests.residents.people import TOP, draw

MEANS = {
    "mean": "avg(arrears)",
    "mean, written out": "round(sum(arrears) / count(*), 2)",
    "mean of those with any": "avg(arrears) FILTER (WHERE arrears > 0)",
    "mean above an edge": "avg(arrears) FILTER (WHERE arrears > 500)",
    "contacts a head": "avg(contacts)",
    "difference of means": "avg(arrears) - avg(cost)",
}
SHARES = {
    "share": "count(*) FILTER (WHERE arrears > 0) / count(*)",
    "per cent": "100.0 * count(*) FILTER (WHERE arrears > 500) / nullif(count(*), 0)",
    "by cases": "sum(CASE WHEN owes = 'yes' THEN 1 ELSE 0 END) * 1.0 / nullif(count(*), 0)",
    "the rest": "1 - count(*) FILTER (WHERE arrears > 0) / count(*)",
    "a head of those who owe": "sum(arrears) / nullif(count(*) FILTER (WHERE arrears > 0), 0)",
}
OTHERS = {"sum": "sum(arrears)", "count": "count(*) FILTER (WHERE arrears > 0)", "median": "median(arrears)"}
OTHERS |= {"median of those with any": "median(arrears) FILTER (WHERE arrears > 0)"}
DRAWS = 12
BY = "ward, tenancy"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, duckdb.DuckDBPyConnection]]:
    residents = draw(5000, seed=3)
    with sharing.founded(tmp_path_factory.mktemp("small") / "town") as installation:
        sharing.stock(installation, residents)
        for profile in ("standard", "formal"):
            sharing.agree(installation, sharing.document(profile))
        yield installation, sharing.plain(residents)


def asked(expression: str) -> str:
    return f"SELECT {BY}, {expression} AS number, count(*) AS people FROM resident GROUP BY {BY}"


@pytest.mark.parametrize("plain", [True, False], ids=["plain", "drawn"])
@pytest.mark.parametrize("title", [*MEANS, *SHARES, *OTHERS])
def test_margins_of_small_groups_hold(
    town: tuple[Installation, duckdb.DuckDBPyConnection], title: str, plain: bool
) -> None:
    installation, exact = town
    expression = (MEANS | SHARES | OTHERS)[title]
    true = {row[:2]: row[2:] for row in exact.execute(asked(expression)).fetchall()}
    held: dict[str, list[bool]] = defaultdict(list)
    for shown, margins in redrawn(installation, asked(expression), "standard", plain=plain, draws=DRAWS):
        rows = [tuple(row.values()) for row in shown.table.to_pylist()]
        known = {margin.row: margin for margin in margins if margin.column == "number"}
        for number, (*group, value, _) in enumerate(rows):
            right, people = true.get(tuple(group), (None, 0))
            if value is None or right is None or not 10 <= people <= 200:
                continue
            margin = known[number]  # everything that is shown has one
            assert margin.low <= value <= margin.high
            held["under 60" if people < 60 else "to 200"].append(margin.low <= float(right) <= margin.high)
    assert sum(len(each) for each in held.values()) > 60
    shares = {size: np.mean(each) for size, each in held.items() if len(each) > 50}
    assert shares and all(share >= 0.95 for share in shares.values()), shares


@pytest.mark.parametrize("plain", [True, False], ids=["plain", "drawn"])
@pytest.mark.parametrize("by", ["ward, tenancy", "ethnicity"])
@given(
    column=st.sampled_from(["arrears", "cost", "arrears_last_year", "contacts"]),
    condition=st.sampled_from(["", "arrears > 0", "contacts > 1", "sex = 'F'", "arrears > 500"]),
    written=st.sampled_from(["avg({0}) {1}", "sum({0}) {1} / count(*) {1}", "coalesce(sum({0}) {1}, 0) * 1.0 / nullif(count(*) {1}, 0)"]),
    start=st.integers(0, 1000),
)  # fmt: skip
@settings(
    max_examples=3,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_mean_of_what_is_never_negative_never_is(
    town: tuple[Installation, duckdb.DuckDBPyConnection], plain: bool, by: str, column: str, condition: str,
    written: str, start: int,
) -> None:  # fmt: skip
    filtered = f"FILTER (WHERE {condition})" if condition else ""
    mean = written.format(column, filtered)
    inner = f"SELECT {by}, {mean} AS mean FROM resident GROUP BY {by}"
    top = TOP if column != "contacts" else 20
    for sql in (inner, f"SELECT min(mean) AS mean, max(mean) AS most FROM ({inner})"):
        for shown, margins in redrawn(town[0], sql, "standard", plain=plain, draws=2, start=start):
            means = [value for value in shown.table.column("mean").to_pylist() if value is not None]
            assert all(0 <= mean <= top for mean in means), sql
            assert all(0 <= margin.low <= margin.high <= top for margin in margins)


def test_without_bounds_such_means_were_negative(town: tuple[Installation, duckdb.DuckDBPyConnection]) -> None:
    """What the bounds are for: the sums that plain means are made of are negative in many small groups."""
    sql = f"SELECT {BY}, sum(arrears) AS total FROM resident GROUP BY {BY}"
    totals = [
        value
        for shown, _ in redrawn(town[0], sql, "standard", plain=True, draws=4)
        for value in shown.table.column("total").to_pylist()
        if value is not None
    ]
    assert sum(total < 0 for total in totals) > 20


def test_a_ratio_by_what_may_be_nought_is_withheld_and_says_so(
    town: tuple[Installation, duckdb.DuckDBPyConnection],
) -> None:
    sql = f"SELECT {BY}, sum(arrears) / sum(cost) AS ratio FROM resident GROUP BY {BY}"
    whole = "SELECT sum(arrears) / sum(cost) AS ratio FROM resident"
    for shown, margins in redrawn(town[0], sql, "standard", plain=True, draws=2):
        hidden = {each.row for each in shown.withheld if each.reason == UNSURE}
        values = shown.table.column("ratio").to_pylist()
        assert len(hidden) > 30
        assert all(values[row] is None for row in hidden)
        assert {margin.row for margin in margins} == {row for row, value in enumerate(values) if value is not None}
    (shown, margins), *_ = redrawn(town[0], whole, "standard", plain=True, draws=1)
    assert not shown.withheld
    assert margins[0].low <= town[1].execute(whole).fetchone()[0] <= margins[0].high  # type: ignore[index]


@pytest.mark.parametrize(
    ("expression", "ends"),
    [
        ("avg(arrears)", (0, TOP)),
        ("avg(arrears) FILTER (WHERE arrears > 500)", (500, TOP)),
        ("avg(contacts)", (0, 20)),
        ("count(*) FILTER (WHERE arrears > 0) / count(*)", (0, 1)),
        ("100.0 * count(*) FILTER (WHERE arrears > 500) / count(*)", (0, 100)),
        ("sum(arrears) / count(*) FILTER (WHERE arrears > 0)", (0, TOP)),
        ("sum(arrears) / count(*) FILTER (WHERE arrears > 100)", (0, None)),
        ("sum(arrears) / sum(cost)", (0, None)),
        ("count(*) / count(*) FILTER (WHERE arrears > 0)", (0, None)),
        ("avg(arrears) FILTER (WHERE sex = 'F')", (0, TOP)),
        ("sum(arrears) FILTER (WHERE sex = 'F') / count(*)", (0, TOP)),
        ("sum(arrears) / count(*) FILTER (WHERE sex = 'F')", (0, None)),
    ],
)
def test_a_quotient_is_held_inside_what_it_can_be(
    town: tuple[Installation, duckdb.DuckDBPyConnection], expression: str, ends: tuple[float, float | None]
) -> None:
    plan = plan_of(town[0], f"SELECT ward, {expression} AS x FROM resident GROUP BY ward", "standard")
    said = plan.presentation.sql("duckdb")
    low, high = ends
    assert re.search(rf"GREATEST\(.*, {float(low)}\)", said)
    assert (f", {float(high)})" in said) if high is not None else "LEAST(" not in said


def test_formal_tables_are_read_plain_alike(town: tuple[Installation, duckdb.DuckDBPyConnection]) -> None:
    answer = town[0].gateway(sharing.ANALYST).ask(asked("avg(arrears)"), agreement="formal", plain=True)
    means = [mean for mean in answer.table.column("number").to_pylist() if mean is not None]
    assert means and all(0 <= mean <= TOP for mean in means)
