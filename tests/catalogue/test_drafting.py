"""Contracts drafted from real files, and the promise that a draft reads its own file without loss."""

import json
from pathlib import Path

from commonweal.catalogue.contract import Column, EntityKey, Kind
from commonweal.catalogue.odcs import read_contract, write_contract

from .conftest import Read


def kinds(columns: tuple[Column, ...]) -> dict[str, str]:
    return {column.name: column.kind.value if column.kind else "" for column in columns}


def test_adult_is_about_persons_by_row(read: Read, shared: Path) -> None:
    found = read(shared / "data/deid/arx/adult.csv")
    assert found.snapshot.rows == 30_162 and found.rejected.count == 0
    assert found.contract.entities == (EntityKey("person", "row"),)
    assert kinds(found.contract.columns) == {
        "sex": "quasi",
        "age": "quasi",
        "race": "special",
        "marital_status": "quasi",
        "education": "quasi",
        "native_country": "quasi",
        "workclass": "quasi",
        "occupation": "quasi",
        "salary_class": "sensitive",
    }
    assert found.contract.by_name["age"].physical_type == "BIGINT"
    assert found.contract.by_name["marital_status"].source_name == "marital-status"
    assert found.contract.by_name["sex"].codes == ("Female", "Male")
    assert found.contract.by_name["education"].codes == ()  # one of its values is carried by fewer than fifty people


def test_the_register_of_houses_has_addresses_and_proved_dates(read: Read, shared: Path) -> None:
    found = read(shared / "data/linkage/oxford_hmo_register_2018.csv")
    assert found.snapshot.rows == 3_211 and found.rejected.count == 0
    assert found.contract.entities == (EntityKey("household", "row"),)
    by_name = found.contract.by_name
    assert by_name["location"].kind is Kind.IDENTIFIER and by_name["location"].standard == "address"
    assert by_name["case_number"].unique and by_name["case_number"].kind is Kind.IDENTIFIER
    for name in ("licence_commenced", "licence_expires"):
        assert (by_name[name].physical_type, by_name[name].format) == ("DATE", "dd/MM/yyyy")


def test_a_draft_reads_its_own_file_to_the_same_snapshot(read: Read, shared: Path) -> None:
    for file in ("data/deid/arx/adult.csv", "data/linkage/oxford_hmo_register_2018.csv"):
        drafted = read(shared / file)
        again = read(shared / file, read_contract(write_contract(drafted.contract), source="draft"))
        assert again.contract == drafted.contract
        assert again.snapshot.id == drafted.snapshot.id and again.rejected.count == 0


def test_identifiers_are_found_by_content_where_names_say_nothing(read: Read) -> None:
    rows = [f"AB{i:06d}C;u{i}@c.example;OX{i % 9} {i % 9}AE;E0700{i:04d};x{i};0{i:03d}" for i in range(200)]
    found = read("col1;col2;col3;col4;col5;col6\n" + "\n".join(rows))
    assert [c.standard for c in found.contract.columns] == ["nino", "email", "postcode", "gss", "", ""]
    assert kinds(found.contract.columns) == {
        "col1": "identifier",
        "col2": "identifier",
        "col3": "quasi",
        "col4": "quasi",
        "col5": "",
        "col6": "",
    }
    assert found.contract.by_name["col6"].physical_type == "VARCHAR"  # leading zeros are no number's
    assert found.contract.entities == (EntityKey("person", "col1"),)


def test_free_text_is_text_and_ranges_are_rounded_outwards(read: Read) -> None:
    words = "she said that the boiler has not worked since monday week"
    rows = [f"{i},{words} and again {i},{4321.5 if i == 7 else i},{-i}" for i in range(100)]
    found = read("person_id,zz,balance,change\n" + "\n".join(rows))
    assert found.contract.by_name["zz"].kind is Kind.TEXT
    assert (found.contract.by_name["balance"].minimum, found.contract.by_name["balance"].maximum) == (0, 5000)
    assert (found.contract.by_name["change"].minimum, found.contract.by_name["change"].maximum) == (-100, 0)
    assert "4321" not in write_contract(found.contract)


def test_a_column_of_mixed_values_is_text_and_the_draft_says_so(read: Read) -> None:
    found = read("person_id,amount\n" + "\n".join(f"{i},{i if i % 50 else 'late'}" for i in range(1, 200)))
    assert found.contract.by_name["amount"].physical_type == "VARCHAR"
    assert found.notes == ("amount stays text: 3 of its values are not what the others are.",)
    assert found.rejected.count == 0


def test_a_sample_never_decides_for_rows_it_did_not_see(read: Read) -> None:
    rows = [str(i) for i in range(120_000)]
    rows[77_777] = "seventy"
    found = read("person_id,zz\n" + "\n".join(f"{i},{v}" for i, v in enumerate(rows)))
    assert found.contract.by_name["zz"].physical_type == "VARCHAR"
    assert found.snapshot.rows == 120_000


def test_empty_columns_without_a_header_are_left_out(read: Read) -> None:
    found = read("uprn,arrears,,\n1,2,,\n2,3,,\n")
    assert [c.name for c in found.contract.columns] == ["uprn", "arrears"]
    assert len(found.notes) == 2 and "left out" in found.notes[0]


def test_a_draft_quotes_no_rare_value(read: Read) -> None:
    rows = [f"{i},{'secret disease' if i == 5 else 'common cold'}" for i in range(200)]
    found = read("person_id,diagnosis\n" + "\n".join(rows))
    assert found.snapshot.known_values == {"diagnosis": ("common cold",)}
    assert "secret disease" not in json.dumps([write_contract(found.contract), *found.notes])
