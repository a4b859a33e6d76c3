from __future__ import annotations

from pathlib import Path

import pytest

from commonweal.catalogue.contract import Contract
from commonweal.catalogue.odcs import read_contract, write_contract
from commonweal.demonstration.borough import Borough
from commonweal.demonstration.care import CONDITIONS, NEEDS, SERVICES
from commonweal.demonstration.documents import (
    AGREEMENT,
    DATASETS,
    FOR_EVERYONE,
    ORGANISATIONS,
    agreement_text,
    contract_text,
    copy_documents,
)
from commonweal.demonstration.exports import Export
from commonweal.demonstration.incidents import CATEGORIES, OUTCOMES
from commonweal.demonstration.names import ETHNICITIES
from commonweal.demonstration.tenancies import BANDS, HEATING, REDUCTIONS, TENANCIES

CODES = {
    ("fenwick/housing", "tenancy"): TENANCIES,
    ("fenwick/housing", "heating"): HEATING,
    ("fenwick/council_tax", "band"): BANDS,
    ("fenwick/council_tax", "reduction"): REDUCTIONS,
    ("fenwick/resident", "sex"): ("F", "M"),
    ("fenwick/resident", "ethnicity"): ETHNICITIES,
    ("fenwick_care/adult_care", "need"): NEEDS,
    ("marsh_vale_nhs/community_care", "service"): SERVICES,
    ("marsh_vale_nhs/community_care", "condition"): CONDITIONS,
    ("fenmarsh_police/incident", "category"): CATEGORIES,
    ("fenmarsh_police/incident", "outcome"): OUTCOMES,
    ("fenwick_schools/pupil", "free_meals"): ("no", "yes"),
}


@pytest.fixture(scope="module")
def contracts() -> dict[str, Contract]:
    return {name: read_contract(contract_text(name), source=name) for name in DATASETS}


@pytest.mark.parametrize("name", DATASETS)
def test_a_contract_describes_its_file_column_by_column(
    name: str, contracts: dict[str, Contract], files: dict[str, Export]
) -> None:
    contract = contracts[name]
    assert [column.name for column in contract.columns] == list(files[name].columns)
    assert all(column.kind for column in contract.columns)
    assert contract.entities
    assert contract.description
    assert read_contract(write_contract(contract), source=name) == contract


def test_the_code_lists_are_those_of_the_borough(contracts: dict[str, Contract]) -> None:
    listed = {(name, c.name): c.codes for name, contract in contracts.items() for c in contract.columns if c.codes}
    assert {key: sorted(codes) for key, codes in listed.items()} == {key: sorted(codes) for key, codes in CODES.items()}


def test_the_bounds_hold_for_every_value(borough: Borough, contracts: dict[str, Contract]) -> None:
    largest = {
        ("fenwick/housing", "arrears"): borough.tenancies.arrears.max() / 100,
        ("fenwick/housing", "bedrooms"): borough.tenancies.bedrooms.max(),
        ("fenwick/council_tax", "balance"): borough.council_tax.balance.max() / 100,
        ("fenwick_care/adult_care", "weekly_cost"): borough.adult_care.weekly_cost.max() / 100,
        ("marsh_vale_nhs/community_care", "contacts"): borough.community_care.contacts.max(),
        ("fenwick_schools/pupil", "absence_pct"): borough.pupils.absence.max() / 10,
        ("fenwick_schools/pupil", "school_year"): borough.pupils.school_year.max(),
    }
    for (name, column), value in largest.items():
        maximum = contracts[name].by_name[column].maximum
        assert maximum is not None
        assert 0 < value <= maximum


@pytest.mark.parametrize("name", [AGREEMENT, FOR_EVERYONE])
def test_an_agreement_fits_its_contracts_without_a_single_remark(name: str, contracts: dict[str, Contract]) -> None:
    pytest.importorskip("commonweal.deidentification.reading")
    from commonweal.agreement.reading import problems
    from commonweal.demonstration.stage import PEOPLE

    assert problems(agreement_text(name), contracts=contracts, organisations=ORGANISATIONS, people=PEOPLE) == ()


def test_the_documents_are_copied_for_people_to_read(tmp_path: Path) -> None:
    copy_documents(tmp_path)
    assert len(list(tmp_path.iterdir())) == len(DATASETS) + 2
    for name in (AGREEMENT, FOR_EVERYONE):
        assert (tmp_path / f"{name}.yaml").read_text(encoding="utf-8") == agreement_text(name)
