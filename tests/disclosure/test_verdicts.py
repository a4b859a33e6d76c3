"""Verdicts name every rule that a number breaks, with its counts, and every rule that judges has its words."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as some

from commonweal.disclosure.profile import PROFILES
from commonweal.disclosure.protect import JUDGES, count, judge, lay_out_rows
from commonweal.disclosure.verdicts import _TOLD, verdicts
from tests.disclosure import microdata

AGGREGATES = (microdata.COUNT, microdata.PEOPLE, microdata.FLAGGED, microdata.AMOUNT, microdata.MEDIAN)
ROW = some.fixed_dictionaries(
    {
        "person": some.integers(1, 30),
        "ward": some.sampled_from(["W1", "W2", "W3"]),
        "flag": some.sampled_from([0, 1]),
        "amount": some.sampled_from([0.0, 1.0, 5.0, 900.0]),
    }
)


def test_every_rule_that_judges_has_its_words() -> None:
    assert set(_TOLD) == {each for judges in JUDGES.values() for each in judges}


@given(some.lists(ROW, max_size=80), some.sampled_from(sorted(PROFILES)))
def test_verdicts_are_what_the_rules_decide(rows: list[microdata.Row], profile: str) -> None:
    rules = replace(PROFILES[profile], secondary=False)
    cells = microdata.measured(rows, ["ward"], AGGREGATES)
    draft = judge(count(lay_out_rows(cells, rules), rules), rules)
    source = draft.layout.source.tolist()
    withheld = {
        (row, name) for name, flags in draft.withheld.items() for row, flag in zip(source, flags, strict=True) if flag
    }
    assert {(each.row, each.aggregate) for each in verdicts(cells, rules)} == {
        pair for pair in withheld if pair[0] >= 0
    }


def rows_of(ward: str, amounts: list[float]) -> list[microdata.Row]:
    return [{"person": n, "ward": ward, "flag": int(n == 0), "amount": each} for n, each in enumerate(amounts)]


def found(amounts: list[float]) -> dict[tuple[str, str], str]:
    cells = microdata.measured(rows_of("W1", amounts), ["ward"], AGGREGATES)
    return {(each.aggregate, each.rule): each.found for each in verdicts(cells, PROFILES["uk-tre"])}


def test_they_count() -> None:
    few = found([1.0, 2.0, 3.0])
    assert few["n", "threshold"] == "3 people; at least 10 are needed"
    many = found([9_000.0] + [10.0] * 20)
    assert ("n", "threshold") not in many
    assert many["amount", "dominance"].startswith("the largest holds 98 %, the largest two 98 %")
    assert many["flagged", "threshold"] == "1 people; at least 10 are needed"
    assert found([5.0] * 20)["amount", "same value"] == "everybody has the same value"


def test_data_about_nobody_breaks_nothing() -> None:
    cells = replace(microdata.measured(rows_of("W1", [1.0]), ["ward"], [microdata.COUNT]), kinds=())
    assert verdicts(cells, PROFILES["uk-tre"]) == ()
