"""The SQL of the standards, against hand-picked values and independent sums."""

import random

import duckdb
import pytest

from commonweal.catalogue.standards import STANDARDS, standard_by_name, tidy_sql, valid_sql

VALID = {
    "nhs-number": ["9434765919", "943 476 5919", "943-476-5919", "9990000018"],
    "nino": ["AB123456C", "AB 12 34 56 C", "ab123456d", "AB123456"],
    "uprn": ["1", "100023336956", "000100023336956", "1000 2333 6956", "100023336956.0"],
    "usrn": ["20601234", "00000001"],
    "email": ["a.b@c.example"],
    "phone": ["01865 249811", "+44 1865 249811", "(01865) 249811", "07700900123"],
    "postcode": ["M1 1AA", "EC1A 1BB", "W1A 1HQ", "CR2 6XH", "DN55 1PT", "GIR 0AA", "ox20ae", " OX2 0AE"],
    "gss": ["E07000178", "w06000015", "S12000036"],
    "company-number": ["01234567", "SC123456"],
    "ods": ["RTH", "K84001"],
}
INVALID = {
    "nhs-number": ["9434765918", "0000000000", "943476591", "94347659190", "94347x5919", ""],
    "nino": ["QQ123456C", "BG123456A", "AB123456E", "AO123456A", "GB123456A", "ZZ123456A", "AB12345C"],
    "uprn": ["0", "1234567890123", "-1", "1.5", "x"],
    "usrn": ["123456789", "0"],
    "email": ["a@b", "a b@c.example", "@c.example"],
    "phone": ["12345", "999"],
    "postcode": ["M1 1AC1", "EC1A 1CC", "1AA 1AA", "OX2", "QQ"],
    "gss": ["E0700017", "X07000178", "E070001789"],
    "company-number": ["1234567", "SC12345"],
    "ods": ["R", "RTH-1"],
}


def asked(sql: str, values: list[str]) -> list[object]:
    with duckdb.connect() as connection:
        rows = connection.execute(f"SELECT {sql} FROM unnest(?) AS x(t)", [values]).fetchall()
    return [value for (value,) in rows]


@pytest.mark.parametrize("name", VALID)
def test_what_is_valid_and_what_is_not(name: str) -> None:
    assert asked(valid_sql(name, "trim(t)"), VALID[name]) == [True] * len(VALID[name])
    assert asked(valid_sql(name, "trim(t)"), INVALID[name]) == [False] * len(INVALID[name])


def test_nhs_numbers_by_modulus_11_done_another_way() -> None:
    def valid(number: str) -> bool:
        check = 11 - sum(int(digit) * (10 - place) for place, digit in enumerate(number[:9])) % 11
        return number != "0" * 10 and check != 10 and (0 if check == 11 else check) == int(number[9])

    draw = random.Random(11)
    numbers = ["0" * 10, *(f"{draw.randrange(10**10):010d}" for _ in range(5000))]
    expected = [valid(number) for number in numbers]
    assert 300 < sum(expected) < 600
    assert asked(valid_sql("nhs-number", "t"), numbers) == expected


def test_a_value_is_spelt_in_its_one_usual_way_and_others_are_left() -> None:
    assert asked(tidy_sql("postcode", "t"), ["ox20ae", "OX2  0AE", "nonsense"]) == ["OX2 0AE", "OX2 0AE", "nonsense"]
    assert asked(tidy_sql("nhs-number", "t"), ["943 476 5919", "943 476 5918"]) == ["9434765919", "943 476 5918"]
    assert asked(tidy_sql("nino", "t"), ["ab 12 34 56 c"]) == ["AB123456C"]


@pytest.mark.parametrize(
    ("name", "standard"),
    [
        ("uprn", "uprn"),
        ("property_uprn", "uprn"),
        ("nhs_number", "nhs-number"),
        ("nhsno", "nhs-number"),
        ("ni_number", "nino"),
        ("dob", "date-of-birth"),
        ("date_of_birth", "date-of-birth"),
        ("post_code", "postcode"),
        ("email_address", "email"),
        ("mobile", "phone"),
        ("surname", "person-name"),
        ("name", "person-name"),
        ("ward_name", ""),
        ("school_name", ""),
        ("ward_code", "gss"),
        ("lsoa21cd", "gss"),
        ("person_id", "person-key"),
        ("patient_ref", "person-key"),
        ("case_number", "record-reference"),
        ("id", "record-reference"),
        ("school_id", ""),
        ("address_line_1", "address"),
        ("band", ""),
        ("tenancy", ""),
    ],
)
def test_a_columns_name_tells_its_standard(name: str, standard: str) -> None:
    assert standard_by_name(name) == standard


def test_every_standard_says_what_it_is() -> None:
    assert all(standard.title and standard.kind for standard in STANDARDS.values())
