"""What the tests of the room share: a database with its tables, a ledger that remembers, and keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from commonweal.agreement import tables

from .agreed import Book


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sa.Connection]:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'metadata.sqlite'}")
    tables.metadata.create_all(engine)
    with engine.begin() as made:
        yield made
    engine.dispose()


@pytest.fixture(scope="session")
def key() -> Callable[[str], Ed25519PrivateKey]:
    return lambda name: Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32, b"."))
