"""The table of levels: the worse either side, the worse the whole; and levels are words to people."""

from __future__ import annotations

from itertools import pairwise

import pytest

from commonweal.risk.level import Level, level_of, together, worst


def test_the_level_never_falls_as_harm_or_likelihood_rises() -> None:
    for less, more in pairwise(Level):
        for other in Level:
            assert together(less, other) <= together(more, other)
            assert together(other, less) <= together(other, more)


def test_the_corners() -> None:
    assert together(Level.LOW, Level.LOW) is Level.LOW
    assert together(Level.HIGH, Level.HIGH) is Level.HIGH
    assert together(Level.SEVERE, Level.SEVERE) is Level.SEVERE


def test_words() -> None:
    assert [level.word for level in Level] == ["low", "medium", "high", "severe"]
    assert all(level_of(level.word) is level for level in Level)
    with pytest.raises(KeyError):
        level_of("grave")
    assert (worst([]), worst([Level.LOW, Level.HIGH])) == (Level.LOW, Level.HIGH)
