"""Chance that comes out the same on every machine.

Only the raw words of PCG64 are used (numpy promises that they never change for a seed) and only integer arithmetic or
single IEEE operations on them, so no library version, processor or compiler can change a drawn value.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Draws:
    """A stream of chance with a name: streams of other names are independent, so a new one changes none of the old."""

    def __init__(self, seed: int, name: str) -> None:
        """Start the stream `name` of `seed`."""
        digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
        self._words = np.random.PCG64(int.from_bytes(digest[:16], "big"))

    def below(self, limit: int | Integers, size: int) -> Integers:
        """Return `size` whole numbers from 0 to `limit` - 1 (limits up to 2**31; one, or one for each)."""
        high: Integers = (self._words.random_raw(size) >> np.uint64(33)).astype(np.int64)
        return (high * limit) >> 31

    def between(self, low: int | Integers, high: int | Integers, size: int) -> Integers:
        """Return `size` whole numbers from `low` to `high`, both included."""
        return low + self.below(high - low + 1, size)

    def chance(self, probability: float | NDArray[np.float64], size: int) -> Flags:
        """Return `size` flags, each true with its `probability`."""
        unit = (self._words.random_raw(size) >> np.uint64(11)).astype(np.float64) * 2.0**-53
        return np.asarray(unit < probability)

    def pick(self, weights: Sequence[int] | Integers, size: int) -> Integers:
        """Return `size` indexes into `weights`, each as often as its whole-number weight says."""
        steps = np.cumsum(np.asarray(weights, dtype=np.int64))
        return np.searchsorted(steps, self.below(int(steps[-1]), size), side="right").astype(np.int64)

    def spread(self, quantiles: Sequence[int], size: int) -> Integers:
        """Return `size` whole numbers spread evenly between each two of the equally likely `quantiles`."""
        points = np.asarray(quantiles, dtype=np.int64)
        position = self.below((len(points) - 1) << 16, size)
        step = position >> 16
        drawn: Integers = points[step] + (((points[step + 1] - points[step]) * (position & 0xFFFF)) >> 16)
        return drawn

    def order(self, size: int) -> Integers:
        """Return the numbers 0 to `size` - 1 in a shuffled order."""
        return np.argsort(self._words.random_raw(size), kind="stable").astype(np.int64)
