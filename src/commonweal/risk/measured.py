"""Measured: how many entities a subject has and how many are alone in their class, as bands.

Only bands leave the engine: an exact number of people who are alone would itself be a fact about a small group.
"""

from __future__ import annotations

from dataclasses import dataclass

SIZES: tuple[tuple[int, str], ...] = (
    (100, "under 100"),
    (1_000, "100 to 999"),
    (10_000, "1,000 to 9,999"),
    (100_000, "10,000 to 99,999"),
)
LARGEST = "100,000 or more"

SHARES: tuple[tuple[float, str], ...] = (
    (0.01, "under 1 %"),
    (0.05, "1 to 5 %"),
    (0.2, "5 to 20 %"),
    (0.5, "20 to 50 %"),
)
MOST = "half or more"


@dataclass(frozen=True)
class Measured:
    """Bands of one subject: its number of entities (`size`) and the share that is alone in its class (`alone`)."""

    size: str
    alone: str

    @property
    def size_rank(self) -> int:
        """Return the place of the size among the bands, 0 for the smallest."""
        return [name for _, name in SIZES].index(self.size) if self.size != LARGEST else len(SIZES)

    @property
    def alone_rank(self) -> int:
        """Return the place of the share among the bands, 0 for the smallest."""
        return [name for _, name in SHARES].index(self.alone) if self.alone != MOST else len(SHARES)


def banded(entities: int, alone: int) -> Measured:
    """Return the bands of two counts; nobody at all is the smallest band of both."""
    share = alone / entities if entities else 0.0
    size = next((name for below, name in SIZES if entities < below), LARGEST)
    return Measured(size, next((name for below, name in SHARES if share < below), MOST))
