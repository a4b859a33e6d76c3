from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from commonweal.demonstration.bars import bar, bars

amounts = st.floats(0, 1e9, allow_nan=False)


def test_bars_tell_by_length_and_withheld_values_have_none() -> None:
    assert bars([40, None, 20, 0], 8) == ["████████", "[c]", "████", ""]
    assert bars([40, None, 20], 8, plain=True) == ["########", "[c]", "####"]


def test_a_half_bar_has_its_eighths() -> None:
    assert bar(1, 16, 8) == "▌"
    assert bar(0.001, 16, 8) == "▏"


@given(amounts, amounts, st.integers(1, 80))
def test_a_larger_value_never_has_the_shorter_bar(one: float, other: float, width: int) -> None:
    most = max(one, other)
    for plain in (False, True):
        short, long = (bar(value, most, width, plain=plain) for value in sorted((one, other)))
        assert len(short) <= len(long) <= width


def test_nothing_to_show_is_no_error() -> None:
    assert bars([], 10) == []
    assert bars([None, None], 10) == ["[c]", "[c]"]
    assert bars([0.0], 10) == [""]
