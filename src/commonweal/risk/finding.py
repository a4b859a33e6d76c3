"""Findings: one thing that was looked at, how risky it is here, why, on whose word, and what would lower it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from commonweal.risk.level import Level
from commonweal.risk.sources import SOURCES

if TYPE_CHECKING:
    from commonweal.risk.facts import Facts


class Theme(StrEnum):
    """What a finding is about; the order is that of an assessment."""

    DATA = "type of data"
    PARTIES = "parties"
    PURPOSE = "purpose"
    ENVIRONMENT = "environment (Five Safes)"
    RECOGNITION = "recognition (the ICO's tests)"
    RELEASED = "already released"
    TIME = "time"


class Axis(StrEnum):
    """Which side of the risk a finding weighs on."""

    HARM = "harm"  # how bad it would be for somebody
    LIKELIHOOD = "likelihood"  # how likely it is to happen


@dataclass(frozen=True)
class Judged:
    """What a finding came to here: its level, one sentence, and the names it is about."""

    level: Level
    sentence: str
    about: tuple[str, ...] = ()


@dataclass(frozen=True)
class Known:
    """A finding that is known: `judge` looks at the facts, the rest is the same for every agreement.

    `levels` says when each level is given. `from_data`: it rests on what was measured on the data. `of_profile`: it
    rests on the disclosure profile that the agreement has chosen. `of_record`: it rests on what was released.
    """

    code: str
    theme: Theme
    axis: Axis
    asks: str
    levels: Mapping[Level, str]
    reason: str
    sources: tuple[str, ...]
    lower: str
    judge: Callable[[Facts], Judged]
    from_data: bool = False
    of_profile: bool = False
    of_record: bool = False

    def finding(self, facts: Facts) -> Finding:
        """Return the finding for some facts; ValueError if it gives a level that its table does not name."""
        judged = self.judge(facts)
        if judged.level not in self.levels:
            raise ValueError(f"{self.code} gives the level {judged.level.word}, which it does not explain")
        return Finding(self, judged.level, judged.sentence, judged.about)


@dataclass(frozen=True)
class Finding:
    """A finding about one agreement."""

    known: Known
    level: Level
    sentence: str
    about: tuple[str, ...] = ()

    @property
    def lower(self) -> str:
        """Return what would lower it; nothing when it is low already."""
        return "" if self.level is Level.LOW else self.known.lower

    def as_dict(self) -> dict[str, object]:
        """Return the finding as JSON-ready values."""
        return {
            "code": self.known.code,
            "theme": self.known.theme.value,
            "axis": self.known.axis.value,
            "level": self.level.word,
            "sentence": self.sentence,
            "reason": self.known.reason,
            "sources": [SOURCES[name].cited() for name in self.known.sources],
            "lower": self.lower,
            "about": list(self.about),
        }


def listed(names: tuple[str, ...] | list[str], most: int = 5) -> str:
    """Return names as people list them, at most `most` of them and how many more there are."""
    unique = list(dict.fromkeys(names))
    shown, more = unique[:most], len(unique) - most
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
