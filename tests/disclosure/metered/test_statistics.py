from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.disclosure.metered import statistics
from commonweal.disclosure.metered.bands import Bands, band_means
from commonweal.disclosure.metered.histogram import Floats, Histograms, Secret
from commonweal.disclosure.metered.posterior import replicas
from commonweal.disclosure.metered.reading import read
from tests.disclosure.metered.small_tables import amounts, noisy

EDGES = np.array([0, 100, 200, 500, 1000, 2000, 5000.0])
TOP = 20_000.0


def people(number: int, seed: int, shift: float = 0.0) -> Floats:
    r = np.random.default_rng(seed)
    owed = np.minimum(np.exp(r.normal(6 + shift, 0.95, number)), TOP)
    return np.where(r.random(number) < 0.25, owed, 0.0)


def level(values: Floats) -> np.ndarray:
    return np.searchsorted(EDGES, values, "left")


def bands_of(values: Floats, noise_sd: float = 0.0, squares: bool = True) -> Bands:
    found = level(values)
    sums, second = np.bincount(found, values, 8), np.bincount(found, values**2, 8)
    lows, highs = np.r_[0, EDGES], np.r_[EDGES, TOP]
    counts = np.bincount(found, minlength=8)
    return band_means(lows, highs, sums, counts, noise_sd=noise_sd, squares=second if squares else None)


def certain(counts: Floats) -> Histograms:
    """A histogram of which everything is known."""
    none = np.zeros(len(counts))
    return Histograms(counts, np.zeros((*counts.shape, counts.shape[1])), counts.sum(1), none, counts, none, none)


def histogram(values: Floats) -> Histograms:
    return certain(np.bincount(level(values), minlength=8)[None].astype(float))


def test_amounts_of_the_whole_are_read_almost_exactly_from_its_levels() -> None:
    values = people(50_000, 1)
    found, bands = histogram(values), bands_of(values)
    assert statistics.total(found, bands).value[0] == pytest.approx(values.sum(), rel=1e-6)
    assert statistics.mean(found, bands).value[0] == pytest.approx(values.mean(), rel=1e-6)
    assert statistics.mean(found, bands, of_those_with_any=True).value[0] == pytest.approx(values[values > 0].mean())
    assert statistics.deviation(found, bands).value[0] == pytest.approx(values.std(), rel=0.01)
    assert statistics.squares(found, bands).value[0] == pytest.approx((values**2).sum(), rel=0.02)
    for fraction in (0.1, 0.25, 0.5, 0.75, 0.9):
        read_as = statistics.quantile(found, bands, fraction, of_those_with_any=True)
        assert read_as.value[0] == pytest.approx(np.quantile(values[values > 0], fraction), rel=0.04)
        assert read_as.inside[0]
    assert statistics.quantile(found, bands, 0.5).value[0] == 0
    assert not statistics.quantile(found, bands, 0.5).inside[0]


def test_at_an_edge_counts_are_counted_and_between_them_estimated() -> None:
    values = people(50_000, 2)
    found, bands = histogram(values), bands_of(values)
    for edge in EDGES:
        at_edge = statistics.above(found, bands, edge)
        assert at_edge.value[0] == (values > edge).sum() and not at_edge.inside[0] and at_edge.sd[0] == 0
    for threshold in (30, 150, 750, 3000):
        between = statistics.above(found, bands, threshold)
        assert between.inside[0] and between.sd[0] > 0
        assert between.value[0] == pytest.approx((values > threshold).sum(), rel=0.05)
    share = statistics.share_above(found, bands, 500)
    assert share.value[0] == pytest.approx((values > 500).mean())


def test_a_group_with_more_than_usual_has_more_inside_its_bands_too() -> None:
    usual, richer = people(50_000, 3), people(50_000, 4, shift=0.6)
    found, bands = histogram(richer), bands_of(usual)
    exact = richer.sum()
    flat = float((found.counts @ bands.means)[0])
    assert abs(statistics.total(found, bands).value[0] - exact) < 0.6 * abs(flat - exact)


def test_a_noisy_band_mean_is_held_inside_its_band_and_mended_by_its_neighbours() -> None:
    values = people(8_000, 5)
    clean = bands_of(values, squares=False).means
    r = np.random.default_rng(1)
    found = level(values)
    sums, counts = np.bincount(found, values, 8), np.bincount(found, minlength=8)
    lows, highs = np.r_[0, EDGES], np.r_[EDGES, TOP]
    held, raw = [], []
    for _ in range(100):
        seen = sums + r.normal(0, 14, 8) * highs
        means = band_means(lows, highs, seen, counts, noise_sd=14).means
        assert ((means >= lows) & (means <= highs)).all()
        held.append(abs(means[7] - clean[7]))
        raw.append(abs(np.clip(seen[7] / counts[7], lows[7], highs[7]) - clean[7]))
    assert np.mean(held) < 0.5 * np.mean(raw)


