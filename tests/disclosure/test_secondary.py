from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from commonweal.disclosure.cells import Cells
from commonweal.disclosure.profile import PROFILES, Rules
from commonweal.disclosure.protect import protect

from .microdata import AMOUNT, COUNT, measured, people, shown

UK = PROFILES["uk-tre"]
PLAIN = Rules(threshold=10, rounding=1)  # exact counts: totals are then most dangerous
ROLLUP = ((), (0,), (0, 1))
CUBE = ((), (0,), (1,), (0, 1))
TWO_MARGINS = ((0,), (1,))
CUBE_3 = ((), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2))
PAIRS_OF_3 = ((0, 1), (0, 2), (1, 2))

SEEDS = 8

Table = dict[tuple[str, ...], int]


def cells_of(table: Table, sets: tuple[tuple[int, ...], ...], known: bool) -> Cells:
    """Return the cells of a table of people, each in one cell with one row."""
    width = len(next(iter(table)))
    rows: list[dict[str, Any]] = []
    for number, positions in enumerate(sets):
        sums: dict[tuple[str | None, ...], int] = {}
        for key, count in table.items():
            kept = tuple(value if i in positions else None for i, value in enumerate(key))
            sums[kept] = sums.get(kept, 0) + count
        for kept, count in sums.items():
            if count or not positions:
                rows.append(
                    {f"k{i}": value for i, value in enumerate(kept)}
                    | {"set": number, "n_person": count, "n": count, "n__n_person": count, "n__rows": count}
                )
    values = [tuple(sorted({key[i] for key in table})) for i in range(width)]
    schema = pa.schema(
        [(f"k{i}", pa.string()) for i in range(width)]
        + [(name, pa.int64()) for name in ("set", "n_person", "n", "n__n_person", "n__rows")]
    )
    return Cells(
        pa.Table.from_pylist(rows, schema=schema),
        tuple(f"k{i}" for i in range(width)),
        ("person",),
        (COUNT,),
        sets,
        tuple(values) if known else (),
    )


def attacked(table: Table, cells: Cells, rules: Rules) -> list[tuple[tuple[str | None, ...], float, float]]:
    """Return for every small cell the bounds that linear programming finds from all that is shown.

    The attacker knows every value that a key can take, that nobody is counted twice, the rounding and the threshold.
    """
    answer = {(row["set"], *(row[key] for key in cells.keys)): row for row in shown(protect(cells, rules))}
    corners = list(product(*[sorted({key[i] for key in table}) for i in range(len(cells.keys))]))
    spread = rules.rounding // 2
    above, at_most = [], []
    for row in answer.values():
        if row["n"] is None:
            continue
        member = np.array([_inside(corner, row, cells) for corner in corners], dtype=float)
        above += [member, -member]
        at_most += [row["n"] + spread, -max(row["n"] - spread, rules.threshold)]
    found = []
    small = [row for row in cells.table.to_pylist() if row["n_person"] < rules.threshold]
    for row in small:
        aim = np.array([_inside(corner, row, cells) for corner in corners], dtype=float)
        bounds = []
        for sign in (1, -1):
            solved = linprog(sign * aim, A_ub=np.array(above) if above else None, b_ub=at_most or None, method="highs")
            bounds.append(sign * solved.fun if solved.status == 0 else np.inf)
        found.append((tuple(row[key] for key in cells.keys), bounds[0], bounds[1]))
    return found


def _inside(corner: tuple[str, ...], row: dict[str, Any], cells: Cells) -> bool:
    positions = cells.grouping_sets[row["set"]]
    return all(corner[i] == row[cells.keys[i]] for i in positions)


def random_table(seed: int, shape: tuple[int, ...]) -> Table:
    """Return counts with many small cells, and one value of each key that is rare throughout."""
    rng = np.random.default_rng(seed)
    counts = np.where(rng.random(shape) < 0.35, rng.integers(0, 12, shape), rng.integers(10, 90, shape))
    for axis in range(len(shape)):
        rare = np.moveaxis(counts, axis, 0)
        rare[rng.integers(shape[axis])] = rng.integers(0, 3, rare.shape[1:])
    return {tuple(f"v{i}" for i in index): int(counts[index]) for index in np.ndindex(*shape)}


# Without rounding, and with totals in two directions, the interval audit is weaker than linear programming.
CASES = [
    pytest.param(rules, sets, shape, id=name)
    for name, rules, sets, shape in (
        ("rollup", UK, ROLLUP, (4, 4)),
        ("rollup, exact", PLAIN, ROLLUP, (4, 4)),
        ("cube", UK, CUBE, (4, 4)),
        ("two margins", UK, TWO_MARGINS, (4, 4)),
        ("two margins, exact", PLAIN, TWO_MARGINS, (4, 4)),
        ("cube of three", UK, CUBE_3, (3, 3, 2)),
        ("pairs of three", UK, PAIRS_OF_3, (3, 3, 2)),
    )
]


