"""The page of a refusal: laid out for any width, and the words it is about found in the question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonweal.cli.refusal import laid_out, marked, page
from commonweal.errors import Refused


def refusal(*about: str, reason: str = "the column repairs is not shared.", **details: object) -> Refused:
    named: dict[str, object] = {"about": list(about)} if about else {}
    return Refused(
        "data", [reason], remedy="Leave it out.", who="the officers of a", reference="entry 7", details=named | details
    )


def test_a_column_is_underlined_and_a_table_of_its_name_is_not() -> None:
    sql = "select avg(repairs) from repairs where repairs.ward = 'repairs' -- repairs"
    assert marked(sql, refusal("repairs")).splitlines() == [sql, "           ^^^^^^^"]


def test_a_dataset_is_underlined_where_it_is_read() -> None:
    shown = marked("select 1\nfrom b.Housing h", refusal("housing", reason="there is no dataset named housing."))
    assert shown.splitlines() == ["from b.Housing h", "       ^^^^^^^"]


def test_a_place_is_marked() -> None:
    assert marked("select\nward count", refusal(line=2, column=6)).splitlines() == ["ward count", "     ^"]
    assert marked("select", refusal(line=9, column=1)) == ""
    assert marked("select 1", refusal()) == ""


def test_a_long_line_is_cut_around_the_word() -> None:
    text, mark = marked("select " + "a, " * 100 + "repairs, " + "b, " * 100 + "c", refusal("repairs")).splitlines()
    assert text[mark.index("^") : mark.index("^") + 7] == "repairs"
    assert len(text) < 80


@pytest.mark.parametrize("width", [0, 20, 40, 59, 60, 80, 200])
def test_nothing_is_lost_at_any_width(width: int) -> None:
    text = "the column repairs is not shared by the agreement, and nobody has asked for it"
    lines = laid_out("Who can change it", text, width)
    assert " ".join(" ".join(lines).split()) == f"Who can change it {text}"
    assert width == 0 or all(len(line) <= max(width, 22) for line in lines)


def test_a_request_names_the_entry() -> None:
    assert ("Request to send", "") not in page(refusal(), agreement="x")
    label, text = page(refusal(), agreement="damp")[-1]
    assert (label, "damp" in text, "entry 7" in text) == ("Request to send", True, True)
    assert page(refusal())[-1][0] == "Recorded as"


@given(st.text(), st.text(min_size=1))
def test_any_text_can_be_marked(sql: str, word: str) -> None:
    lines = marked(sql, refusal(word)).splitlines()
    assert all("^" not in line or line.strip().strip("^") == "" for line in lines[1::2])
