"""The judge of attacks finds what it is there to find, so that a passing run means something."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.attacks.attack import Attack, Outcome, attacks, faults, read_attacks
from tests.attacks.worlds import HEADERS, TARGET, WORLDS, draw

REFUSED = Outcome("refused", ("data: not agreed",))


def attack(must: str) -> Attack:
    return Attack("X01", "sample", must, ("select 1",), ("generous",), "")


def in_worlds(a: Outcome, b: Outcome | None = None, c: Outcome | None = None) -> dict[str, Outcome]:
    return {"A": a, "B": b or a, "C": c or a}


def answered(*rows: tuple[object, ...], columns: tuple[str, ...] = ("g", "n", "s")) -> Outcome:
    return Outcome("answered", (), columns[: len(rows[0])], rows, 1)


def test_all_cases_are_read() -> None:
    found = attacks()
    assert len(found) == len({each.number for each in found}) == 97
    assert set(Counter(each.number[0] for each in found)) == set("ABCDEFGH")
    assert {each.must for each in found} == {"REFUSE", "SAFE", "QUIET", "HISTORY"}


def test_a_case_that_is_not_whole_is_an_error() -> None:
    with pytest.raises(ValueError, match="A01 is not whole"):
        list(read_attacks("### A01 name\n```sql\nselect 1\n```\nengine: any\nmust: MAYBE\nwhy: so\n"))


def test_worlds_differ_in_the_target_only() -> None:
    a, b, c = (draw(name, people=200) for name in WORLDS)
    for dataset, columns in HEADERS.items():
        key = columns.index("uprn" if dataset.endswith("housing") else "person_id")
        mine = {TARGET, 777777777}
        others = [[row for row in world.tables[dataset] if row[key] not in mine] for world in (a, b, c)]
        assert others[0] == others[1] == others[2]
        assert c.tables[dataset] == others[2]
        assert len(a.tables[dataset]) > len(others[0])
    assert a.as_csv("northbank/housing") != b.as_csv("northbank/housing")
    assert a.as_csv("riverside/social_care") != b.as_csv("riverside/social_care")
    assert "Zelda Quince" in a.as_csv("northbank/person")


def test_the_same_refusal_everywhere_is_fine() -> None:
    for must in ("REFUSE", "SAFE", "QUIET", "HISTORY"):
        assert faults(attack(must), "select 1", in_worlds(REFUSED)) == []


@pytest.mark.parametrize(
    ("must", "outcomes"),
    [
        ("REFUSE", in_worlds(answered(("F", 1500)))),
        ("REFUSE", in_worlds(REFUSED, Outcome("refused", ("data: other words",)))),
        ("REFUSE", in_worlds(Outcome("refused", ("data: not agreed",), engine_calls=1))),
        ("REFUSE", in_worlds(REFUSED, REFUSED, Outcome("error", ("engine failed",)))),
        ("QUIET", in_worlds(answered(("F", 1500)), answered(("F", 1505)))),
        ("QUIET", in_worlds(Outcome("error", ("one",)), Outcome("error", ("two",)))),
        ("SAFE", in_worlds(answered(("F", 7)))),
        ("SAFE", in_worlds(answered(("F", 20)), answered(("F", None)))),
        ("SAFE", in_worlds(answered(("F", 20)), answered(("F", 30)))),
        ("SAFE", in_worlds(answered(("F", 20)), answered(("F", 20), ("M", 20)))),
        ("SAFE", in_worlds(answered(("F", 20)), answered(("M", 20)))),
        ("SAFE", in_worlds(answered(("F", 100.0)), answered(("F", 9000.0)))),
        ("SAFE", in_worlds(answered(("F", 20)), REFUSED)),
        ("SAFE", in_worlds(Outcome("error", ("engine failed",)))),
        ("SAFE", in_worlds(answered(("Zelda Quince", 20)))),
        ("HISTORY", in_worlds(answered((777777777, 20)))),
        ("HISTORY", in_worlds(Outcome("crashed", ("RecursionError",)))),
    ],
)
def test_a_leak_is_found(must: str, outcomes: dict[str, Outcome]) -> None:
    assert faults(attack(must), "select 1", outcomes) != []


def test_one_person_among_many_is_no_leak() -> None:
    outcomes = in_worlds(answered(("F", 20, 5000.0)), answered(("F", 25, 9321.5)), answered(("F", 20, 5000.0)))
    assert faults(attack("SAFE"), "select 1", outcomes) == []


def test_her_fourteen_rows_are_no_leak_where_rows_are_counted_and_one_person_is_where_people_are() -> None:
    outcomes = in_worlds(answered(("x", 90)), answered(("x", 105)), answered(("x", 90)))
    assert faults(attack("SAFE"), "select need, count(*) from social_care group by need", outcomes) == []
    assert (
        faults(attack("SAFE"), "select need, count(distinct person_id) from social_care group by need", outcomes) != []
    )


def test_an_identifier_that_the_question_said_is_not_exposed() -> None:
    outcomes = in_worlds(Outcome("refused", ("data: 900001",)))
    assert faults(attack("REFUSE"), "select 900001", outcomes) == []
    assert faults(attack("REFUSE"), "select 1", outcomes) != []
