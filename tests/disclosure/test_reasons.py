from __future__ import annotations

import pytest

from commonweal.disclosure.profile import PROFILES
from commonweal.disclosure.reasons import either, notes, plural, reason

from .microdata import AMOUNT, COUNT, FLAGGED, MEDIAN

UK = PROFILES["uk-tre"]


@pytest.mark.parametrize(
    ("kind", "many"),
    [
        ("person", "people"),
        ("household", "households"),
        ("property", "properties"),
        ("business", "businesses"),
        ("child", "children"),
        ("day", "days"),
        ("row", "rows"),
    ],
)
def test_kinds_have_plurals(kind: str, many: str) -> None:
    assert plural(kind) == many


def test_reasons_are_public_words() -> None:
    assert either(["a", "b", "c"]) == "a, b or c"
    assert reason(COUNT, ("person",), UK, False) == "fewer than 10 people"
    assert reason(COUNT, ("person",), UK, True) == "fewer than 10 people or a number from which such a one would follow"
    assert reason(COUNT, ("person",), UK, False, True) == "fewer than 10 people or too much of it from one or two"
    assert reason(FLAGGED, ("person",), PROFILES["nhs"], False) == "fewer than 8 people"
    assert (
        reason(AMOUNT, ("business",), PROFILES["business"], False)
        == "fewer than 3 businesses or too much of it from one or two"
    )
    assert reason(MEDIAN, ("person",), UK, False) == "fewer than 10 people on one side of it"


def test_notes_follow_from_the_question_alone() -> None:
    assert notes([COUNT], ("person",), UK, False) == ("Counts are rounded to the nearest 5.",)
    assert len(notes([COUNT, AMOUNT, MEDIAN], ("person",), UK, True)) == 4
    assert notes([COUNT], ("person",), PROFILES["business"], False) == ()


def test_kinds_are_said_once_and_in_an_order_of_their_own() -> None:
    assert reason(COUNT, ("person", "household"), UK, False) == reason(
        COUNT, ("household", "person", "person_2"), UK, False
    )
