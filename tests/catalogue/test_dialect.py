import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonweal.catalogue.reading.dialect import DELIMITERS, find_dialect, has_header

cell = st.text("abcdefgh ,;|xyz'", max_size=8)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(DELIMITERS), st.integers(2, 6), st.data())
def test_a_quoted_file_is_taken_apart_as_it_was_put_together(delimiter: str, width: int, data: st.DataObject) -> None:
    rows = [[f"h{i}" for i in range(width)]]
    rows += data.draw(st.lists(st.lists(cell, min_size=width, max_size=width), min_size=3, max_size=8))
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    found = find_dialect(out.getvalue())
    assert found.rows(out.getvalue()) == rows


def test_decimal_commas_do_not_hide_the_semicolon() -> None:
    assert find_dialect("a;b\n1,5;2,5\n3,5;4,5\n").delimiter == ";"


def test_a_file_of_one_column_needs_no_delimiter() -> None:
    assert find_dialect("uprn\n1\n2\n").rows("uprn\n1\n2\n") == [["uprn"], ["1"], ["2"]]


def test_quotes_escaped_by_a_backslash() -> None:
    text = 'a,b\n1,"say \\"so\\""\n'
    assert find_dialect(text).rows(text)[1] == ["1", 'say "so"']


@pytest.mark.parametrize(
    ("first", "is_header"),
    [
        ("uprn,name,sex", True),
        ("area,2019,2020,2021", True),
        ("Case Number,1st,2", True),
        ("Zelda,1931-02-27,F", False),
        ("100023336956,council,5", False),
        ("a@b.example,x", False),
        ("Ben,OX2 0AE", False),
        ("1,2,3", False),
        ("x,1.5", False),
    ],
)
def test_a_first_row_of_data_is_no_header(first: str, is_header: bool) -> None:
    assert has_header([first.split(","), first.split(",")]) is is_header
