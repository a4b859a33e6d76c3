"""The cell key method of the Office for National Statistics: the same cell is always shifted in the same way."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from commonweal.disclosure.evidence import Counts
from commonweal.disclosure.rule import Rule

if TYPE_CHECKING:
    import pyarrow as pa

RULE = Rule(
    name="cell key perturbation",
    promise="A count is shifted by a small amount that depends only on who is in the cell, so asking the same in "
    "other words gives the same number, and the difference of two counts does not tell whether it is a person or a "
    "shift.",
    source="ONS, cell key perturbation (the public package of the same name); Fraser and Wooton 2005 (Australian "
    "Bureau of Statistics)",
    choice="Used instead of rounding. A shifted count below the threshold is withheld. Our own table: shifts of at "
    "most 5, no result between 1 and the threshold, mean exactly 0 and variance 4 to within a fortieth (less just "
    "above the threshold, where there is no room; a count at the threshold stays). The method can be averaged away "
    "by many overlapping questions: it is for accredited people.",
)

KEYS = 256
REPEATED = 250
"""Beyond the end of a table its last 250 rows are used over and over, as in the public package."""


@dataclass(frozen=True, eq=False)
class PerturbationTable:
    """Shifts by exact count and cell key: ``shifts[count - 1, key]``; compared by content.

    A table has a row for each count from 1, whole, at least as many as are repeated, and a column for each key from 0.
    """

    shifts: NDArray[np.int16]

    def __post_init__(self) -> None:
        """Check the shape, and make the numbers unchangeable."""
        if self.shifts.ndim != 2 or self.shifts.shape[0] < REPEATED or self.shifts.shape[1] < 1:
            raise ValueError(
                f"a perturbation table needs rows for the counts 1 to {REPEATED}, and a column for each key"
            )
        self.shifts.setflags(write=False)

    def __eq__(self, other: object) -> bool:
        """Return whether both hold the same shifts."""
        return isinstance(other, PerturbationTable) and np.array_equal(self.shifts, other.shifts)

    def __hash__(self) -> int:
        """Return a hash of the shifts."""
        return hash(self.shifts.tobytes())

    @property
    def largest_shift(self) -> int:
        """Return how far a count may be shifted at most, among those that are not shifted to zero or below."""
        exact = np.arange(1, self.shifts.shape[0] + 1)[:, None]
        shifts = np.abs(self.shifts.astype(np.int64))
        return int(np.max(np.where(exact + self.shifts > 0, shifts, 0)))

    def apply(self, counts: Counts, cell_keys: Counts) -> Counts:
        """Return the shifted counts; zero stays zero. `cell_keys` count modulo the number of keys."""
        rows, keys = self.shifts.shape
        beyond = (counts - 1) % REPEATED + (rows - REPEATED + 1)
        row = np.where(counts <= rows, counts, beyond)
        shift = self.shifts[np.maximum(row, 1) - 1, cell_keys % keys].astype(np.int64)
        return np.where(counts > 0, counts + shift, counts)


def read_table(path: Path) -> PerturbationTable:
    """Return the table in a CSV or Parquet file with the columns ``pcv`` (count), ``ckey`` and ``pvalue``, as ONS
    writes it.

    Raises ValueError when a combination is missing or there twice, without which a shift would be undefined.
    """
    import pyarrow.csv as csv  # heavy, and only here
    import pyarrow.parquet as parquet

    table = parquet.read_table(path) if path.suffix == ".parquet" else csv.read_csv(path)
    return from_arrow(table)


def from_arrow(table: pa.Table) -> PerturbationTable:
    """Return the table held in the columns ``pcv``, ``ckey`` and ``pvalue``; ValueError as in `read_table`."""
    missing = {"pcv", "ckey", "pvalue"} - set(table.column_names)
    if missing:
        raise ValueError(f"a perturbation table needs the column {min(missing)}")
    count, key, shift = (table.column(name).to_numpy().astype(np.int64) for name in ("pcv", "ckey", "pvalue"))
    count, key, shift = count[count > 0], key[count > 0], shift[count > 0]
    rows, keys = int(count.max(initial=0)), int(key.max(initial=-1)) + 1
    if len(count) != rows * keys or len(np.unique((count - 1) * keys + key)) != rows * keys:
        raise ValueError("a perturbation table needs each combination of pcv (from 1) and ckey (from 0) exactly once")
    shifts = np.zeros((rows, keys), dtype=np.int16)
    shifts[count - 1, key] = shift
    return PerturbationTable(shifts)


@lru_cache(maxsize=8)
def default_table(threshold: int = 10, bound: int = 5, variance: float = 4.0) -> PerturbationTable:
    """Return our own table for a threshold: unbiased shifts of at most `bound` and of fixed variance, 750 counts by
    256 keys.

    Counts below the threshold are shifted to zero; the threshold rule has withheld them before.
    """
    shifts = np.zeros((750, KEYS), dtype=np.int16)
    for count in range(1, shifts.shape[0] + 1):
        if count < threshold:
            shifts[count - 1] = -count
            continue
        drawn = _shares(min(bound, count - threshold), bound, variance)
        # An odd multiplier visits every key once; the offset keeps neighbouring counts from sharing their order.
        shifts[count - 1, (np.arange(KEYS) * 167 + count * 101) % KEYS] = drawn
    return PerturbationTable(shifts)


@lru_cache(maxsize=64)
def _shares(down: int, up: int, variance: float) -> NDArray[np.int16]:
    """Return 256 shifts from -down to up with mean exactly 0 and variance as near to `variance` as that allows."""
    support = np.arange(-down, up + 1)
    if down == 0:
        return np.zeros(KEYS, dtype=np.int16)
    ideal = _most_random(support, min(variance, 0.999 * down * up)) * KEYS
    counts = np.floor(ideal).astype(np.int64)
    counts[np.argsort(counts - ideal, kind="stable")[: KEYS - int(counts.sum())]] += 1
    while (mean := int(counts @ support)) != 0:
        # Move one key one step towards the mean of zero, from where the count is most above the ideal.
        direction = -1 if mean > 0 else 1
        able = np.flatnonzero((counts > 0) & (support + direction >= -down) & (support + direction <= up))
        moved = able[np.argmax(counts[able] - ideal[able])]
        counts[moved] -= 1
        counts[moved + direction] += 1
    return np.repeat(support, counts).astype(np.int16)


def _most_random(support: NDArray[np.int64], variance: float) -> NDArray[np.float64]:
    """Return the distribution of greatest entropy on `support` with mean 0 and that variance, by Newton's method."""
    tilt, curve = 0.0, -0.5 / max(variance, 0.1)
    powers = np.stack([support, support**2]).astype(np.float64)
    share = np.full(len(support), 1.0 / len(support))
    for _ in range(200):
        weights = tilt * powers[0] + curve * powers[1]
        share = np.exp(weights - weights.max())
        share /= share.sum()
        means = powers @ share
        miss = means - np.array([0.0, variance])
        if math.hypot(*miss) < 1e-10:
            break
        hessian = (powers * share) @ powers.T - np.outer(means, means)
        move = np.linalg.solve(hessian + 1e-12 * np.eye(2), miss)
        move *= min(
            1.0, 1.0 / max(1e-12, float(np.abs(move).max()))
        )  # no wilder than 1 a step: far from the end Newton overshoots
        tilt, curve = tilt - move[0], curve - move[1]
    return share
