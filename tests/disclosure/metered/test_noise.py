from __future__ import annotations

import hashlib
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.disclosure.metered.axis import Axis, ColumnSet, subsets
from commonweal.disclosure.metered.margin import margin
from commonweal.disclosure.metered.noise import covariance, noise, noise_of_sums, on_grid, part, seed, variance
from commonweal.disclosure.metered.stream import GRID
from tests.disclosure.metered.ladders import RAGGED, REGULAR, axes, column_sets, linear_map

KEY = bytes(range(32))
SD = 14.0


@given(axes(), st.integers(1, 3), st.data())
@settings(max_examples=60)
def test_any_table_agrees_with_any_of_its_totals(of: dict[str, Axis], levels: int, data: st.DataObject) -> None:
    columns = data.draw(st.sampled_from(column_sets(of)))
    table = noise(KEY, "x", columns, of, levels, SD)
    for total in subsets(columns):
        assert np.abs(margin(table, columns, total, of) - noise(KEY, "x", total, of, levels, SD)).max() < 1e-9


@pytest.mark.parametrize("of", [REGULAR, RAGGED], ids=["regular", "ragged"])
def test_two_tables_agree_on_what_they_share(of: dict[str, Axis]) -> None:
    tables = {columns: noise(KEY, "x", columns, of, 2, SD) for columns in column_sets(of, 2)}
    for left, right in itertools.combinations(tables, 2):
        for shared in subsets(left) & subsets(right):
            ours, theirs = margin(tables[left], left, shared, of), margin(tables[right], right, shared, of)
            assert np.abs(ours - theirs).max() < 1e-6
    assert np.abs(tables[()]).min() > 0  # agreement of zeros would say nothing


@given(axes())
@settings(max_examples=40)
def test_a_part_adds_up_to_nothing_over_every_block(of: dict[str, Axis]) -> None:
    for subset in column_sets(of):
        drawn = part(KEY, "x", subset, of, 2, SD)
        several = np.ones(drawn.shape[:-1], dtype=bool)
        for place, (name, depth) in enumerate(subset):
            above = tuple((each, d - 1) if each == name else (each, d) for each, d in subset)
            above = tuple((each, d) for each, d in above if d)
            assert np.abs(margin(drawn, subset, above, of)).max() < 1e-9
            several &= np.moveaxis(
                np.broadcast_to(of[name].siblings(depth) > 1, np.moveaxis(several, place, -1).shape), -1, place
            )
        assert (drawn[~several] == 0).all()
        assert (drawn[several] != 0).mean() > 0.99 if several.any() else True


@pytest.mark.parametrize("of", [REGULAR, RAGGED], ids=["regular", "ragged"])
def test_covariances_are_those_of_the_code(of: dict[str, Axis], monkeypatch: pytest.MonkeyPatch) -> None:
    """The covariance of all tables by the real code, against the product of the axes' factors, and the variance."""
    tables = column_sets(of, 2)
    maps = linear_map(monkeypatch, of, tables, SD)
    for left, right in itertools.product(tables, repeat=2):
        exact = maps[left] @ maps[right].T
        product = np.full((1, 1), SD**2)
        ours, theirs = dict(left), dict(right)
        for name in sorted(of):
            product = np.kron(product, covariance(of[name], ours.get(name, 0), theirs.get(name, 0)))
        assert np.abs(exact - product).max() < 1e-9
        if left == right:
            assert np.abs(np.diag(exact) - variance(left, of, SD).ravel()).max() < 1e-9


def test_without_ladders_the_variance_is_the_published_formula() -> None:
    for columns in column_sets(REGULAR):
        if any(name == "age" and depth == 2 for name, depth in columns):
            continue
        sizes = [REGULAR[name].sizes[depth] for name, depth in columns]
        expected = SD**2 * np.prod([1 + 1 / size**2 for size in sizes])
        assert variance(columns, REGULAR, SD) == pytest.approx(np.full(sizes, expected))
    assert variance((("age", 2),), REGULAR, 1.0) == pytest.approx(np.full(4, 1 + 1 / 4 + 1 / 16))


def test_the_variance_is_found_in_the_noise() -> None:
    columns = (("age", 2), ("sex", 1), ("ward", 2))
    drawn = np.stack([noise(KEY, f"snapshot {i}", columns, RAGGED, 40, SD) for i in range(60)])
    measured = drawn.transpose(1, 2, 3, 0, 4).reshape(4, 2, 6, -1)
    assert np.abs(measured.mean(-1)).max() < 5 * SD / np.sqrt(2400) * 1.3
    ratio = measured.var(-1) / variance(columns, RAGGED, SD)
    assert np.abs(ratio - 1).max() < 0.16  # 5 standard errors of a variance from 2,400 draws
    assert ratio.mean() == pytest.approx(1, abs=0.02)
    across = np.corrcoef(drawn[..., 0].ravel(), drawn[..., 1].ravel())[0, 1]
    assert abs(across) < 0.1  # levels are independent


COLUMNS: ColumnSet = (("age", 1), ("sex", 1))


@pytest.mark.parametrize(
    "other",
    [
        (bytes(32), "x", COLUMNS, RAGGED, 3, SD),
        (KEY, "y", COLUMNS, RAGGED, 3, SD),
        (KEY, "x", COLUMNS, RAGGED, 4, SD),
        (KEY, "x", COLUMNS, RAGGED, 3, 17.0),
        (KEY, "x", COLUMNS, RAGGED | {"age": Axis.flat("age", 3)}, 3, SD),
    ],
    ids=["key", "label", "levels", "sd", "ladder"],
)
def test_whatever_changes_the_meaning_changes_the_noise(
    other: tuple[bytes, str, ColumnSet, dict[str, Axis], int, float],
) -> None:
    """Two scales of the same draws, above all, would give both away: y1 - y2 = (sd1 - sd2) z."""
    ours = part(KEY, "x", COLUMNS, RAGGED, 3, SD)
    theirs = part(*other[:2], other[2], *other[3:])
    ours, theirs = ours.ravel() / SD, theirs.ravel() / other[5]
    size = min(len(ours), len(theirs))
    assert not np.isclose(ours[:size], theirs[:size], atol=1e-3).any()


