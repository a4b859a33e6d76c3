from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.disclosure.metered.axis import Axis, ColumnSet, subsets
from commonweal.disclosure.metered.charge import (
    LEVEL,
    SIZES,
    cost,
    flags,
    kept,
    lattice_cost,
    noise_sd,
    spent,
)
from commonweal.disclosure.metered.profile import CAP
from tests.disclosure.metered.ladders import RAGGED, REGULAR, axes, column_sets, linear_map, persons, seen

SD = 7.0
PUBLISHED = {"a": Axis.flat("a", 3), "b": Axis.flat("b", 2), "c": Axis.flat("c", 4), "d": Axis.flat("d", 5)}


def exact_rho(
    maps: dict[ColumnSet, np.ndarray], of: dict[str, Axis], tables: list[ColumnSet], who: dict[str, int]
) -> float:
    """The loss by the full covariance of the noise of some tables, for a person who leaves one level for another.

    Levels are independent and alike, so it is twice that of one level: half of v' C^+ v each.
    """
    noise_of_all = np.concatenate([maps[columns] for columns in tables])
    moved = np.concatenate([seen(of, columns, who) for columns in tables])
    full = noise_of_all @ noise_of_all.T
    inverse = np.linalg.pinv(full, rcond=1e-10, hermitian=True)
    # A move that the noise does not hide at all would cost infinitely much: the pseudo-inverse must not overlook it.
    assert np.abs(full @ (inverse @ moved) - moved).max() < 1e-8
    return float(2 * 0.5 * moved @ inverse @ moved)


@pytest.mark.parametrize("of", [PUBLISHED, REGULAR], ids=["published", "ladder"])
def test_the_charge_is_exact(of: dict[str, Axis], monkeypatch: pytest.MonkeyPatch) -> None:
    """All tables of four axes, and a dozen collections of some of them, by the covariance of the real noise."""
    tables = column_sets(of)
    maps = linear_map(monkeypatch, of, tables, SD)
    everybody = persons(of)
    rng = random.Random(4)
    every = spent(tables, of, SD, LEVEL)
    assert exact_rho(maps, of, tables, everybody[17]) == pytest.approx(every, abs=1e-8)
    if of is PUBLISHED:
        assert every / 2 == pytest.approx(0.0472116, abs=5e-8)  # bench/meter_simulator.py, `residual`: one level
    for _ in range(12):
        some = rng.sample(tables, rng.randint(1, 4))
        exact = exact_rho(maps, of, some, rng.choice(everybody))
        assert exact == pytest.approx(spent(some, of, SD, LEVEL), abs=1e-8)


