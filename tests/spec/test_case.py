"""The reader of cases: tables are drawn out as described, and nothing that a case says is quietly ignored."""

from __future__ import annotations

import pytest

from tests.spec.case import chapters, drawn_out, expected, merged, read_case

BASE = {"parties": [{"organisation": "northbank"}], "term": {"from": 1, "until": 2}}


def test_tables_are_drawn_out() -> None:
    table = drawn_out("id | home | need\n1-3 | 7, 8 | a\n9 x2 | 5 | b")
    assert table.columns == ("id", "home", "need")
    assert table.rows == (("1", "7", "a"), ("2", "8", "a"), ("3", "7", "a"), ("9", "5", "b"), ("9", "5", "b"))
    assert table.as_csv().splitlines()[0] == "id,home,need"


def test_a_line_with_too_many_cells_is_an_error() -> None:
    with pytest.raises(ValueError, match="3 cells under 2 columns"):
        drawn_out("a | b\n1 | 2 | 3")


def test_withheld_cells_are_none() -> None:
    assert expected("a | b\nx | -").rows == (("x", None),)
    assert expected("(no rows)").rows == ()


def test_changes_are_laid_over_the_agreement() -> None:
    assert merged(BASE, {"term": {"until": 9}})["term"] == {"from": 1, "until": 9}
    assert merged({"data": [1, 2]}, {"data": [3]})["data"] == [3]


@pytest.mark.parametrize(
    "raw",
    [
        {"title": "a", "ask": "b"},
        {"title": "a", "ask": "b", "answer": "c", "refused": {}},
        {"title": "a", "ask": "b", "refused": {"clauses": "data"}},
        {"title": "a", "ask": "b", "answer": "c", "signedby": []},
    ],
)
def test_a_case_that_says_something_nobody_reads_is_an_error(raw: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"a:|a, refused|answer or a refusal"):
        read_case(raw, "chapter", BASE)


def test_every_chapter_can_be_read_and_titles_tell_cases_apart() -> None:
    found = [case for chapter in chapters() for case in chapter.cases]
    assert len({case.title for case in found}) == len(found) >= 12
    for chapter in chapters():
        assert all(table.rows for table in chapter.tables().values())
