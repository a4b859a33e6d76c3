"""Under metered profiles: two worlds that differ in one person's secrets say the same but for what noisy tables tell.

Refusals, errors, foretold costs, shapes and steps of time are the same to the last byte. An answer is, too, where the secrets
are outside what is asked; where they are inside, the noisy tables that it is made of differ by no more than is charged for,
and the answer is a function of those tables (`simulatable`).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from commonweal.disclosure.metered.profile import METERED
from commonweal.gateway import ask as path
from commonweal.gateway.metered.tables import Tables
from commonweal.gateway.timing import Pace, Steps
from commonweal.ledger.reading import entries
from tests.attacks.alike import Read, alike, same, too_far, watched
from tests.attacks.two_worlds import CARE, HOMES, QUESTIONS, Two, seen, two_worlds

ONE_STEP = 5.0
OUTSIDE = {
    "people by sex": "SELECT sex, count(*) AS n FROM person GROUP BY sex",
    "her own postcode": "SELECT postcode, count(*) AS n FROM person WHERE sex = 'F' GROUP BY postcode",
    "her own household": "SELECT tenancy, count(*) AS n FROM housing GROUP BY tenancy",
    "ages by sex": "SELECT sex, age_in_years(dob) AS age, count(*) AS n FROM person GROUP BY 1, 2",
    "who is in care": f"SELECT sex, count(DISTINCT person_id) AS n FROM {CARE} GROUP BY sex",
    "the month of her care": "SELECT start_date, count(DISTINCT person_id) AS n FROM social_care GROUP BY start_date",
    "one row or none": "SELECT postcode, count(*) AS n FROM person GROUP BY postcode HAVING count(*) > 0",
}
"""Answered, and about nothing that differs: answers must be the same to the last byte."""
INSIDE = {
    "who owes": "SELECT count(*) AS n FROM housing WHERE arrears > 2000",
    "what is owed by tenancy": "SELECT tenancy, sum(arrears) AS s, avg(arrears) AS m FROM housing GROUP BY tenancy",
    "median": "SELECT tenancy, median(arrears) AS m FROM housing WHERE arrears > 0 GROUP BY tenancy",
    "needs": "SELECT need, count(DISTINCT person_id) AS n FROM social_care GROUP BY need",
    "needs by sex": f"SELECT sex, need, count(DISTINCT person_id) AS n FROM {CARE} GROUP BY sex, need",
    "her postcode's debts": f"SELECT postcode, sum(arrears) AS s FROM {HOMES} WHERE postcode = 'ZZ9' GROUP BY postcode",
    "sizes of debts": "SELECT arrears > 2000 AS more, count(*) AS n FROM housing GROUP BY 1",
}
"""Answered or refused, and about what differs."""
LINKED = {
    "homes of anybody": "SELECT tenancy, count(*) AS n FROM housing WHERE uprn IN (SELECT uprn FROM person) GROUP BY tenancy",
    "homes of women": "SELECT count(*) AS n FROM housing WHERE uprn IN (SELECT uprn FROM person WHERE sex = 'F')",
    "people of homes": f"SELECT tenancy, count(DISTINCT person_id) AS n FROM {HOMES} GROUP BY tenancy",
    "people at homes that owe": f"SELECT sex, count(DISTINCT person_id) AS n FROM {HOMES} WHERE arrears > 2000 GROUP BY sex",
    "people in care": "SELECT sex, count(*) AS n FROM person WHERE person_id IN (SELECT person_id FROM social_care) GROUP BY sex",
    "people not in care": "SELECT count(*) AS n FROM person WHERE person_id NOT IN (SELECT person_id FROM social_care)",
    "months of care by postcode": f"SELECT postcode, start_date, count(DISTINCT person_id) AS n FROM {CARE} GROUP BY ALL",
}
"""About who is in another dataset, over links that several share."""
ALL = QUESTIONS | OUTSIDE | INSIDE | LINKED


@pytest.fixture(scope="module", params=METERED)
def two(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    with alike():
        made = two_worlds(tmp_path_factory.mktemp("two"), request.param)
        yield made
        made.close()


@pytest.fixture(scope="module", params=METERED)
def there_or_not(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    with alike():
        made = two_worlds(tmp_path_factory.mktemp("presence"), request.param, ("A", "C"))
        yield made
        made.close()


@pytest.fixture
def read() -> Iterator[dict[int, Read]]:
    with watched() as found:
        yield found


@pytest.fixture(autouse=True)
def one_step(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "by_the_clock" not in request.keywords:
        monkeypatch.setattr(path, "Pace", lambda _steps: Pace(Steps(ONE_STEP), sleep=lambda _seconds: None))


def asked_in_both(two: Two, question: str, read: dict[int, Read]) -> tuple[list[dict[str, Any]], list[Read]]:
    """Ask in both worlds; return what was seen, without where the clock stands, and the tables that it was made of."""
    read.clear()
    outcomes = [seen(gateway, question) for gateway in two.gateways.values()]
    tables = [read.get(id(i.surroundings.shared.tables), {}) for i in two.installations.values()]
    return outcomes, tables


def charged(two: Two) -> list[list[object]]:
    """Return what was opened in each world, in order."""
    found = []
    for installation in two.installations.values():
        with installation.reading() as connection:
            opened = entries(connection, kind="meter.opened")
            found.append([{n: v for n, v in entry.body.items() if n != "asked"} for entry in opened])
    return found


@pytest.mark.parametrize("name", ALL)
def test_two_worlds(name: str, two: Two, read: dict[int, Read]) -> None:
    foretold = []
    for gateway in two.gateways.values():
        try:
            foretold.append(gateway.explain(ALL[name], agreement="generous").as_dict())
        except Exception as error:
            foretold.append({type(error).__name__: str(error)})
    assert foretold[0] == foretold[1]
    (a, b), (first, other) = asked_in_both(two, ALL[name], read)
    charges = charged(two)
    assert charges[0] == charges[1]
    if "raised" in a or "raised" in b:
        assert a == b
        return
    assert a["seconds"] == b["seconds"] == ONE_STEP, "something of the time is handed over"
    assert a["types"] == b["types"]
    assert first, "answered out of nothing"
    assert too_far(first, other) == []
    if same(first, other):
        assert a == b
    else:
        assert name not in OUTSIDE
        assert [len(world["json"]["answer"]["rows"]) for world in (a, b)] == [len(a["json"]["answer"]["rows"])] * 2


@pytest.mark.slow
def test_with_her_or_without_her(there_or_not: Two, read: dict[int, Read]) -> None:
    """Rows and keys are the same, so are refusals and charges; no table moves by more than being there is charged for."""
    moved = Counter[str]()
    for name, question in ALL.items():
        (a, c), (first, other) = asked_in_both(there_or_not, question, read)
        if "raised" in a or "raised" in c:
            assert a == c, name
            continue
        assert a["types"] == c["types"], name
        assert too_far(first, other) == [], name
        if "HAVING" not in question:  # which follows the noisy numbers
            assert _keys(a) == _keys(c), name
        moved["linked" if name in LINKED else "others"] += not same(first, other)
        moved["answered"] += 1
    charges = charged(there_or_not)
    assert charges[0] == charges[1]
    assert moved["linked"] >= 4 and moved["others"] >= 10, moved


def _keys(world: dict[str, Any]) -> list[list[object]]:
    """Return an answer's rows without its measured columns, which are called n, s and m or have no name."""
    answer = world["json"]["answer"]
    kept = [n for n, name in enumerate(answer["columns"]) if name not in {"n", "s", "m"} and "arrears" not in name]
    return [[row[n] for n in kept] for row in answer["rows"]]


