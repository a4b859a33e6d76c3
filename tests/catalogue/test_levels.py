"""Levels check themselves, and their ladders are what the tables of the metered profiles need."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings

from commonweal.catalogue.contract import Column, Kind
from commonweal.catalogue.level_bounds import in_words
from commonweal.catalogue.levels import MISSING, MOST_LEAVES, Levels, Scale

from .levels_drawn import laddered

AGES = Levels(Scale.AGES, edges=(0, 5, 10, 15), rungs=((0, 0, 1, 1, 2),))
MONTHS = Levels(
    Scale.MONTHS,
    months=(date(2023, 11, 1), date(2024, 4, 1)),
    rungs=((0, 0, 1, 1, 1, 2, 3), (0, 0, 1, 1, 1, 1, 2)),
)
SPAN = (date(2023, 1, 1), date(2023, 12, 1))


def test_ages_are_shown_by_their_lowest_year_at_every_depth() -> None:
    assert AGES.titles == ("0", "5", "10", "15", MISSING)
    assert (AGES.lows, AGES.highs) == ((0, 5, 10, 15, None), (4, 9, 14, None, None))
    assert AGES.titles_at(1) == ("0", "10", MISSING)
    assert (AGES.lows_at(1), AGES.highs_at(1)) == ((0, 10, None), (9, None, None))
    assert in_words(AGES) == "4 ages, 2 coarser"


def test_months_have_quarters_and_years_cut_at_the_ends() -> None:
    assert MONTHS.titles[0] == "2023-11" and MONTHS.titles_at(2) == ("2023-Q4", "2024-Q1", "2024-Q2", MISSING)
    assert MONTHS.titles_at(1) == ("2023", "2024", MISSING)
    assert MONTHS.lows_at(2) == (date(2023, 11, 1), date(2024, 1, 1), date(2024, 4, 1), None)
    assert MONTHS.highs_at(1) == (date(2023, 12, 31), date(2024, 4, 30), None)
    assert in_words(MONTHS) == "6 months, 3 quarters, 2 years"


def test_amounts_begin_above_their_lows() -> None:
    amounts = Levels(Scale.AMOUNTS, edges=(0, 100, 0.5e6), top=1e6, missing=False)
    assert amounts.titles == ("0 or less", "over 0 to 100", "over 100 to 500000", "over 500000")
    assert amounts.exclusive_lows and not AGES.exclusive_lows
    assert (amounts.lows, amounts.highs) == ((None, 0.0, 100.0, 500000.0), (0.0, 100.0, 500000.0, None))


def test_counts_end_openly() -> None:
    counts = Levels(Scale.COUNTS, edges=(0, 1, 2, 5), missing=False)
    assert counts.titles == ("0", "1", "2-4", "5+")
    assert counts.highs == (0, 1, 4, None)


def test_groups_of_values_are_named_and_have_no_bounds() -> None:
    wards = Levels(Scale.VALUES, values=("a", "b", "c"), rungs=((1, 0, 1, 2),), names=(("north", "south"),))
    assert wards.titles_at(1) == ("north", "south", MISSING)
    assert wards.lows_at(1) == (None, None, None) and wards.lows == ("a", "b", "c", None)
    assert wards.parents == ((0, 0, 0), (1, 0, 1, 2))


@pytest.mark.parametrize(
    ("made", "says"),
    [
        ({"scale": Scale.VALUES}, "at least one value"),
        ({"scale": Scale.VALUES, "values": ("a", "a")}, "twice"),
        ({"scale": Scale.VALUES, "values": ("a", "")}, "empty"),
        ({"scale": Scale.VALUES, "values": ("a", MISSING)}, "last level"),
        ({"scale": Scale.VALUES, "values": ("a",), "missing": False}, "2 to 250"),
        ({"scale": Scale.VALUES, "values": tuple(map(str, range(MOST_LEAVES)))}, "2 to 250"),
        ({"scale": Scale.VALUES, "values": ("a", "b"), "of": "street"}, "district or sector"),
        ({"scale": Scale.VALUES, "values": ("a", "b"), "edges": (0,)}, "have no edges"),
        ({"scale": Scale.VALUES, "values": ("a", "b"), "top": 3}, "have no top"),
        ({"scale": Scale.VALUES, "values": ("a", "b", "c"), "rungs": ((0, 0, 1, 2),)}, "names"),
        (
            {"scale": Scale.VALUES, "values": ("a", "b", "c"), "rungs": ((0, 0, 1, 2),), "names": (("x", "x"),)},
            "name of its own",
        ),
        ({"scale": Scale.AGES, "edges": ()}, "at least one"),
        ({"scale": Scale.AGES, "edges": (0, 5, 5)}, "ascend"),
        ({"scale": Scale.AGES, "edges": (0, 5.5)}, "whole numbers"),
        ({"scale": Scale.AGES, "edges": (0, 500)}, "130"),
        ({"scale": Scale.AGES, "edges": (0, 5), "values": ("a",)}, "have no values"),
        ({"scale": Scale.COUNTS, "edges": (-1, 0)}, "whole numbers from 0"),
        ({"scale": Scale.AMOUNTS, "edges": (0, float("nan"))}, "finite"),
        ({"scale": Scale.AMOUNTS, "edges": (0, float("inf"))}, "finite"),
        ({"scale": Scale.AMOUNTS, "edges": (0, 100), "top": 100}, "above the last edge"),
        ({"scale": Scale.AMOUNTS, "edges": (0, 100), "top": float("nan")}, "above the last edge"),
        ({"scale": Scale.AMOUNTS, "edges": (0, 100), "most": 0}, "most is"),
        ({"scale": Scale.AMOUNTS, "edges": (0, 100), "most": 5}, "most is"),
        ({"scale": Scale.AMOUNTS, "edges": (0, 100), "most": True}, "most is"),
        ({"scale": Scale.MONTHS}, "first and a last"),
        ({"scale": Scale.MONTHS, "months": (date(2023, 1, 2), date(2023, 12, 1))}, "first day"),
        ({"scale": Scale.MONTHS, "months": SPAN[::-1]}, "after the last"),
        ({"scale": Scale.MONTHS, "months": SPAN, "step": "week"}, "month, quarter or year"),
        ({"scale": Scale.MONTHS, "months": (date(1, 1, 1), date(2023, 1, 1))}, "2 to 250"),
        ({"scale": Scale.MONTHS, "months": SPAN, "rungs": ((*[0] * 5, *[1] * 7, 2),)}, "quarters and years"),
        ({"scale": Scale.AGES, "edges": (0, 5, 10), "rungs": ((0, 1, 1),)}, "every level"),
        ({"scale": Scale.AGES, "edges": (0, 5, 10), "rungs": ((0, 2, 2, 3),)}, "numbered from 0"),
        ({"scale": Scale.AGES, "edges": (0, 5, 10), "rungs": ((0, 1, 1, 1),)}, "missing level"),
        ({"scale": Scale.AGES, "edges": (0, 5, 10), "rungs": ((0, 1, 0, 2),)}, "neighbours"),
        ({"scale": Scale.AGES, "edges": (0, 5, 10), "rungs": ((0, 1, 2, 3),)}, "fewer groups"),
        ({"scale": Scale.AGES, "edges": (0, 5), "missing": False, "rungs": ((0, 0),)}, "two at least"),
        (
            {
                "scale": Scale.AGES,
                "edges": (0, 5, 10, 15, 20, 25),
                "rungs": ((0, 0, 1, 1, 2, 2, 3), (0, 0, 0, 1, 1, 1, 2)),
            },
            "whole groups",
        ),
    ],
)
def test_levels_that_do_not_hang_together_are_refused(made: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Levels(**made)


@settings(max_examples=200, deadline=None)
@given(laddered())
def test_a_ladder_puts_every_place_into_one_place_above(levels: Levels) -> None:
    assert len(levels.parents) == levels.depth == len(levels.rungs) + 1
    assert set(levels.parents[0]) == {0}
    for depth in range(1, levels.depth + 1):
        places = max(levels.groups_at(depth)) + 1
        assert len(levels.titles_at(depth)) == len(levels.lows_at(depth)) == len(levels.highs_at(depth)) == places
        assert len(levels.parents[depth - 1]) == places
        assert len(set(levels.titles_at(depth))) == places
    for leaf in range(levels.size):
        place = leaf
        for depth in range(levels.depth, 0, -1):
            assert levels.groups_at(depth)[leaf] == place
            place = levels.parents[depth - 1][place]
    assert len(levels.titles) == levels.size == levels.known + levels.missing


def test_a_code_list_is_its_own_levels_unless_others_are_given() -> None:
    column = Column("tenancy", "string", "VARCHAR", Kind.QUASI, codes=("council", "owner"))
    assert column.levels == Levels(Scale.VALUES, values=("council", "owner"))
    own = Levels(Scale.VALUES, values=("owner", "council"))
    assert replace(column, levels=own).levels == own
    assert Column("x", "string", "VARCHAR", None, codes=tuple(map(str, range(250)))).levels is None
    assert Column("x", "string", "VARCHAR", None, codes=("a", "")).levels is None