@pytest.mark.parametrize(("rules", "sets", "shape"), CASES)
@pytest.mark.parametrize("known", [True, False], ids=["grid", "no grid"])
def test_linear_programming_cannot_narrow_a_small_count(
    rules: Rules, sets: tuple[tuple[int, ...], ...], shape: tuple[int, ...], known: bool
) -> None:
    attacks = unguarded = 0
    for seed in range(SEEDS):
        table = random_table(seed, shape)
        cells = cells_of(table, sets, known)
        for where, low, high in attacked(table, cells, rules):
            attacks += 1
            assert low <= 1e-6, (seed, where, low, high)
            assert high >= 9 - 1e-6, (seed, where, low, high)
        without = attacked(table, cells, replace(rules, secondary=False))
        unguarded += sum(low > 1e-6 or high < 9 - 1e-6 for _, low, high in without)
    assert attacks >= SEEDS
    if sets != TWO_MARGINS or rules.rounding == 1:  # eight rounded counts alone leave room enough
        assert unguarded > 0  # the attack works where nothing guards the totals


def test_a_single_withheld_cell_takes_its_smallest_sibling_along() -> None:
    rows = [
        *people(60, a="p"),
        *people(25, start=100, a="q"),
        *people(40, start=200, a="r"),
        *people(4, start=300, a="s"),
    ]
    cells = measured(rows, ["a"], [COUNT, AMOUNT], grouping_sets=((), (0,)), known=[("s",)])
    protected = {row["a"]: row for row in shown(protect(cells, UK))}
    assert protected[None]["n"] == 130
    assert [protected[a]["n"] for a in "pqrs"] == [60, None, 40, None]
    assert [protected[a]["amount"] is None for a in "pqrs"] == [False, True, False, True]
    assert protected["q"]["n__why"] == protected["s"]["n__why"]


def test_a_cell_that_vanished_counts_as_withheld() -> None:
    rows = [*people(60, a="p"), *people(25, start=100, a="q"), *people(4, start=300, a="s")]
    protected = shown(protect(measured(rows, ["a"], [COUNT], grouping_sets=((), (0,))), UK))
    assert [(row["a"], row["n"]) for row in protected] == [(None, 90), ("p", 60), ("q", None)]


def test_small_cells_that_are_few_even_together_take_another_along() -> None:
    def answer(q: int, r: int) -> list[Any]:
        rows = [
            *people(60, a="p"),
            *people(50, start=100, a="o"),
            *people(q, start=200, a="q"),
            *people(r, start=300, a="r"),
        ]
        return [
            row["n"]
            for row in shown(protect(measured(rows, ["a"], [COUNT], grouping_sets=((), (0,)), known=[("q", "r")]), UK))
        ]

    assert answer(9, 9) == [130, 50, 60, None, None]
    assert answer(3, 4) == [115, None, 60, None, None]


def test_the_total_goes_when_there_is_no_sibling() -> None:
    rows = [*people(7, a="p"), *people(3, start=100, a="q")]
    (total, *_) = shown(protect(measured(rows, ["a"], [COUNT], grouping_sets=((), (0,)), known=[("p", "q")]), UK))
    assert total["n"] == 10  # two withheld parts that make ten together
    rows = [*people(60, a="p", b="u"), *people(4, start=100, a="p", b="v")]
    answer = shown(
        protect(measured(rows, ["a", "b"], [COUNT], grouping_sets=((0,), (0, 1)), known=[None, ("u", "v")]), UK)
    )
    assert [row["n"] for row in answer] == [65, None, None]


def test_overlapping_parts_are_not_taken_for_a_sum() -> None:
    # One person has several needs: the parts add up to more than the total, and nothing can be subtracted.
    rows = [row | {"a": need} for row in people(60) for need in "pqr"] + people(4, start=100, a="s")
    cells = measured(rows, ["a"], [AMOUNT], grouping_sets=((), (0,)), known=[("s",)])
    protected = shown(protect(cells, UK))
    assert [row["amount"] is None for row in protected] == [False, True, False, False, True]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([ROLLUP, CUBE]))
def test_amounts_do_not_follow_from_totals(seed: int, sets: tuple[tuple[int, ...], ...]) -> None:
    table = random_table(seed, (3, 4))
    rows = []
    for (a, b), count in table.items():
        rows += people(count, start=len(rows) * 1000, a=a, b=b)
    cells = measured(rows, ["a", "b"], [AMOUNT], grouping_sets=sets)
    answer = shown(protect(cells, UK))
    corners = sorted(table)
    equations = [
        [float(_inside(corner, row, cells)) for corner in corners] for row in answer if row["amount"] is not None
    ]
    rank = np.linalg.matrix_rank(np.array(equations)) if equations else 0
    for row in cells.table.to_pylist():
        if row["n_person"] < 10:
            # A small cell's sum is no combination of sums that are shown.
            aim = [float(_inside(corner, row, cells)) for corner in corners]
            assert np.linalg.matrix_rank(np.array([*equations, aim])) == rank + 1
