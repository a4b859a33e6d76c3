"""What reading one source may use, and how many of its rows may be set aside."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReadingLimits:
    """Limits of one reading. Sizes are bytes, times seconds.

    `expansion` is how many times larger a compressed file may become, once it has passed `small_expansion`; ordinary CSV
    compresses 5 to 30 times, a bomb 1,000 times. Rows that cannot be read are set aside as long as there are no more
    than `rejected_share` of all, or than `rejected_few` and a tenth of all, whichever is larger.
    """

    source_bytes: int = 20 * 2**30
    expanded_bytes: int = 60 * 2**30
    expansion: float = 200.0
    small_expansion: int = 32 * 2**20
    files: int = 1_000
    rows: int = 1_000_000_000
    columns: int = 2_000
    line_bytes: int = 2**20
    memory_bytes: int = 2**30
    seconds: float = 3_600.0
    threads: int = 2
    rejected_share: float = 0.01
    rejected_few: int = 100

    def may_set_aside(self, rows: int) -> int:
        """Return how many of `rows` rows may be set aside."""
        return max(int(rows * self.rejected_share), min(self.rejected_few, rows // 10))
