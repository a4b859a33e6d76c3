"""Questions as analysts ask them: each is answered under the one agreement, and is as right as its protection lets it be."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.living import Living
from tests.acceptance.town import AGREEMENT
from tests.acceptance.truth import questions

FOLDER = Path(__file__).parent
QUESTIONS = questions(FOLDER / "questions.sql") | questions(FOLDER / "more_questions.sql")

COUNT = "a count: the true one, to the nearest 5"
NUMBER = "some count, to the nearest 5"  # sums and differences of shown counts
ANYTHING = "not compared"

MEASURES: dict[str, dict[str, str | float]] = {
    "how many homes of each tenancy": {"homes": COUNT},
    "arrears by ward": {"homes": COUNT, "total": 0.06, "mean": 0.06},
    "the share of homes in arrears, by tenancy": {"share_in_arrears": 0.06, "homes": COUNT},
    "the same share with FILTER": {"percent": 0.15},
    "median arrears of those who owe": {"middle": 0.01},
    "quartiles and the ninetieth percentile": {"q1": 0.01, "q3": 0.01, "p90": 0.01},
    "how spread out arrears are": {"spread": 0.01, "mean": 0.01},
    "people by age band": {"people": COUNT},
    "five-year ages as they are known": {"people": COUNT},
    "the everyday idiom for an age": {"people": NUMBER},  # it is read as an age, not as a difference of calendar years
    "sex and ethnicity": {"people": COUNT},
    "postcode districts": {"people": COUNT},
    "three tables: people with dementia by ward and what their homes owe": {"people": COUNT, "arrears": 0.3},
    "needs by sex": {"people": COUNT},
    "cost of care by need": {"spells": COUNT, "people": COUNT, "cost": 0.03, "per_person": 0.03},
    "spells a person": {"people": COUNT, "mean_cost": 0.02},
    "the same without naming the key": {"people": COUNT},
    "people with more than one spell": {"people": COUNT},
    "household size": {"homes": COUNT},
    "household size by tenancy": {"mean_size": 0.01, "homes": COUNT},
    "new care by month": {"spells": COUNT},
    "new care by year and need": {"people": COUNT},
    "a running total above the measure": {"starts": COUNT, "so_far": NUMBER},
    "change on the quarter before": {"starts": COUNT, "change": NUMBER},
    "ranks of wards": {"total": 0.06, "place": ANYTHING},
    "each ward's share of all arrears": {"total": 0.06, "percent": 0.06},
    "totals of totals": {"homes": COUNT},
    "a cube with GROUPING": {"homes": COUNT},
    "incidents by category": {"incidents": COUNT, "people": COUNT},
    "incidents by month": {"incidents": COUNT},
    "domestic incidents and arrears": {"people": COUNT, "mean_arrears": 0.05},
    "known to both care and police": {"people": COUNT},
    "in care but not known to the police": {"people": COUNT},
    "people without care, by left join": {"people": COUNT},
    "absence by school year": {"pupils": COUNT, "mean_absence": 0.03},
    "persistent absence by tenancy": {"persistent": 0.1, "pupils": COUNT},
    "absence against arrears": {"correlation": 0.3},
    "absence in homes with arrears": {"mean_absence": 0.02, "pupils": COUNT},
    "council tax by band": {"homes": COUNT, "mean_balance": 0.03},
    "both debts": {"homes": COUNT, "owed": 0.02},
    "compare wards with the whole": {"mean": 0.05, "ratio": 0.05},
    "only large groups, after protection": {"homes": COUNT},
    "two summaries under each other": {"homes": COUNT},
    "names with their organisation": {"people": COUNT},
    "everything quoted": {"number of homes": COUNT},
    "distinct values as groups": {},
    "numbers of different values": {"wards": COUNT, "homes": COUNT},
    "care of older people in rented homes": {"people": COUNT, "cost": 0.05},
    "care per thousand people, by sex": {"per_thousand": 0.03},
    "five percentiles of cost": {"p10": 0.01, "p50": 0.01, "p95": 0.01},
    "new care, this year against the last": {"starts": COUNT, "change_percent": ANYTHING},
    "nested tables: wards where many pay much": {"wards": ANYTHING},
    "a moving average over three months": {"starts": COUNT, "smooth": ANYTHING},
    "the three wards that owe most": {"total": 0.06},
    "share of homes with children, by tenancy": {"share": 0.05, "homes": COUNT},
    "spells of everybody, none counted as nought": {"mean_spells": 0.03, "people": COUNT},
    "spells a person in bands": {"people": COUNT},
    "people a home, as a ratio of two tables": {"people": COUNT, "homes": COUNT, "a_home": 0.02},
    "a pivot by hand": {"owner": COUNT, "council": COUNT, "private": COUNT},
    "care by quarter as text": {"spells": COUNT},
    "cost a month of each need, with a share of the month": {"cost": ANYTHING, "share": ANYTHING},
    "first care in a year": {"people": COUNT},
    "people in homes that owe": {"people": COUNT},
    "homes where somebody is in care": {"homes": COUNT},
    "distinct people and homes": {"people": COUNT, "homes": COUNT},
    "wards in order, the second page": {"homes": COUNT},
    "deciles of wards": {"homes": COUNT, "quarter": ANYTHING},
}
"""For every question, its measured columns: counts, or how far a shown number may be from the true one (a share of it)."""

TRUE_FORM = {"only large groups, after protection": (">= 50", ">= 48")}
"""Where a condition is judged on protected numbers, what it means for true ones: 48 is shown as 50."""

NOTHING_BUT_SMALL_GROUPS = {"care of older people in rented homes"}


def plain(value: object) -> object:
    """Return a key as both sides write it."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else value


