"""What every engine promises to the gateway."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Limits:
    """What one question may use: seconds of wall time, bytes of memory, bytes of spill, threads, and rows of result."""

    seconds: float = 120.0
    memory_bytes: int = 4 * 2**30
    spill_bytes: int = 20 * 2**30
    threads: int = 2
    rows: int = 1_000_000


class Engine(Protocol):
    """Runs SQL that was regenerated from a checked tree; never an analyst's text."""

    def run(
        self,
        sql: str,
        tables: Mapping[str, Path],
        *,
        limits: Limits,
        still_allowed: Callable[[], bool] = ...,
    ) -> pa.Table:
        """Run one SELECT over `tables` (name in the SQL -> Parquet file) and return its rows.

        `still_allowed` is asked at least twice a second while the engine works; once it says no, the run is stopped and
        `commonweal.errors.NotAllowed` raised. Every failure of the engine, whatever its cause, is one and the same
        `commonweal.errors.EngineFailed`; its true cause goes to the owner's log only, without values.
        """
        ...

    def close(self) -> None:
        """End the engine's process and free what it holds."""
        ...