def test_levels_of_one_value_are_that_value() -> None:
    lows = np.array([0, 1, 2, 3, 4, np.nan])
    bands = band_means(lows, np.array([0, 1, 2, 3, 20, np.nan]), np.array([0, 30, 40, 30, 60, 0.0]), np.full(6, 10.0))
    found = certain(np.array([[60, 30, 20, 10, 10, 70.0]]))
    assert statistics.quantile(found, bands, 0.5).value[0] == 1  # of the 130 whose value is known
    assert statistics.quantile(found, bands, 0.5, of_those_with_any=True).value[0] == 2
    assert statistics.above(found, bands, 2, or_equal=True).value[0] == 40
    assert statistics.above(found, bands, 2).value[0] == 20
    assert statistics.share_above(found, bands, 2).value[0] == pytest.approx(20 / 130)
    assert statistics.share(found, np.array([0, 0, 0, 0, 0, 1.0])).value[0] == pytest.approx(70 / 200)
    assert statistics.running(found, last=5).value[0].tolist() == [60, 90, 110, 120, 130]


def test_two_amounts_go_together_as_in_the_people() -> None:
    r = np.random.default_rng(6)
    common = r.normal(0, 1, 40_000)
    x, y = (
        np.where(r.random(40_000) < 0.5, np.minimum(np.exp(6 + 0.7 * common + r.normal(0, 0.6, 40_000)), TOP), 0)
        for _ in range(2)
    )
    secret = Secret((8, 8), (True, True), (0, 0), (None, None))
    found = certain(np.bincount(level(x) * 8 + level(y), minlength=64)[None].astype(float))
    first, second = bands_of(x), bands_of(y)
    exact = np.corrcoef(x, y)[0, 1]
    read_as = statistics.correlation(found, secret, first, second)
    assert read_as.value[0] == pytest.approx(exact, abs=0.04)
    assert read_as.low[0] <= exact <= read_as.high[0]
    slope = np.cov(x, y)[0, 1] / x.var()
    assert statistics.slope(found, secret, first, second).value[0] == pytest.approx(
        slope, rel=0.25
    )  # bands miss some of it
    products = statistics.products(found, secret, first, second)
    assert products.value[0] == pytest.approx((x * y).sum(), rel=0.12)
    assert products.low[0] <= (x * y).sum() <= products.high[0]


def test_stated_intervals_hold_and_are_not_idle() -> None:
    r = np.random.default_rng(7)
    wards = [
        people(int(size), 100 + at, shift)
        for at, (size, shift) in enumerate(zip(r.uniform(500, 3000, 24), r.normal(0, 0.15, 24), strict=True))
    ]
    exact = np.stack([np.bincount(level(ward), minlength=8) for ward in wards]).astype(float)
    bands = bands_of(np.concatenate(wards), noise_sd=14)
    held: dict[str, list[float]] = {}
    widths: dict[str, list[float]] = {}
    for seed in range(25):
        t = noisy(exact, 14, 14, seed)
        found = read(t.table, t.singles, t.whole, amounts(8), np.arange(24), 24)
        truths = {
            "total": (statistics.total(found, bands), [ward.sum() for ward in wards]),
            "mean": (statistics.mean(found, bands), [ward.mean() for ward in wards]),
            "median": (
                statistics.quantile(found, bands, 0.5, of_those_with_any=True),
                [np.median(ward[ward > 0]) for ward in wards],
            ),
            "above": (statistics.above(found, bands, 750), [(ward > 750).sum() for ward in wards]),
            "share": (statistics.share_above(found, bands, 0), [(ward > 0).mean() for ward in wards]),
            "deviation": (statistics.deviation(found, bands), [ward.std() for ward in wards]),
        }
        for name, (read_as, true) in truths.items():
            held.setdefault(name, []).append(np.mean((read_as.low <= true) & (true <= read_as.high)))
            widths.setdefault(name, []).append(np.median((read_as.high - read_as.low) / 2 / np.array(true)))
    for name, shares in held.items():
        assert np.mean(shares) >= 0.94, name
    assert {name: np.mean(width) < 0.45 for name, width in widths.items()} == dict.fromkeys(held, True)


@given(st.integers(0, 1000), st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_replicas_are_histograms_that_might_be(seed: int, groups: int) -> None:
    exact = np.random.default_rng(seed).poisson(30, (groups, 6)).astype(float)
    t = noisy(exact, 14, 0, seed)
    found = read(t.table, t.singles, t.whole, amounts(6), np.arange(groups), groups)
    drawn = replicas(found)
    assert drawn.shape == (100, groups, 6)
    assert (drawn >= 0).all()
    assert np.allclose(drawn.sum(-1), found.sizes, rtol=1e-4)
    assert np.array_equal(drawn, replicas(found))


def test_a_quotient_is_as_uncertain_as_both() -> None:
    values = people(2_000, 8)
    t = noisy(np.bincount(level(values), minlength=8)[None].astype(float), 14, 0, 1)
    found = read(t.table, t.singles, t.whole, amounts(8), np.arange(1), 1)
    total = statistics.total(found, bands_of(values))
    ratio = statistics.quotient(total, total)
    assert ratio.value[0] == pytest.approx(1)
    assert ratio.sd[0] == pytest.approx(np.sqrt(2) * total.sd[0] / total.value[0])