def by_key(columns: list[str], rows: Any, measures: dict[str, Any]) -> dict[tuple[object, ...], dict[str, Any]]:
    """Return rows as a map from the group's keys to its measures."""
    keyed = {}
    for row in rows:
        named = dict(zip(columns, row, strict=True))
        keyed[tuple(plain(value) for name, value in named.items() if name not in measures)] = {
            name: named[name] for name in measures
        }
    return keyed


def nearest_5(count: int) -> int:
    return 5 * round(count / 5)


def test_every_question_has_its_measures_named() -> None:
    assert set(MEASURES) == set(QUESTIONS)
    assert len(questions(FOLDER / "questions.sql")) == 48
    assert sum(bool(set(each.values()) - {ANYTHING, NUMBER}) for each in MEASURES.values()) >= 40


@pytest.mark.parametrize("title", QUESTIONS)
def test_question(title: str, place: Living) -> None:
    answer = place.gateway.ask(QUESTIONS[title], agreement=AGREEMENT)
    measures = MEASURES[title]
    assert answer.table.num_rows, "nothing was shown at all"
    true = place.plain.execute(QUESTIONS[title].replace(*TRUE_FORM.get(title, ("", ""))))
    columns = [each[0] for each in true.description]
    assert list(answer.columns) == columns
    found = by_key(columns, true.fetchall(), measures)
    shown = by_key(columns, answer.rows, measures)
    assert len(shown) == answer.table.num_rows, "two rows of one group"
    seen = 0
    for key, values in shown.items():
        for name, value in values.items():
            if value is None:
                continue
            seen += 1
            allowed = measures[name]
            if allowed in {COUNT, NUMBER}:
                assert value % 5 == 0, f"{name} of {key} is not rounded"
            if allowed in {ANYTHING, NUMBER}:
                continue
            true_value = found[key][name]
            if allowed == COUNT:
                assert value == nearest_5(true_value), f"{name} of {key}"
                assert true_value >= 10, f"{name} of {key} is of fewer than ten"
            else:
                assert value == pytest.approx(float(true_value), rel=float(allowed)), f"{name} of {key}"
    assert bool(seen) == (bool(measures) and title not in NOTHING_BUT_SMALL_GROUPS)


def test_withheld_cells_are_null_and_named(place: Living) -> None:
    title = "three tables: people with dementia by ward and what their homes owe"
    answer = place.gateway.ask(QUESTIONS[title], agreement=AGREEMENT)
    assert answer.withheld, "nothing was withheld, so nothing is tested"
    for cell in answer.withheld:
        assert answer.table.column(cell.column)[cell.row].as_py() is None
        assert cell.reason
    nulls = sum(column.null_count for column in answer.table.columns)
    assert nulls == len(answer.withheld)


def test_rows_come_in_the_order_that_was_asked_for(place: Living) -> None:
    answer = place.gateway.ask(QUESTIONS["the three wards that owe most"], agreement=AGREEMENT)
    totals = [row[answer.columns.index("total")] for row in answer.rows]
    assert len(totals) == 3
    assert totals == sorted(totals, reverse=True)
