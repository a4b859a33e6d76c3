"""What is shown without the database is what the database would show."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from commonweal.disclosure.cells import Aggregate, Measured, ProtectedCells, Withheld
from commonweal.gateway import presentation
from commonweal.gateway.plain_presentation import columns_in_order
from commonweal.query.dialect import DIALECT

TEXTS = st.one_of(
    st.none(), st.sampled_from(["", "a", "A", "ä", "z", "10", "9", "ward 1", "ward 10", "\U0001f600", "ￜ"])
)
NUMBERS = st.one_of(st.none(), st.integers(-3, 3))
REALS = st.one_of(st.none(), st.sampled_from([0.0, -0.0, 1.5, -2.25, 1e300, float("inf"), float("nan")]))
ORDERS = [
    "",
    "ORDER BY ward",
    "ORDER BY n DESC",
    "ORDER BY s DESC, ward",
    "ORDER BY m.a2 DESC",
    "ORDER BY m.k2, s",
    "ORDER BY n DESC, n",
    "ORDER BY WARD DESC",
    "ORDER BY n NULLS FIRST",
    "ORDER BY n DESC LIMIT 3",
    "ORDER BY n + 1",
]
OUTPUTS = [
    "m.k1 AS ward, m.a1 AS n, m.a2 AS s",
    "m.a2 AS s, m.k1 AS ward, m.a1 AS n, m.k2 AS other",
    "m.a1 AS n, m.a1 AS again, m.a2 AS s, m.k1 AS ward",
    "m.a1 + 1 AS n, m.a2 AS s, m.k1 AS ward",
]


def cells(rows: list[tuple[Any, ...]], *, numbered: bool) -> ProtectedCells:
    kinds = [pa.string(), pa.int32(), pa.int64(), pa.float64()]
    columns = {
        name: pa.array([row[place] for row in rows], type=kind)
        for place, (name, kind) in enumerate(zip(("k1", "k2", "a1", "a2"), kinds, strict=True))
    }
    for name in ("a1", "a2"):
        why = [None if valid else "fewer than 10" for valid in columns[name].is_valid().to_pylist()]
        columns[name + presentation.WHY] = pa.array(why, type=pa.string())
    if numbered:
        columns[presentation.ROW] = pa.array(range(len(rows)), type=pa.int64())
    withheld = tuple(Withheld(row, "a1", "fewer than 10") for row, found in enumerate(rows) if found[2] is None)
    return ProtectedCells(pa.table(columns), ("k1", "k2"), (Aggregate("a1", Measured.ROWS),), withheld)


def asked(outputs: str, order: str) -> exp.Query:
    tree = DIALECT.parse(f"SELECT {outputs} FROM m {order}")[0]
    assert isinstance(tree, exp.Query)
    return tree


PRESENTER = presentation.Presenter()


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(TEXTS, NUMBERS, NUMBERS, REALS), max_size=12), st.sampled_from(OUTPUTS),
    st.sampled_from(ORDERS), st.booleans(),
)  # fmt: skip
def test_it_is_what_the_database_shows(rows: list[tuple[Any, ...]], outputs: str, order: str, numbered: bool) -> None:
    tree, measured = asked(outputs, order), {"m": cells(rows, numbered=numbered)}
    titles = tuple(projection.alias_or_name for projection in tree.selects)
    shown = PRESENTER.present(tree, titles, measured)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(presentation, "columns_in_order", lambda *_: None)
        expected = PRESENTER.present(tree, titles, measured)
    assert shown.table.schema == expected.table.schema
    assert repr(shown.table.to_pylist()) == repr(expected.table.to_pylist())
    assert shown.withheld == expected.withheld
    assert len(shown.rows) == len(expected.rows)


@pytest.mark.parametrize("order", ORDERS)
def test_it_is_used_for_plain_questions_only(order: str) -> None:
    table = cells([("a", 1, 2, 3.0)], numbered=True).table
    plain = columns_in_order(asked(OUTPUTS[0], order), "m", table)
    assert (plain is None) == any(word in order for word in ("FIRST", "LIMIT", "+"))
    assert columns_in_order(asked(OUTPUTS[3], order), "m", table) is None
