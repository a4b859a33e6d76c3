import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from commonweal.catalogue import store, tables
from commonweal.catalogue.contract import Kind
from commonweal.catalogue.dataset import Dataset, Snapshot, Source
from commonweal.catalogue.document import canonical_json, content_hash, contract_from_document
from commonweal.catalogue.organisation import Organisation
from commonweal.errors import BadInput, Conflict, NotFound

from .conftest import column, contract

CONTRACT = contract(
    column("uprn", "BIGINT", Kind.LINK, unique=True, required=True),
    column("arrears", "DOUBLE", Kind.SENSITIVE, minimum=0.0, maximum=20000.0),
    column("tenancy", "VARCHAR", Kind.QUASI, codes=("council", "owner"), source_name="Tenancy Type"),
    column("start", "DATE", None, format="dd/MM/yyyy", description="when it began"),
)
SNAPSHOT = Snapshot("ab" * 32, Path("/data/x.parquet"), 12, date(2026, 11, 24), 3, {"tenancy": ("council", "owner")})
DATASET = Dataset("northbank", "housing", CONTRACT, SNAPSHOT, Source(Path("/in/h.csv"), "cd" * 32, by_reference=True))


@pytest.fixture
def connection(tmp_path: Path):  # type: ignore[no-untyped-def]
    engine = sa.create_engine(f"sqlite:///{tmp_path}/metadata.sqlite")
    tables.metadata.create_all(engine)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def test_what_is_kept_comes_back_equal(connection: sa.Connection) -> None:
    store.add_organisation(connection, Organisation("northbank", "Northbank Council"))
    store.add_dataset(connection, DATASET)
    store.add_dataset(connection, replace(DATASET, name="other", source=None))
    assert store.organisations(connection) == (Organisation("northbank", "Northbank Council"),)
    assert store.dataset(connection, "northbank/housing") == DATASET
    assert store.datasets(connection) == (DATASET, replace(DATASET, name="other", source=None))


def test_a_replaced_dataset_has_its_new_parts(connection: sa.Connection) -> None:
    store.add_organisation(connection, Organisation("northbank", "Northbank Council"))
    store.add_dataset(connection, DATASET)
    mended = replace(DATASET, contract=replace(CONTRACT, version="2.0.0"), snapshot=replace(SNAPSHOT, id="ef" * 32))
    store.replace_dataset(connection, mended)
    assert store.dataset(connection, "northbank/housing") == mended
    store.replace_dataset(connection, DATASET)
    assert store.dataset(connection, "northbank/housing") == DATASET
    with pytest.raises(NotFound):
        store.replace_dataset(connection, replace(DATASET, name="nothing"))


def test_unknown_names_get_the_nearest_and_taken_names_conflict(connection: sa.Connection) -> None:
    store.add_organisation(connection, Organisation("northbank", "Northbank Council"))
    store.add_dataset(connection, DATASET)
    with pytest.raises(Conflict):
        store.add_organisation(connection, Organisation("northbank", "Another"))
    with pytest.raises(Conflict):
        store.add_dataset(connection, DATASET)
    with pytest.raises(NotFound) as unknown:
        store.organisation(connection, "nortbank")
    assert unknown.value.remedy == "Did you mean northbank?"
    with pytest.raises(NotFound) as unknown:
        store.dataset(connection, "northbank/housin")
    assert unknown.value.remedy == "Did you mean northbank/housing?"
    with pytest.raises(NotFound):
        store.add_dataset(connection, replace(DATASET, organisation="southbank"))


@pytest.mark.parametrize("name", ["", "A", "1a", "a b", "../a", "a" * 64, "é", "a\0", "a/b", "-a"])
def test_a_name_is_a_word(connection: sa.Connection, name: str) -> None:
    with pytest.raises(BadInput):
        Organisation(name, "Title")
    store.add_organisation(connection, Organisation("northbank", "Northbank Council"))
    with pytest.raises(BadInput):
        store.add_dataset(connection, replace(DATASET, name=name))


def test_the_hash_of_a_contract_tells_any_two_apart() -> None:
    different = [
        replace(CONTRACT, columns=(replace(CONTRACT.columns[1], minimum=None), *CONTRACT.columns[1:])),
        replace(CONTRACT, entities=()),
        replace(CONTRACT, columns=CONTRACT.columns[::-1]),
        replace(CONTRACT, description="x"),
    ]
    assert len({content_hash(CONTRACT), *map(content_hash, different)}) == 1 + len(different)
    assert b'"minimum":0' in canonical_json(CONTRACT)


def test_bounds_come_back_as_the_numbers_they_were() -> None:
    back = contract_from_document(json.loads(canonical_json(CONTRACT))).by_name["arrears"]
    assert [type(bound) for bound in (back.minimum, back.maximum)] == [float, float]


def test_a_document_of_another_form_is_no_contract() -> None:
    with pytest.raises(ValueError, match="this form"):
        contract_from_document({"commonweal": "contract/9"})