def test_with_ragged_ladders_the_charge_is_that_of_whoever_loses_most_of_each_part(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    of = {name: each for name, each in RAGGED.items() if name != "sex"}
    tables = column_sets(of)
    maps = linear_map(monkeypatch, of, tables, SD)
    rng = random.Random(5)
    for some in [tables, *(rng.sample(tables, 3) for _ in range(5))]:
        charged = spent(some, of, SD, LEVEL)
        parts = set().union(*(subsets(columns) for columns in some))
        for who in rng.sample(persons(of), 4):
            own = 0.0
            for part in parts:
                f = 1.0
                for name, depth in part:
                    f *= 1 - 1 / of[name].siblings(depth)[of[name].values(depth)[who[name]]]
                own += LEVEL * f**2 / (2 * SD**2)
            assert exact_rho(maps, of, some, who) == pytest.approx(own, abs=1e-8)
            assert own <= charged + 1e-12


@given(axes(), st.data())
@settings(max_examples=60)
def test_opening_in_any_order_costs_the_same_and_nothing_twice(of: dict[str, Axis], data: st.DataObject) -> None:
    opened = data.draw(st.lists(st.sampled_from(column_sets(of)), max_size=5))
    total, so_far = 0.0, list[ColumnSet]()
    for columns in data.draw(st.permutations(opened)):
        added = cost(columns, so_far, of, SD, LEVEL)
        assert added >= 0
        total += added
        so_far.append(columns)
        for subset in subsets(columns):
            assert cost(subset, so_far, of, SD, LEVEL) == 0
    assert total == pytest.approx(spent(opened, of, SD, LEVEL), abs=1e-12)
    assert spent(opened, of, SD, LEVEL) == spent(opened[::-1], of, SD, LEVEL)
    finer = data.draw(st.sampled_from(column_sets(of)))
    assert cost(finer, opened, of, SD, LEVEL) <= cost(finer, [], of, SD, LEVEL)


@pytest.mark.parametrize("of", [REGULAR, RAGGED], ids=["regular", "ragged"])
@pytest.mark.parametrize("most", [0, 1, 2, 3, 4, 9])
def test_the_cost_of_the_lattice_is_that_of_its_tables(of: dict[str, Axis], most: int) -> None:
    together = spent(column_sets(of, most), of, SD, LEVEL)
    assert lattice_cost(of.values(), most) * LEVEL / (2 * SD**2) == pytest.approx(together, rel=1e-12)


def test_a_column_of_two_values_is_nearly_free_and_one_of_one_value_is_free() -> None:
    of = {"one": Axis.flat("one", 1), "two": Axis.flat("two", 2), "many": Axis.flat("many", 50)}
    whole = cost((), [], of, SD, LEVEL)
    assert whole == LEVEL / (2 * SD**2)
    assert cost((("two", 1),), [()], of, SD, LEVEL) == pytest.approx(whole / 4)
    assert cost((("many", 1),), [()], of, SD, LEVEL) == pytest.approx(whole * 0.98**2)
    assert cost((("one", 1),), [()], of, SD, LEVEL) == 0
    assert kept((("many", 1), ("two", 1)), of) == pytest.approx(0.49)


def test_sensitivities() -> None:
    assert (LEVEL, SIZES, flags(1), flags(3)) == (2, 1, 2, 6)
    assert cost((), [], {}, 14, flags(3)) == pytest.approx(3 * cost((), [], {}, 14, LEVEL))
    with pytest.raises(ValueError, match="at least one"):
        flags(0)
    for sd, sensitivity in [(0, 2), (14, 0), (float("nan"), 2)]:
        with pytest.raises(ValueError, match="above 0"):
            cost((), [], {}, sd, sensitivity)


def test_the_figures_of_the_design() -> None:
    """Section 2 and 4 of the measurements: arithmetic on values of ordinary columns."""
    sizes = (20, 18, 2, 5, 4, 8, 6, 2, 10, 3, 7, 5)

    def units(columns: int, most: int) -> float:
        return lattice_cost([Axis.flat(f"c{i}", size) for i, size in enumerate(sizes[:columns])], most)

    assert units(6, 4) / 14**2 == pytest.approx(0.101, abs=5e-4)
    assert math.sqrt(units(6, 4) / CAP) == pytest.approx(12.4, abs=0.05)
    assert math.sqrt(units(8, 4) / CAP) == pytest.approx(17, abs=0.5)
    assert math.sqrt(units(10, 4) / CAP) == pytest.approx(25, abs=0.5)
    assert math.sqrt(units(10, 3) / CAP) == pytest.approx(20, abs=0.5)
    assert math.sqrt(units(12, 4) / CAP) == pytest.approx(36, abs=0.5)
    assert math.sqrt(units(12, 3) / CAP) == pytest.approx(26, abs=0.5)
    assert units(8, 4) / 14**2 == pytest.approx(0.19, abs=5e-3)


@pytest.mark.parametrize(("columns", "sd"), [(0, 14), (6, 14), (7, 17), (8, 17), (9, 20), (10, 20), (11, 26), (12, 26)])
def test_the_noise_grows_with_the_number_of_columns(columns: int, sd: float) -> None:
    assert noise_sd(columns) == sd


def test_too_many_columns_are_refused_with_what_to_do() -> None:
    with pytest.raises(ValueError, match=r"13 quasi columns .* leave some out of the view, or merge"):
        noise_sd(13)
    with pytest.raises(ValueError, match="below 0"):
        noise_sd(-1)


@given(axes(), st.data())
@settings(max_examples=30)
def test_the_charge_is_never_below_the_published_sum(of: dict[str, Axis], data: st.DataObject) -> None:
    """Written again in the plainest way: every choice of a depth for each column, each the product of its factors."""
    columns = data.draw(st.sampled_from(column_sets(of)))
    total = 0.0
    for depths in itertools.product(*(range(depth + 1) for _, depth in columns)):
        f = 1.0
        for (name, _), depth in zip(columns, depths, strict=True):
            if depth:
                f *= 1 - 1 / max(of[name].parents[depth - 1].count(value) for value in of[name].parents[depth - 1])
        total += LEVEL * f * f / (2 * SD * SD)
    assert cost(columns, [], of, SD, LEVEL) == pytest.approx(total, abs=1e-12)
