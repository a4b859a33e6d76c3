from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.disclosure.metered.histogram import Noisy, Secret
from commonweal.disclosure.metered.reading import read
from tests.disclosure.metered.small_tables import amounts, noisy, town

EACH = np.arange(48).reshape(12, 4)


@st.composite
def tables(draw: st.DrawFn) -> tuple[object, ...]:
    """Any tables at all, also such as noise makes of empty cells: negative counts, negative and zero sizes."""
    shape = tuple(draw(st.lists(st.integers(1, 4), min_size=0, max_size=4)))
    levels = draw(st.integers(1, 5))
    numbers = st.floats(-60, 60) | st.just(0.0) | st.floats(0, 1e5)
    r = np.random.default_rng(draw(st.integers(0, 2**32)))
    scale, variance = draw(st.floats(0, 1e4)), draw(st.sampled_from([0.0, 1.0, 196.0]))
    known = draw(st.booleans())

    def table(cells: tuple[int, ...]) -> Noisy:
        counts, sizes = r.normal(0, 14, (*cells, levels)) + scale * r.random((*cells, levels)), r.normal(0, 20, cells)
        sizes = np.asarray(sizes + draw(numbers), float)
        return Noisy(counts, sizes, variance, 0.0 if known else variance)

    number = draw(st.integers(0, 4))
    groups = r.integers(-1, number, shape) if number else np.full(shape, -1)
    singles = {at: table((values,)) for at, values in enumerate(shape)}
    exclusive = draw(st.booleans())
    some = st.none() | st.integers(0, levels - 1)
    secret = Secret((levels,), (draw(st.booleans()),), (draw(some),), (draw(some),), exclusive)
    return table(shape), singles, table(()), secret, groups, number


@given(tables())
@settings(max_examples=200, deadline=None)
def test_whatever_noise_has_made_counts_are_never_negative_and_add_up(given_tables: tuple[object, ...]) -> None:
    *_, secret, _, number = given_tables
    found = read(*given_tables)  # type: ignore[arg-type]
    assert found.counts.shape == (number, secret.size)  # type: ignore[attr-defined]
    assert np.isfinite(found.counts).all() and (found.counts >= 0).all()
    assert np.isfinite(found.covariance).all()
    assert (np.diagonal(found.covariance, axis1=1, axis2=2) >= -1e-6 * (1 + found.sizes[:, None] ** 2)).all()
    assert (found.sizes >= 0).all() and (found.size_variance >= 0).all()
    assert ((found.drawn >= 0) & (found.drawn <= 1)).all()
    if secret.exclusive:  # type: ignore[attr-defined]
        assert np.allclose(found.counts.sum(1), found.sizes)


@given(tables())
@settings(max_examples=50, deadline=None)
def test_a_plain_reading_is_the_sum_of_what_was_released_and_nothing_else(given_tables: tuple[object, ...]) -> None:
    table, _, _, secret, groups, number = given_tables
    found = read(*given_tables, plain=True)  # type: ignore[arg-type]
    for group in range(number):  # type: ignore[call-overload]
        inside = groups == group
        assert np.allclose(found.plain[group], table.counts[inside].sum(0))  # type: ignore[attr-defined]
        assert np.isclose(found.plain_variance[group], inside.sum() * table.variance)  # type: ignore[attr-defined]
    moved = found.counts - found.plain
    if secret.exclusive:  # type: ignore[attr-defined]
        assert np.allclose(moved, moved[:, :1])  # all levels alike, so that they and the size agree
        assert np.allclose(found.counts.sum(1), found.sizes)
    else:
        assert not moved.any()
    assert (found.drawn == 0).all()


def test_plain_has_no_bias_and_the_noise_it_states() -> None:
    exact = town()
    found = [
        read(t.table, t.singles, t.whole, amounts(6), EACH, 48, plain=True)
        for t in (noisy(exact, 14, 14, seed) for seed in range(200))
    ]
    away = np.array([each.counts for each in found]) - exact.reshape(48, 6)
    assert abs(away.mean()) < 4 * 14 / np.sqrt(away.size)
    stated = np.sqrt(found[0].covariance[:, 0, 0])
    assert stated == pytest.approx(np.full(48, 14 * np.sqrt(6 / 7)))  # the size, as noisy as a level, tells of each
    assert away.std() == pytest.approx(stated[0], rel=0.03)
    together = away.sum(2).std()
    assert together == pytest.approx(np.sqrt(found[0].size_variance[0]), rel=0.03)
    assert together < 14


def test_drawing_is_nearer_the_truth_than_plain_and_says_how_near() -> None:
    exact, drawn, plain, ratios = town(people=120.0), [], [], []
    for seed in range(20):
        t = noisy(exact, 14, 0, seed)
        found = read(t.table, t.singles, t.whole, amounts(6), EACH, 48)
        away = found.counts - exact.reshape(48, 6)
        drawn.append(np.abs(away).mean())
        plain.append(np.abs(found.plain - exact.reshape(48, 6)).mean())
        ratios.append((away**2).mean() / np.diagonal(found.covariance, axis1=1, axis2=2).mean())
        assert np.median(found.drawn) > 0.5
    assert np.mean(drawn) < 0.35 * np.mean(plain)
    assert 0.5 < np.mean(ratios) < 1.1  # rather too wide than too narrow


