"""Cells given up for others' sake: enough of them, for an attacker who knows linear programming, and not many more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.suppression import HAVE_TAU, compared, interval, knowledge, our_demands, random_table, withheld_by_us
from commonweal.disclosure.attacker import Attacker
from commonweal.disclosure.least_loss import least_loss
from commonweal.disclosure.margins import margins
from commonweal.disclosure.profile import PROFILES
from commonweal.disclosure.programme import Contradiction, Programme

from .microdata import AMOUNT, measured, people, shown

SMALL = range(10)


@pytest.mark.parametrize("seed", SMALL)
def test_every_hidden_number_keeps_its_interval(seed: int) -> None:
    table = random_table(seed)
    hidden = withheld_by_us(table)
    for cell, (low, high) in our_demands(table).items():
        if cell < len(table.places):
            found = interval(table, hidden, cell)
            assert found[0] <= low + 1e-5 * max(1, high)
            assert found[1] >= high - 1e-5 * max(1, high)


def test_primary_suppression_alone_is_not_enough() -> None:
    known = [knowledge(random_table(seed)) for seed in SMALL]
    assert any(True for each in known for _ in Attacker(each).shortfalls(each.guarded))


@pytest.mark.skipif(not HAVE_TAU, reason="pytauargus (EUPL-1.2, for development only) is not installed")
def test_as_safe_as_tau_argus_and_little_more_is_lost() -> None:
    rows = compared(SMALL)
    assert sum(row["ours short"] for row in rows) == 0
    for what in ("", " value"):
        assert sum(row[f"ours{what}"] for row in rows) <= 1.1 * sum(row[f"tau{what}"] for row in rows)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 5_000))
def test_the_hidden_numbers_change_nothing(seed: int) -> None:
    table = random_table(2 * (seed // 2) + 1)
    known, counts = knowledge(table), table.values
    other = np.where(table.primary, counts * 3 + 7, counts)
    one, two = least_loss(known, counts), least_loss(known, other)
    assert one is not None and two is not None
    assert (one == two).all()
    assert one[table.primary].all()


def test_parts_that_overlap_are_no_table() -> None:
    equations = margins(np.array([0, 1, 1]), np.array([[-1], [0], [1]]), ((), (0,)))
    with pytest.raises(Contradiction):
        bounds = np.array([60.0, 58.0, 100.0])
        Programme(equations).furthest(np.array([0]), 1.0, bounds, bounds)


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    withheld_by_us(random_table(5))
    assert capfd.readouterr() == ("", "")


def test_amounts_below_nought_are_guarded_too() -> None:
    # Two amounts of either sign: any sum leaves both open, one alone does not.
    rows = [
        row | {"a": a, "amount": (-1) ** i * (50 + 3 * i)}
        for a, size in (("p", 40), ("q", 30), ("r", 4), ("s", 25))
        for i, row in enumerate(people(size, start=1000 * ord(a), a=a))
    ]
    cells = measured(rows, ["a"], [AMOUNT], grouping_sets=((), (0,)), known=[("r",)])
    answer = {row["a"]: row["amount"] for row in shown(protect_uk(cells))}
    hidden = [a for a, amount in answer.items() if amount is None]
    assert "r" in hidden and len(hidden) >= 2


def protect_uk(cells):  # type: ignore[no-untyped-def]
    from commonweal.disclosure.protect import protect

    return protect(cells, PROFILES["uk-tre"])
