from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.demonstration.draws import Draws

seeds = st.integers(0, 2**32)
sizes = st.integers(0, 300)


def test_a_stream_is_the_same_on_every_machine() -> None:
    # Fixed figures: were numpy, the processor or the compiler to change one draw, this would say so.
    draws = Draws(2026, "a stream")
    assert draws.below(1_000, 6).tolist() == [683, 734, 379, 449, 724, 570]
    assert draws.spread([0, 10, 1_000], 4).tolist() == [610, 992, 908, 7]
    assert draws.order(6).tolist() == [5, 3, 0, 2, 4, 1]


def test_streams_of_other_names_are_independent() -> None:
    assert Draws(1, "a").below(2**31, 50).tolist() != Draws(1, "b").below(2**31, 50).tolist()
    assert Draws(1, "a").below(2**31, 50).tolist() != Draws(2, "a").below(2**31, 50).tolist()


@given(seeds, st.integers(1, 2**31), sizes)
def test_below_stays_below(seed: int, limit: int, size: int) -> None:
    drawn = Draws(seed, "x").below(limit, size)
    assert len(drawn) == size
    assert ((drawn >= 0) & (drawn < limit)).all()


@given(seeds, st.lists(st.integers(-(10**6), 10**6), min_size=2, max_size=9), sizes)
def test_spread_stays_between_its_outer_quantiles(seed: int, points: list[int], size: int) -> None:
    points.sort()
    drawn = Draws(seed, "x").spread(points, size)
    assert ((drawn >= points[0]) & (drawn <= points[-1])).all()


@given(seeds, st.integers(0, 500))
def test_order_is_a_permutation(seed: int, size: int) -> None:
    assert sorted(Draws(seed, "x").order(size).tolist()) == list(range(size))


@settings(max_examples=20)
@given(seeds)
def test_pick_follows_its_weights_and_chance_its_probability(seed: int) -> None:
    draws = Draws(seed, "x")
    shares = np.bincount(draws.pick((1, 0, 3), 20_000), minlength=3) / 20_000
    assert shares[1] == 0
    assert abs(shares[0] - 0.25) < 0.03
    assert abs(draws.chance(0.1, 20_000).mean() - 0.1) < 0.02
