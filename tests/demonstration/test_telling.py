from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from commonweal.demonstration.facts import (
    Account,
    AddedDataset,
    Agreed,
    Asked,
    Difference,
    Fact,
    Joined,
    Metered,
    NowYou,
    Recorded,
    Refusal,
)
from commonweal.demonstration.telling import tell

HOUSING = AddedDataset(
    "fenwick/housing", "homes.csv", "2026-09-30", 100, 98, 2, {"UPRNs written as decimals": 3}, ("uprn",)
)
FACTS: tuple[Fact, ...] = (
    Joined({"fenwick": "Fenwick Council"}, (HOUSING,), 200_000, 1.0, 2.0),
    Agreed(
        "a@1",
        "A title",
        "why",
        {"purpose": "why"},
        {"fenwick": "Fenwick Council"},
        "in force",
        ("x",),
        ("y",),
        ("z",),
        "ab" * 32,
        "a.yaml",
    ),
    Asked(
        "Where?",
        "select [ward]",
        {"people": "the person is named."},
        {"links": "tokens"},
        ("ward", "homes"),
        (("Aldermarsh", 40), ("Oxlode", None)),
        ({"row": 1, "column": "homes", "reason": "fewer than 10"},),
        ("Counts are rounded to 5.",),
        {"index": 3},
        0.1,
        0.05,
        True,
        0.01,
        "chart.svg",
        "chart.html",
    ),
    Refusal("Who?", "select name", 1, "output", ("names are identifiers",), "ask for counts", "officer", "", "q-1"),
    Difference("Sly.", "select 1", "select 2", (41, 40), (40, 40), False),
    Metered(
        "b@1",
        "How much?",
        "select tenancy",
        "select t.tenancy",
        ("tenancy", "homes"),
        (("secure", 1363), ("temporary", None)),
        (("secure", "1,363 ±22"), ("temporary", "[c]")),
        (("secure", 1353), ("temporary", 7)),
        ({"row": 0, "column": "homes", "low": 1341, "high": 1385, "drawn": 0.1, "wide": False},),
        1,
        1,
        ("Read from shared tables.",),
        (Account("housing.arrears", 0.0188, 0.128, 0.539),),
        True,
        0.0,
    ),
    Recorded(9, 0.01, "p", "k", 3, True, "c", 3, 3, "entry 3 is damaged"),
    NowYou("/x", (("commonweal ledger show", "See:"),)),
)


def told(fact: Fact, *, encoding: str = "utf-8", width: int = 100) -> str:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    tell(fact, Console(file=out, width=width, highlight=False, markup=False, emoji=False))
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: type(fact).__name__)
def test_every_fact_has_words_and_json(fact: Fact) -> None:
    assert fact.title in told(fact)
    document = json.loads(json.dumps(fact.as_dict()))
    assert document["step"] == fact.number
    assert document["title"] == fact.title
    assert document["seconds"] == 0.0


def test_there_are_eight_steps_in_order() -> None:
    assert [fact.number for fact in FACTS] == [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: type(fact).__name__)
def test_a_plain_terminal_is_enough(fact: Fact) -> None:
    text = told(fact, encoding="ascii")
    assert "\x1b" not in text
    assert told(fact, width=60)


def test_an_answer_marks_what_is_withheld_and_says_why() -> None:
    text = told(FACTS[2])
    row = next(line for line in text.splitlines() if "Oxlode" in line)
    assert "[c]" in row
    assert "█" not in row
    assert "█" in next(line for line in text.splitlines() if "Aldermarsh" in line)
    assert "#" in next(line for line in told(FACTS[2], encoding="ascii").splitlines() if "Aldermarsh" in line)
    assert "1 cell withheld: fewer than 10" in text
    assert "select [ward]" in text  # square brackets are text, never markup


def test_a_record_that_fails_is_not_told_as_one_that_holds() -> None:
    bad = Recorded(9, 0.01, "p", "k", 3, False, "c", 3, None, "nothing")
    assert "DOES NOT HOLD" in told(bad)
    assert "NOT FOUND" in told(bad)
    assert "not where it is" in told(Recorded(9, 0.01, "p", "k", 3, True, "c", 3, 5, "entry 5"))


def test_the_meter_is_told_with_margins() -> None:
    text = told(FACTS[5])
    assert "1,363 ±22" in text
    assert "the same answer and costs nothing" in text
    assert "53.9 %" in text
    assert "ANOTHER answer and costs 0.0100" in told(replace(FACTS[5], again=False, again_cost=0.01))  # type: ignore[call-arg]


def test_a_pair_of_questions_that_tells_is_said_to_tell() -> None:
    assert "the same" in told(FACTS[4])
    assert "differ" in told(Difference("Sly.", "a", "b", (43, 42), (45, 40), True))