def test_there_is_something_to_tell(two: Two, read: dict[int, Read]) -> None:
    """Answers are given, inside and outside; tables do differ by the one person; most of what tries is refused."""
    kinds: Counter[str] = Counter()
    for group, questions in (("tries", QUESTIONS), ("outside", OUTSIDE), ("inside", INSIDE)):
        for question in questions.values():
            (a, _), (first, other) = asked_in_both(two, question, read)
            kinds[f"{group} {'refused' if 'raised' in a else 'answered'}"] += 1
            kinds[f"{group} tables differ"] += not same(first, other)
    assert kinds["outside answered"] == len(OUTSIDE)
    assert kinds["outside tables differ"] == 0
    assert kinds["inside answered"] >= 5
    assert kinds["inside tables differ"] == kinds["inside answered"]
    assert kinds["tries refused"] >= 20


def test_a_second_person_would_be_too_far(two: Two, read: dict[int, Read]) -> None:
    """The bound bites: were two people moved, it would be seen."""
    _, (first, other) = asked_in_both(two, INSIDE["who owes"], read)
    assert too_far(first, other) == []
    twice = {table: found + 2 * (other[table] - found) for table, found in first.items()}
    assert too_far(first, twice)


@pytest.mark.slow
@pytest.mark.by_the_clock
@pytest.mark.parametrize("fails", [False, True])
def test_work_that_depends_on_a_secret_ends_at_the_same_step(
    fails: bool, two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading is made to take half a second longer in B; by the clock on the wall, both outcomes come at the same step."""
    for gateway in two.gateways.values():
        gateway.ask("SELECT sex, count(*) AS warm FROM person GROUP BY sex", agreement="generous")  # it is counted
    original = Tables.prepare
    slow = id(two.installations["B"].surroundings.shared.tables)

    def prepare(self: Tables, *arguments: Any) -> None:
        if id(self) == slow:
            time.sleep(0.5)
        original(self, *arguments)
        if fails:
            raise RuntimeError("no")

    monkeypatch.setattr(Tables, "prepare", prepare)
    for number, (first, apart) in enumerate(((1.2, False), (0.0, True))):
        monkeypatch.setattr(path, "Pace", lambda _steps, first=first: Pace(Steps(first)))
        took = {}
        for world, gateway in two.gateways.items():
            question = (
                f"SELECT sex, count(*) AS n{number}{fails} FROM person GROUP BY sex"  # not one that is remembered
            )
            began = time.perf_counter()
            try:
                gateway.ask(question, agreement="generous")
                assert not fails
            except RuntimeError:
                assert fails
            took[world] = time.perf_counter() - began
        difference = abs(took["B"] - took["A"])
        assert (difference > 0.35) == apart, took
