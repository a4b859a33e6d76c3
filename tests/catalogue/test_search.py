from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from commonweal.catalogue import store, tables
from commonweal.catalogue.contract import Column, Contract, EntityKey, Kind
from commonweal.catalogue.dataset import Dataset, Snapshot
from commonweal.catalogue.organisation import Organisation
from commonweal.catalogue.search import Found, Index, Wanted


def made(reference: str, *columns: Column, description: str = "", entity: str = "person") -> Dataset:
    organisation, _, name = reference.partition("/")
    key = columns[0].name
    contract = Contract(reference, name, "1.0.0", columns, (EntityKey(entity, key),), description)
    return Dataset(organisation, name, contract, Snapshot("0" * 64, Path("/x.parquet"), 1, date(2026, 11, 24)))


def column(name: str, kind: Kind = Kind.PLAIN, description: str = "", standard: str = "") -> Column:
    return Column(name, "string", "VARCHAR", kind, description=description, standard=standard)


SCHOOL = made("northbank/school", column("pupil_id", Kind.LINK), column("absence_pct", Kind.SENSITIVE))
HOUSING = made(
    "northbank/housing",
    column("uprn", Kind.LINK),
    column("arrears", Kind.SENSITIVE, "Rent that is owed"),
    description="Homes that the council lets",
    entity="household",
)
CLINIC = made("riverside/clinic", column("patient", Kind.IDENTIFIER, standard="nhs-number"), column("dob", Kind.QUASI))


@pytest.fixture
def connection(tmp_path: Path) -> sa.Connection:
    engine = sa.create_engine(f"sqlite:///{tmp_path}/x.sqlite3")
    tables.metadata.create_all(engine)
    with engine.begin() as opened:
        store.add_organisation(opened, Organisation("northbank", "Northbank Council"))
        store.add_organisation(opened, Organisation("riverside", "Riverside NHS Trust"))
        for each in (SCHOOL, HOUSING, CLINIC):
            store.add_dataset(opened, each)
        yield opened
    engine.dispose()


def found(connection: sa.Connection, words: str = "", **filters: object) -> tuple[str, ...]:
    index = Index()
    index.refresh(connection)
    return index.search(Wanted(words, **filters)).references  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("who holds school absence?", "northbank/school"),
        ("absences", "northbank/school"),
        ("absense", "northbank/school"),
        ("NHS number", "riverside/clinic"),
        ("date of birth", "riverside/clinic"),
        ("home", "northbank/housing"),
        ("rent owed", "northbank/housing"),
        ("UPRN", "northbank/housing"),
        ("trust", "riverside/clinic"),
    ],
)
def test_the_best_comes_first(connection: sa.Connection, words: str, first: str) -> None:
    assert found(connection, words)[0] == first


def test_nothing_is_found_for_words_that_nothing_has(connection: sa.Connection) -> None:
    assert found(connection, "zebra crossings") == ()


def test_what_has_some_of_the_words_is_said_to(connection: sa.Connection) -> None:
    index = Index()
    index.refresh(connection)
    assert index.search(Wanted("arrears zebra")) == Found(("northbank/housing",), partly=True)
    assert index.search(Wanted("arrears")) == Found(("northbank/housing",))


def test_filters_must_all_hold(connection: sa.Connection) -> None:
    assert found(connection, joins="uprn") == ("northbank/housing",)
    assert found(connection, joins="nhs-number") == ("riverside/clinic",)
    assert found(connection, entity="person", organisation="northbank") == ("northbank/school",)
    assert found(connection, among=frozenset({"riverside/clinic"})) == ("riverside/clinic",)
    assert found(connection, among=frozenset()) == ()


def test_without_words_all_are_listed_by_name(connection: sa.Connection) -> None:
    assert found(connection) == ("northbank/housing", "northbank/school", "riverside/clinic")
    assert found(connection, "what data do we hold") == found(connection)


def test_the_index_follows_what_changes(connection: sa.Connection) -> None:
    index = Index()
    index.refresh(connection)
    assert index.search(Wanted("truancy")).references == ()
    renamed = replace(SCHOOL.contract, description="Truancy and absence")
    store.replace_dataset(connection, replace(SCHOOL, contract=renamed))
    connection.execute(sa.delete(tables.datasets).where(tables.datasets.c.name == "clinic"))
    index.refresh(connection)
    assert index.search(Wanted("truancy")).references == ("northbank/school",)
    assert index.search(Wanted("trust")).references == ()
    assert "riverside/clinic" not in index.search(Wanted()).references


def test_one_among_hundreds_is_found_by_its_rare_word(connection: sa.Connection) -> None:
    for number in range(300):
        extra = replace(
            HOUSING, name=f"d{number}", contract=replace(HOUSING.contract, description=f"Set {number} x{number}")
        )
        store.add_dataset(connection, extra)
    index = Index()
    index.refresh(connection)
    assert index.search(Wanted("x217")).references == ("northbank/d217",)
