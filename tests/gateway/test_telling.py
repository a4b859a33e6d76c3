"""What is told of an answer: no more than its numbers and margins allow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.disclosure.cells import Withheld
from commonweal.gateway import picture
from commonweal.gateway.answer import Answer, Margin
from commonweal.gateway.columns import Columns, columns_of
from commonweal.gateway.telling import sentence
from commonweal.ledger.receipt import Receipt

BY_KIND = "select kind, count(*) as homes from housing group by kind"


def answer(
    columns: dict[str, Sequence[Any]],
    *,
    sql: str = BY_KIND,
    withheld: Sequence[tuple[int, str]] = (),
    halves: Sequence[float | None] = (),
    notes: Sequence[str] = (),
) -> Answer:
    name = list(columns)[-1]
    margins = tuple(
        Margin(row, name, columns[name][row] - half, columns[name][row] + half, 0.0, False)
        for row, half in enumerate(halves)
        if half is not None
    )
    cells = tuple(Withheld(row, column, "fewer than 10") for row, column in withheld)
    typed = {key: pa.array(value, pa.int64() if set(value) == {None} else None) for key, value in columns.items()}
    return Answer(pa.table(typed), cells, tuple(notes), sql, "a@1", (), Receipt(1, "", "", ""), margins=margins)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (answer({"kind": ["a", "b"], "homes": [30, 10]}), "Of 2 groups, a has the highest homes, 30; next is b, 10."),
        (
            answer({"kind": ["a", "b"], "homes": [30, 10]}, halves=[5, 5]),
            "Of 2 groups, a has the highest homes, 30 ±5; next is b, 10 ±5.",
        ),
        (
            answer({"kind": ["a", "b"], "homes": [30, 25]}, halves=[5, 5]),
            "The groups cannot be put in an order by homes: their margins overlap.",
        ),
        (
            answer({"kind": ["a", "b", "c"], "homes": [30, 25, 1]}, halves=[5, 5, 1]),
            "a and b have the highest homes, up to 30 ±5; which of them is highest cannot be told, as their margins overlap.",
        ),
        (
            answer({"kind": ["a", "b", "c"], "homes": [30, 30, 1]}),
            "a and b have the highest homes, up to 30; which of them is highest cannot be told, as they are the same.",
        ),
        (
            answer({"kind": ["a", "b"], "homes": [30, 28]}, notes=["Counts are shifted by up to 2 by the cell key method."]),
            "The groups cannot be put in an order by homes: their margins overlap.",
        ),
        (answer({"kind": ["a", "b"], "homes": [5, 5]}), "The groups cannot be put in an order by homes: all are the same."),
        (
            answer({"kind": ["a", "b", "c"], "homes": [30, 10, None]}, withheld=[(2, "homes")]),
            "Of 3 groups, a has the highest homes, 30; next is b, 10. 1 group has no number that may be shown and is not "
            "compared.",
        ),
        (answer({"kind": ["a"], "homes": [None]}, withheld=[(0, "homes")]), "Every number of homes is withheld."),
        (answer({"kind": [], "homes": []}), "There is nothing to show: see the notes for why."),
        (answer({"homes": [1204]}, sql="select count(*) as homes from housing", halves=[20]), "homes is 1,204 ±20."),
        (answer({"kind": ["a", "b"]}, sql="select kind from housing group by kind"), "The answer lists 2 groups."),
        (
            answer({"n": [1, 2], "people": [9, 3]}, sql="select n, count(*) as people from x group by n"),
            "Of 2 groups, n 1 has the highest people, 9; next is n 2, 3.",
        ),
        (
            answer({"month": [date(2026, 1, 1), date(2026, 2, 1)], "n": [10, 50]}, sql="select month, count(*) as n from x group by 1", halves=[5, 5]),
            "From 2026-01-01 to 2026-02-01, n rose from 10 ±5 to 50 ±5.",
        ),
        (
            answer({"month": [date(2026, 2, 1), date(2026, 1, 1)], "n": [10, 12]}, sql="select month, count(*) as n from x group by 1", halves=[5, 5]),
            "From 2026-01-01 to 2026-02-01, n did not clearly change: 12 ±5, then 10 ±5.",
        ),
    ],
)  # fmt: skip
def test_the_sentence(given: Answer, said: str) -> None:
    assert sentence(given) == said


@given(st.lists(st.tuples(st.integers(-999, 999), st.integers(0, 500)), min_size=2, max_size=8))
def test_nothing_is_called_highest_that_another_may_reach(groups: list[tuple[int, int]]) -> None:
    names = [f"g{number}" for number in range(len(groups))]
    values, halves = [value for value, _ in groups], [half for _, half in groups]
    told = sentence(answer({"kind": names, "homes": values}, halves=halves))
    best = max(range(len(groups)), key=lambda i: values[i])
    clear = all(values[i] + halves[i] < values[best] - halves[best] for i in range(len(groups)) if i != best)
    assert (f" {names[best]} has the highest" in told) == clear


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("select packages, count(*) as people from (select p, count(*) as packages from x group by p) as e group by packages",
         Columns((0,), (1,))),
        ("select n, m from (select count(*) as n, sum(a) as m from x) as t", Columns((), (0, 1))),
        ("select a, sum(b) from x group by 1", Columns((0,), (1,))),
        ("no sql at all", Columns((), (0, 1))),
        ("", Columns((), (0, 1))),
    ],
)  # fmt: skip
def test_which_columns_are_groups(sql: str, columns: Columns) -> None:
    assert columns_of(answer({"a": [1], "b": [2]}, sql=sql)) == columns


def test_a_picture_shows_what_its_table_shows() -> None:
    given = answer({"kind": ["a", "<b>"], "homes": [30, None]}, withheld=[(1, "homes")], halves=[5, None])
    assert picture.has_picture(given)
    values = picture.specification(given)["data"]["values"]
    assert values == [
        {"label": "a", "text": "", "value": 30.0, "place": 35.0, "low": 25.0, "high": 35.0},
        {"label": "<b>", "text": "[c]", "value": None, "place": 0},
    ]
    drawn = picture.svg(given)
    assert "[c]" in drawn
    assert "<b>" not in drawn
    assert "style=" not in drawn


def test_a_line_is_drawn_over_time_and_nothing_of_one_row() -> None:
    months = answer(
        {"month": [date(2026, 1, 1), date(2026, 2, 1)], "n": [1, 2]},
        sql="select month, count(*) as n from x group by 1",
    )
    assert picture.description(months).startswith("Line chart of n by month")
    assert "<path" in picture.svg(months)
    assert not picture.has_picture(answer({"homes": [1]}, sql="select count(*) as homes from x"))
    assert not picture.has_picture(answer({"kind": ["a"] * 50, "homes": [1] * 50}))
