"""What every step of the story stands on: the demonstration's folder and its open installation."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from commonweal.catalogue.store import datasets
from commonweal.demonstration.folder import DemoFolder
from commonweal.identity.person import Person, Role
from commonweal.installation import Installation

if TYPE_CHECKING:
    from commonweal.gateway.gateway import Gateway

ANALYST = "analyst@fenwick.example"
PEOPLE = {ANALYST: "fenwick", "analyst@marshvale.example": "marsh_vale_nhs"}
"""Who may ask, and for which organisation they work."""

OFFICER = "officer@fenwick.example"

STAFF = (
    Person(OFFICER, "fenwick", (Role.OFFICER,), "Olwen Hughes"),
    Person("steward@fenwick.example", "fenwick", (Role.STEWARD,), "Sunil Rao"),
    Person("administrator@fenwick.example", "fenwick", (Role.ADMINISTRATOR,), "Ada Bell"),
    Person("officer@marshvale.example", "marsh_vale_nhs", (Role.OFFICER,), "Marek Nowak"),
)
"""Those who look after data, agreements and people; the story does not need them, its pages do."""


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
