from __future__ import annotations

from itertools import product
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.disclosure import grid
from commonweal.disclosure.cells import Cells
from commonweal.disclosure.profile import PROFILES
from commonweal.disclosure.protect import protect

from .microdata import COUNT, measured, people, shown

UK = PROFILES["uk-tre"]


def named(cells: Cells, profile: str = "uk-tre") -> list[tuple[Any, ...]]:
    return [(*(row[key] for key in cells.keys), row["n"]) for row in shown(protect(cells, PROFILES[profile]))]


def test_absent_and_small_cells_look_the_same() -> None:
    rows = [*people(20, a="p", b="u"), *people(20, start=50, a="q", b="v")]
    full = [("p", "u", 20), ("p", "v", None), ("q", "u", None), ("q", "v", 20)]
    assert named(measured(rows, ["a", "b"], [COUNT])) == full
    assert named(measured([*rows, *people(4, start=90, a="p", b="v")], ["a", "b"], [COUNT])) == full
    # A value that no shown cell has, and that nobody knows, is not named.
    assert named(measured([*rows, *people(4, start=90, a="rare", b="v")], ["a", "b"], [COUNT])) == full


def test_public_values_are_named_and_others_vanish() -> None:
    rows = [*people(20, a="p"), *people(3, start=50, a="q"), *people(3, start=90, a="rare")]
    assert named(measured(rows, ["a"], [COUNT])) == [("p", 20)]
    assert named(measured(rows, ["a"], [COUNT], known=[("p", "q", "z")])) == [("p", 20), ("q", None), ("z", None)]


def test_a_missing_key_is_a_value_like_any_other() -> None:
    rows = [*people(20, a=None), *people(20, start=50, a="p"), *people(3, start=80, a="q")]
    assert named(measured(rows, ["a"], [COUNT])) == [("p", 20), (None, 20)]
    assert named(measured([*people(3, a=None), *people(20, start=50, a="p")], ["a"], [COUNT])) == [("p", 20)]


def test_the_grand_total_always_has_its_row() -> None:
    for count in (0, 3):
        cells = measured(people(count), [], [COUNT])
        (row,) = shown(protect(cells, UK))
        assert row["n"] is None
        (row,) = shown(protect(Cells(cells.table.slice(0, 0), (), ("person",), (COUNT,)), UK))
        assert row["n"] is None


def test_the_grid_is_completed_in_each_grouping_set() -> None:
    rows = [*people(20, a="p", b="u"), *people(20, start=50, a="q", b="v")]
    cells = measured(rows, ["a", "b"], [COUNT], grouping_sets=((0,), (0, 1)), known=[("z",), None])
    assert [(row["set"], row["a"], row["b"]) for row in shown(protect(cells, UK))] == [
        *((0, a, None) for a in "pqz"),
        *((1, a, b) for a, b in product("pqz", "uv")),
    ]


def test_where_zeros_are_shown_an_absent_cell_has_no_row() -> None:
    rows = [*people(20, a="p"), *people(3, start=50, a="q")]
    assert named(measured(rows, ["a"], [COUNT], known=[("q", "z")]), "nhs") == [("p", 20), ("q", None)]


def test_too_large_a_grid_is_not_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [*people(20, a="p", b="u"), *people(20, start=50, a="q", b="v"), *people(4, start=90, a="p", b="v")]
    monkeypatch.setattr(grid, "LARGEST", 3)
    assert named(measured(rows, ["a", "b"], [COUNT])) == [("p", "u", 20), ("q", "v", 20)]


@pytest.mark.parametrize(
    ("kind", "values", "known"),
    [
        (pa.int32(), [3, 1], ("2", 4, "none", 2**40)),
        (pa.bool_(), [True, True], ("false",)),
        (pa.date32(), [3, 1], ("1970-01-03",)),
        (pa.float64(), [1.5, float("nan")], ("2.5",)),
        (pa.dictionary(pa.int32(), pa.string()), ["b", "a"], ("c",)),
    ],
)
def test_keys_of_every_type_are_sorted_and_known_values_fit_them(
    kind: pa.DataType, values: list[Any], known: tuple[object, ...]
) -> None:
    values = values if kind != pa.bool_() else values[:1]
    count = len(values)
    table = pa.table({"a": pa.array(values, kind), "set": [0] * count})
    for name in ("n_person", "n", "n__n_person", "n__rows"):
        table = table.append_column(name, pa.array([30] * count))
    protected = protect(Cells(table, ("a",), ("person",), (COUNT,), ((0,),), (known,)), UK)
    fitting = 2 if kind == pa.int32() else 1
    assert protected.table.num_rows == count + fitting
    assert protected.table["n"].null_count == fitting
    column = protected.table["a"].to_pylist()
    assert column == sorted(column, key=lambda value: (value != value, value))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("pqr"), st.sampled_from("uv"), st.integers(0, 30)), max_size=120))
def test_rows_tell_nothing_about_small_cells(drawn: list[tuple[str, str, int]]) -> None:
    rows = [people(1)[0] | {"person": (a, b, who), "a": a, "b": b} for a, b, who in drawn]
    answer = named(measured(rows, ["a", "b"], [COUNT]))
    safe = {(a, b) for a, b in product("pqr", "uv") if len({who for x, y, who in drawn if (x, y) == (a, b)}) >= 10}
    # The rows are a function of the safe cells alone.
    assert [row[:2] for row in answer] == sorted(product({a for a, _ in safe}, {b for _, b in safe}))
