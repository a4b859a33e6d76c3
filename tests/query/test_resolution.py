import pytest

from commonweal.errors import Refused
from commonweal.query.dialect import sql
from commonweal.query.question import read_query
from commonweal.query.reading import parsed
from commonweal.query.resolution import resolved
from tests.query.town import AGREED, CONTRACTS


def canonical(text: str) -> str:
    return sql(resolved(parsed(text), CONTRACTS, AGREED))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("select count(*) from persons", "person"),
        ("select tenency, count(*) from housing group by 1", "tenancy"),
        ("select count(*) from housing where wards = 'W1'", "ward"),
        ("select count(*) from main.person", "person"),
        ("select h.tenency, count(*) from housing h group by 1", "tenancy"),
    ],
)
def test_unknown_names_get_the_nearest_known_one(text: str, hint: str) -> None:
    with pytest.raises(Refused) as caught:
        read_query(text, CONTRACTS, agreed=AGREED)
    assert hint in caught.value.remedy


@pytest.mark.parametrize(
    "text",
    [
        "select person from person",
        "select a.tenancy from housing",
        "select count(*) from 'x.parquet'",
        'select count(*) from "https://example.invalid/x.csv"',
    ],
)
def test_tables_used_as_values_and_files_as_tables_are_refused(text: str) -> None:
    with pytest.raises(Refused):
        read_query(text, CONTRACTS, agreed=AGREED)


def test_a_bare_name_prefers_what_is_agreed() -> None:
    assert '"nb"."person"' in canonical("select count(*) from person")
    assert '"pol"."person"' in canonical("select count(*) from pol.person")


def test_a_common_table_expression_hides_a_dataset_of_its_name() -> None:
    text = canonical("with person as (select need from social_care) select need, count(*) from person group by need")
    assert '"nb"."person"' not in text and '"nhs"."social_care"' in text


def test_layout_case_and_ordinals_do_not_change_the_canonical_text() -> None:
    one = canonical("select tenancy, count(*) as n from housing where ward = 'W1' group by tenancy")
    other = canonical("SELECT Tenancy , COUNT( * ) n\nFROM nb.Housing -- note\nWHERE (ward='W1') GROUP BY 1")
    assert one.replace("(", "").replace(")", "") == other.replace("(", "").replace(")", "")
