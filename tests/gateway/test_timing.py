from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.gateway.timing import Pace, Steps


@given(st.floats(0, 200), st.floats(0.001, 1), st.floats(1.05, 10))
def test_a_step_is_the_next_one_and_less_than_one_growth_away(seconds: float, first: float, growth: float) -> None:
    step = Steps(first, growth).after(seconds)
    assert step >= seconds
    assert step == first or step / growth < seconds * (1 + 1e-9)


def test_the_schedule_says_less_than_five_bits() -> None:
    assert len({Steps().after(millisecond / 1000) for millisecond in range(120_000)}) <= 24


def test_without_steps_nothing_waits() -> None:
    assert Steps(0).after(0.123) == 0.123


@pytest.mark.parametrize(
    ("first", "growth"), [(-1.0, 2.0), (float("nan"), 2.0), (float("inf"), 2.0), (1.0, 1.0), (1.0, 11.0)]
)
def test_a_schedule_that_does_not_move_on_is_refused(first: float, growth: float) -> None:
    with pytest.raises(ValueError, match="step"):
        Steps(first, growth)


@pytest.mark.parametrize(("worked", "handed_over"), [(0.001, 0.02), (0.019, 0.02), (0.021, 0.03), (0.031, 0.045)])
def test_a_pace_sleeps_to_the_next_step(worked: float, handed_over: float) -> None:
    now = [100.0]
    pace = Pace(Steps(), clock=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds))
    now[0] += worked
    pace.wait()
    assert now[0] - 100 == pytest.approx(handed_over)
    assert pace.seconds == pytest.approx(handed_over)
