from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from commonweal.identity import Person, Role, store, tables

ANN = "ann@northbank.example"


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[sa.Connection]:
    """A database with one person."""
    engine = sa.create_engine(f"sqlite:///{tmp_path}/kept.sqlite3")
    tables.metadata.create_all(engine)
    with engine.begin() as connection:
        store.add_person(connection, Person(ANN, "northbank", (Role.ANALYST,)))
        yield connection
    engine.dispose()