def test_every_meaning_has_a_seed_of_its_own() -> None:
    other = RAGGED | {"age": Axis("age", ((0, 0), (0, 1, 1, 1)))}
    deep = (("age", 2), ("sex", 1))
    meanings = [
        ("x", COLUMNS, RAGGED, 3, SD),
        ("y", COLUMNS, RAGGED, 3, SD),
        ("x", COLUMNS, RAGGED, 4, SD),
        ("x", COLUMNS, RAGGED, 3, 14.000000000000002),
        ("x", COLUMNS[:1], RAGGED, 3, SD),
        ("x", deep, RAGGED, 3, SD),
        ("x", deep, other, 3, SD),  # of the same shape
        ("x", (), RAGGED, 3, SD),
        ('x",[],[],3,"', (), RAGGED, 3, SD),
    ]
    assert len({seed(*meaning) for meaning in meanings}) == len(meanings)
    assert seed("x", COLUMNS, RAGGED, 3, SD) == seed("x", COLUMNS, other, 3, 14)  # the same down to the depth used


def test_a_part_does_not_depend_on_the_rest_of_the_table_or_on_depths_not_used() -> None:
    coarse = RAGGED | {"age": Axis("age", RAGGED["age"].parents[:1])}
    again = dict(reversed(coarse.items()))
    assert (noise(KEY, "x", COLUMNS, RAGGED, 3, SD) == noise(KEY, "x", COLUMNS, again, 3, SD)).all()
    with pytest.raises(ValueError, match="sorted"):
        noise(KEY, "x", COLUMNS[::-1], RAGGED, 3, SD)


@given(axes(), st.sampled_from([14.0, 17.0, 9.9, 16.3]))
@settings(max_examples=40)
def test_the_fraction_of_a_noisy_count_tells_nothing(of: dict[str, Axis], sd: float) -> None:
    """A noise whose steps did not hold the whole numbers would give counts away: with steps of 14/1024 what is left
    of 512 y after division by 7 is that of 512 n. Here every number may be moved by whole people within its grid."""
    whole = part(KEY, "x", (), of, 50, sd) * GRID
    assert (whole == np.rint(whole)).all()
    assert np.gcd.reduce(whole.astype(np.int64)) == 1
    for subset in column_sets(of):
        steps = part(KEY, "x", subset, of, 2, sd) * GRID
        for place, (name, depth) in enumerate(subset):
            steps = steps * of[name].siblings(depth).reshape(-1, *(1,) * (len(subset) - place))
        assert np.abs(steps - np.rint(steps)).max() < 1e-6


def test_the_noise_of_sums_leaves_no_remainder_either() -> None:
    """For sums of money, the noise of counts times the upper edge of a band (200) gives the sum's remainder away."""
    exact = np.array([12_345.67, 54_321.09])
    sds = np.array([14.0 * 200, 14.0 * 20_000])
    steps = noise(KEY, "sums", (), {}, 2, 14.0) * 200
    assert np.allclose((exact + steps) % (200 / GRID), exact % (200 / GRID))  # the test bites
    drawn = np.stack([noise_of_sums(KEY, f"sums {i}", sds) for i in range(4000)])
    assert (drawn * GRID == np.rint(drawn * GRID)).all()
    assert (np.gcd.reduce((drawn * GRID).astype(np.int64), axis=0) == 1).all()
    assert drawn.std(0) / sds == pytest.approx([1, 1], abs=0.06)
    noisy = on_grid(exact) + drawn
    assert (noisy * GRID == np.rint(noisy * GRID)).all()
    assert np.abs(on_grid(exact) - exact).max() <= 0.5 / GRID
    assert (noise_of_sums(KEY, "sums", sds) == noise_of_sums(KEY, "sums", sds)).all()
    other = noise_of_sums(KEY, "sums", sds * 2)
    assert not np.isclose(other, 2 * noise_of_sums(KEY, "sums", sds), rtol=1e-6).any()
    with pytest.raises(ValueError, match="above 0"):
        noise_of_sums(KEY, "sums", np.array([1.0, 0.0]))


def test_the_noise_is_the_same_for_ever() -> None:
    """If this fails, every installation's noise has changed: people could average it away. Never mend the figure."""
    columns = (("age", 2), ("month", 3), ("ward", 2))
    table = noise(KEY, "northbank/housing snapshot 1 arrears", columns, RAGGED, 8, SD)
    assert table.shape == (4, 3, 6, 8)
    assert hashlib.sha256(np.rint(table * 2**20).astype("<i8").tobytes()).hexdigest() == FROZEN


FROZEN = "bac959da16d7efdfe0835f64068341d1a1373b9abdeb2786ef5ffa35978dc8b3"


@pytest.mark.parametrize(("levels", "sd"), [(0, SD), (1, 0.0), (1, -1.0), (1, float("nan")), (1, float("inf"))])
def test_noise_that_would_not_protect_is_refused(levels: int, sd: float) -> None:
    with pytest.raises(ValueError, match="noise needs"):
        noise(KEY, "x", (), RAGGED, levels, sd)
