from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from commonweal.catalogue import store as catalogue
from commonweal.catalogue.contract import Column, Contract, EntityKey, Kind
from commonweal.catalogue.dataset import Dataset, Snapshot
from commonweal.errors import BadInput, Conflict, NotFound
from commonweal.identity import Role
from commonweal.identity import store as identity
from commonweal.installation import Installation, create
from commonweal.installation.acts import add_dataset, add_organisation, add_person, replace_dataset
from commonweal.installation.keys import public_text
from commonweal.ledger.tables import entry_table, person_table

EMAIL = "ann.example@northbank.example"


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    with create(tmp_path / "town") as installation:
        yield installation


def recorded(installation: Installation) -> list[dict[str, Any]]:
    with installation.reading() as connection:
        rows = connection.execute(entry_table.select().order_by(entry_table.c.idx))
        return [json.loads(row.entry) for row in rows]


def housing(installation: Installation) -> Dataset:
    column = Column("uprn", "integer", "BIGINT", Kind.LINK, unique=True)
    contract = Contract("northbank-housing", "housing", "1.0.0", (column,), (EntityKey("property", "uprn"),))
    return Dataset(
        "northbank",
        "housing",
        contract,
        Snapshot("a" * 64, installation.layout.data / "x.parquet", 9, date(2026, 1, 1)),
    )


def test_an_organisation_gets_a_key_and_an_entry_with_its_public_half(installation: Installation) -> None:
    add_organisation(installation, "northbank", "Northbank Council")
    with installation.reading() as connection:
        assert [each.name for each in catalogue.organisations(connection)] == ["northbank"]
    (entry,) = recorded(installation)
    assert entry["kind"] == "organisation.added"
    assert entry["body"] == {
        "organisation": "northbank",
        "title": "Northbank Council",
        "public_key": public_text(installation.keys.public_key("northbank")),
    }


def test_an_organisation_that_is_there_keeps_its_key(installation: Installation) -> None:
    add_organisation(installation, "northbank", "Northbank Council")
    key = public_text(installation.keys.public_key("northbank"))
    with pytest.raises(Conflict):
        add_organisation(installation, "northbank", "Another")
    with pytest.raises(BadInput):
        add_organisation(installation, "North Bank", "Another")
    assert public_text(installation.keys.public_key("northbank")) == key
    assert installation.keys.organisations() == ("northbank",)
    assert len(recorded(installation)) == 1


def test_a_person_is_recorded_without_their_address(installation: Installation) -> None:
    add_organisation(installation, "northbank", "Northbank Council")
    add_person(installation, EMAIL.upper(), "northbank", [Role.ANALYST, Role.STEWARD], "Ann Example")
    with installation.reading() as connection:
        assert identity.person(connection, EMAIL).name == "Ann Example"
        sides = connection.execute(person_table.select()).all()
    entry = recorded(installation)[-1]
    assert entry["kind"] == "person.added"
    assert entry["body"] == {
        "person": installation.ledger.person_hash(EMAIL),
        "organisation": "northbank",
        "roles": ["steward", "analyst"],
    }
    assert [(side.hash, side.email) for side in sides] == [(entry["body"]["person"], EMAIL)]  # there it could leak
    assert not {"ann", "example"} & set(json.dumps(entry).lower().replace("@", " ").replace(".", " ").split())


def test_a_person_of_no_known_organisation_leaves_no_trace(installation: Installation) -> None:
    add_organisation(installation, "northbank", "Northbank Council")
    with pytest.raises(NotFound) as caught:
        add_person(installation, EMAIL, "northbnk", [Role.ANALYST])
    assert "northbank" in caught.value.remedy
    add_person(installation, EMAIL, "northbank", [Role.ANALYST])
    with pytest.raises(Conflict):
        add_person(installation, EMAIL, "northbank", [Role.OFFICER])
    assert [entry["kind"] for entry in recorded(installation)] == ["organisation.added", "person.added"]


def test_a_dataset_and_its_next_contract_are_recorded(installation: Installation) -> None:
    add_organisation(installation, "northbank", "Northbank Council")
    dataset = housing(installation)
    add_dataset(installation, dataset)
    with pytest.raises(Conflict):
        add_dataset(installation, dataset)
    mended = replace(dataset, contract=replace(dataset.contract, version="1.1.0"))
    replace_dataset(installation, mended)
    with pytest.raises(NotFound):
        replace_dataset(installation, replace(mended, name="other"))
    with installation.reading() as connection:
        assert catalogue.dataset(connection, "northbank/housing").contract.version == "1.1.0"
    first, second = (entry for entry in recorded(installation) if entry["kind"].startswith("dataset."))
    assert (first["kind"], second["kind"]) == ("dataset.added", "dataset.replaced")
    assert first["body"] | {"contract": ""} == {
        "dataset": "northbank/housing",
        "contract": "",
        "snapshot": "a" * 64,
        "rows": 9,
    }
    assert len({first["body"]["contract"], second["body"]["contract"]}) == 2


def test_when_the_record_cannot_be_written_nothing_is_done(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise Conflict("no record")

    add_organisation(installation, "northbank", "Northbank Council")
    monkeypatch.setattr(installation.ledger, "append", fail)
    for act in (
        lambda: add_organisation(installation, "riverside", "Riverside"),
        lambda: add_person(installation, EMAIL, "northbank", [Role.ANALYST]),
        lambda: add_dataset(installation, housing(installation)),
    ):
        with pytest.raises(Conflict, match="no record"):
            act()
    with installation.reading() as connection:
        assert len(catalogue.organisations(connection)) == 1
        assert identity.people(connection) == ()
        assert catalogue.datasets(connection) == ()
        assert connection.execute(person_table.select()).all() == []
    monkeypatch.undo()
    add_organisation(installation, "riverside", "Riverside")  # with the key that was made the first time
    assert installation.keys.organisations() == ("northbank", "riverside")
