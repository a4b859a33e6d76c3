"""A town that lives for a whole run: its installation, its files and the truth about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from commonweal.catalogue.store import datasets
from commonweal.gateway import Gateway
from commonweal.identity.person import Role
from commonweal.installation import Installation, acts
from tests.acceptance import town
from tests.acceptance.truth import truth

if TYPE_CHECKING:
    import duckdb

SECOND_ANALYST = "analyst@riverside.example"


@dataclass(frozen=True, repr=False)
class Living:
    """An installation, its gateway for the first analyst, the folder with the town's files, and the plain truth."""

    installation: Installation
    gateway: Gateway
    files: Path
    plain: duckdb.DuckDBPyConnection


def living(folder: Path, *options: str) -> Living:
    """Build the town in a folder, with both analysts of its agreement."""
    installation = town.build(folder, *options)
    acts.add_person(installation, SECOND_ANALYST, "riverside_nhs", [Role.ANALYST])
    with installation.reading() as connection:
        as_of = max(dataset.snapshot.as_of for dataset in datasets(connection))
    gateway = installation.gateway(town.ANALYST)
    return Living(installation, gateway, folder / "files", truth(folder / "files", as_of))
