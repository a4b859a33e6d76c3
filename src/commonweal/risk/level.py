"""Levels of risk, and how two of them come together."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Level(IntEnum):
    """A level of risk; a greater one is worse."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    SEVERE = 4

    @property
    def word(self) -> str:
        """Return the level as people read it: ``low``, ``medium``, ``high`` or ``severe``."""
        return self.name.lower()


def level_of(word: str) -> Level:
    """Return the level of a word; KeyError for another word."""
    return Level[word.upper()]


def worst(levels: Iterable[Level]) -> Level:
    """Return the worst of some levels, low when there are none."""
    return max(levels, default=Level.LOW)


_L, _M, _H, _S = Level

TOGETHER = (
    # likelihood: low, medium, high, severe
    (_L, _L, _M, _H),  # harm low
    (_L, _M, _H, _H),  # harm medium
    (_M, _H, _H, _S),  # harm high
    (_H, _H, _S, _S),  # harm severe
)
"""The level of a harm (row) at a likelihood (column): never falls as either of them rises.

After the ICO's matrix for impact assessments (likelihood of harm by severity of impact), which has three steps each way;
the fourth is for what must be mended first.
"""


def together(harm: Level, likelihood: Level) -> Level:
    """Return the level of a harm at a likelihood, from the table."""
    return TOGETHER[harm - 1][likelihood - 1]
