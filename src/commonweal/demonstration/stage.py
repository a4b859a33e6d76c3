"""What every step of the story stands on: the demonstration's folder and its open installation."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from commonweal.catalogue.store import datasets
from commonweal.demonstration.folder import DemoFolder
from commonweal.installation import Installation

if TYPE_CHECKING:
    from commonweal.gateway.gateway import Gateway

ANALYST = "analyst@fenwick.example"
PEOPLE = {ANALYST: "fenwick", "analyst@marshvale.example": "marsh_vale_nhs"}
"""Who may ask, and for which organisation they work."""


@dataclass(frozen=True)
class Stage:
    """The folder and the installation, open until the story is told."""

    folder: DemoFolder
    installation: Installation

    def gateway(self) -> Gateway:
        """Return the gateway as the council's analyst meets it."""
        return self.installation.gateway(ANALYST)

    def bare(self, sql: str) -> tuple[list[tuple[Any, ...]], float]:
        """Return what the bare engine says to `sql` and the seconds it takes: no agreement, no protection, no record.

        Only the demonstration does this, to show what there was to protect; it reads the snapshots of invented people.
        """
        import duckdb  # heavy, and wanted for the comparison only

        with self.installation.reading() as connection:
            known = datasets(connection)
        with duckdb.connect(":memory:") as engine:
            for dataset in known:
                engine.read_parquet(str(dataset.snapshot.path)).create_view(dataset.name)
            began = time.perf_counter()
            rows = engine.execute(sql).fetchall()
            return rows, time.perf_counter() - began
