from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from commonweal.errors import Conflict, NotFound
from commonweal.identity import Person, Role, store, tables

ANN = Person("ann@northbank.example", "northbank", (Role.ANALYST,), "Ann Example")
BEN = Person("ben@riverside.example", "riverside_nhs", (Role.OFFICER, Role.CHECKER))


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sa.Connection]:
    engine = sa.create_engine(f"sqlite:///{tmp_path}/people.sqlite3")
    tables.metadata.create_all(engine)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def test_a_person_comes_back_as_added(connection: sa.Connection) -> None:
    store.add_person(connection, ANN)
    store.add_person(connection, BEN)
    assert store.person(connection, "ANN@northbank.example") == ANN
    assert store.person(connection, BEN.email) == BEN
    assert store.people(connection) == (ANN, BEN)
    assert store.people(connection, "riverside_nhs") == (BEN,)
    assert store.people(connection, "nobody") == ()


def test_an_address_is_taken_whatever_its_capitals(connection: sa.Connection) -> None:
    store.add_person(connection, ANN)
    with pytest.raises(Conflict):
        store.add_person(connection, Person("Ann@Northbank.Example", "riverside_nhs", (Role.STEWARD,)))
    assert store.people(connection) == (ANN,)


def test_an_unknown_person_gets_the_nearest_known(connection: sa.Connection) -> None:
    with pytest.raises(NotFound) as caught:
        store.person(connection, "an@northbank.example")
    assert "person add" in caught.value.remedy
    store.add_person(connection, ANN)
    with pytest.raises(NotFound) as caught:
        store.person(connection, "an@northbank.example")
    assert caught.value.remedy == "Did you mean ann@northbank.example?"