def test_a_large_group_is_hardly_drawn() -> None:
    t = noisy(town(people=1e6), 14, 0, 1)
    found = read(t.table, t.singles, t.whole, amounts(6), EACH, 48)
    assert found.drawn.max() < 0.05
    assert np.abs(found.counts - t.exact.reshape(48, 6)).max() < 60


def test_a_cell_far_from_its_fellows_stays_where_it_is() -> None:
    exact = town()
    exact[3, 2] = [300, 40, 80, 120, 100, 160]  # half have something, and much of it
    for seed in range(20):
        t = noisy(exact, 14, 14, seed)
        found = read(t.table, t.singles, t.whole, amounts(6), EACH, 48).mapped(np.array([[0, 1, 1, 1, 1, 1.0]]))
        others = np.delete(np.arange(4), 2) + 12
        assert found.counts[14, 0] > 0.85 * 500
        assert (found.counts[others, 0] / found.sizes[others] < 0.42).all()


def test_standing_out_in_one_direction_only_is_enough() -> None:
    exact = town()
    exact[3, 2] = [420, 0, 0, 0, 20, 160]  # as many as elsewhere, but much
    values = [noisy(exact, 14, 14, seed) for seed in range(20)]
    top = [read(t.table, t.singles, t.whole, amounts(6), EACH, 48).counts[14, 5] for t in values]
    assert np.mean(top) > 110


def test_flags_need_not_add_up() -> None:
    exact = np.full((5, 3), 80.0) + np.arange(15).reshape(5, 3)
    secret = Secret((3,), (False,), (None,), (None,), exclusive=False)
    t = noisy(exact, 5, 0, 1, sizes=np.full(5, 100.0))
    found = read(t.table, t.singles, t.whole, secret, np.arange(5), 5)
    assert np.array_equal(found.sizes, np.full(5, 100.0))
    assert (found.counts.sum(1) > 150).all()
    assert np.abs(found.counts - exact).max() < 20


def test_exact_sizes_are_kept_and_noisy_ones_learn_from_the_levels() -> None:
    exact = town()
    t = noisy(exact, 14, 0, 1)
    assert np.allclose(read(t.table, t.singles, t.whole, amounts(6), EACH, 48).sizes, exact.sum(-1).ravel())
    off = []
    for seed in range(30):
        t = noisy(exact, 5, 60, seed)
        found = read(t.table, t.singles, t.whole, amounts(6), EACH, 48)
        off.append(found.sizes - exact.sum(-1).ravel())
        assert found.size_variance.mean() < 5**2 * 6
    assert np.std(off) < 15


def test_what_agrees_with_totals_is_read_with_their_noise() -> None:
    t = noisy(town(), 14, 0, 1)
    rows = np.repeat(np.arange(12)[:, None], 4, axis=1)
    usual = read(t.table, t.singles, t.whole, amounts(6), rows, 12)
    agreed = read(t.table, t.singles, t.whole, amounts(6), rows, 12, group_variance=np.full(12, 196.0))
    assert np.allclose(usual.plain_variance, 4 * 196)
    assert (agreed.drawn < usual.drawn).all()
    assert np.trace(agreed.covariance.mean(0)) < np.trace(usual.covariance.mean(0))


def test_two_secrets_are_read_together_and_apart() -> None:
    r = np.random.default_rng(1)
    share = np.array([[0.5, 0.1, 0.05], [0.1, 0.15, 0.1]])
    exact = r.poisson(np.full((8, 1), 900.0) * share.ravel()).astype(float)
    secret = Secret((2, 3), (False, True), (0, 0), (None, None))
    t = noisy(exact, 5, 0, 1)
    found = read(t.table, t.singles, t.whole, secret, np.arange(8), 8)
    joint = exact.reshape(8, 2, 3)
    assert np.abs(found.margin(secret, 0).counts - joint.sum(2)).max() < 45
    assert np.abs(found.margin(secret, 1, within=(1,)).counts - joint[:, 1]).max() < 25
    assert np.allclose(found.margin(secret, 1, within=(1,)).sizes, found.margin(secret, 0).counts[:, 1])
    assert np.allclose(found.margin(secret, 1).sizes, found.sizes)


def test_tables_that_do_not_belong_together_are_an_error() -> None:
    t = noisy(town(), 14, 14, 1)
    with pytest.raises(ValueError, match="groups and levels"):
        read(t.table, t.singles, t.whole, amounts(5), EACH, 48)
    with pytest.raises(ValueError, match="different cells"):
        Noisy(np.zeros((3, 2)), np.zeros(2), 1.0, 1.0)
    with pytest.raises(ValueError, match="flags"):
        Secret((2, 2), (False, False), (None, None), (None, None), exclusive=False)


def test_the_same_tables_are_read_the_same_every_time() -> None:
    one, two = (noisy(town(), 14, 14, 1) for _ in range(2))
    first, second = (read(t.table, t.singles, t.whole, amounts(6), EACH, 48) for t in (one, two))
    assert np.array_equal(first.counts, second.counts) and np.array_equal(first.covariance, second.covariance)


def test_a_reading_is_quick() -> None:
    r = np.random.default_rng(1)
    t = noisy(r.poisson(70, (24, 4, 9, 8)).astype(float), 14, 14, 1)
    groups = np.broadcast_to(np.arange(24)[:, None, None], (24, 4, 9))
    spent = []
    for _ in range(15):
        started = time.perf_counter()
        read(t.table, t.singles, t.whole, amounts(8), groups, 24)
        spent.append(time.perf_counter() - started)
    assert min(spent) < 0.02  # measured 2 ms; the bound leaves room for a busy machine
