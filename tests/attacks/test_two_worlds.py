"""Errors, refusals, shape, order and steps of time are the same in two worlds that differ in one person's secrets."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from commonweal.engines.duckdb_engine import DuckDBEngine
from commonweal.gateway import ask as path
from commonweal.gateway.timing import Pace, Steps
from commonweal.ledger.reading import entries
from tests.attacks.attack import Outcome, most_counted, told_apart
from tests.attacks.two_worlds import QUESTIONS, Two, plain, seen, seen_plainly, two_worlds

PROFILES = ("uk-tre",)
ONE_STEP = 5.0


@pytest.fixture(scope="module", params=PROFILES)
def two(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    made = two_worlds(tmp_path_factory.mktemp("two"), request.param)
    yield made
    made.close()


@pytest.fixture(scope="module")
def in_plain_duckdb(two: Two) -> dict[str, tuple[str, str]]:
    """What plain DuckDB says to each question, in A and in B."""
    a, b = plain(two.worlds["A"]), plain(two.worlds["B"])
    return {name: (seen_plainly(a, question), seen_plainly(b, question)) for name, question in QUESTIONS.items()}


def test_plain_duckdb_tells_the_worlds_apart(in_plain_duckdb: dict[str, tuple[str, str]]) -> None:
    """There is something to leak: most of these questions are answered, or fail, otherwise in B than in A."""
    different = [name for name, (a, b) in in_plain_duckdb.items() if a != b]
    assert len(different) >= 20, sorted(set(QUESTIONS) - set(different))
    errors = [name for name, (a, b) in in_plain_duckdb.items() if a.startswith("[") != b.startswith("[")]
    assert len(errors) >= 4, errors


@pytest.mark.parametrize("name", QUESTIONS)
def test_two_worlds(name: str, two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    def at_one_step(_steps: Steps) -> Pace:
        return Pace(Steps(ONE_STEP), sleep=lambda _seconds: None)

    monkeypatch.setattr(path, "Pace", at_one_step)
    question = QUESTIONS[name]
    a, b = (seen(two.gateways[world], question) for world in ("A", "B"))
    if "raised" in a or "raised" in b:
        assert a == b
        return
    assert a["seconds"] == b["seconds"] == ONE_STEP, "something of the time is handed over"
    assert a["types"] == b["types"]
    shapes = [
        (world["json"]["answer"]["columns"], len(world["json"]["answer"]["rows"]), world["json"]["withheld"],
         world["json"]["notes"], world["json"]["datasets"][0].split("@")[0], sorted(world["json"]), world["csv"].count("\n"))
        for world in (a, b)
    ]  # fmt: skip
    assert shapes[0] == shapes[1]
    assert told_apart(_outcome(a), _outcome(b), "A and B", most_counted(question)) == []


def _outcome(world: dict[str, Any]) -> Outcome:
    answer = world["json"]["answer"]
    return Outcome("answered", (), tuple(answer["columns"]), tuple(map(tuple, answer["rows"])))


@pytest.mark.parametrize(
    "name", ["F01 cast of an identifier", "F07 conditional memory", "many groups", "F10 order of groups"]
)
def test_the_terminal_says_the_same(name: str, two: Two, capfd: pytest.CaptureFixture[str]) -> None:
    from commonweal.cli.main import execute

    printed = []
    for installation in two.installations.values():
        command = ["--installation", str(installation.folder), "ask", QUESTIONS[name]]
        code = execute([*command, "--agreement", "generous", "--as", "analyst@northbank.example", "--json"])
        out, err = capfd.readouterr()
        document = json.loads(out)
        document.pop("receipt", None)
        if "answer" in document:
            document = {"columns": document["answer"]["columns"], "rows": len(document["answer"]["rows"])}
        document.pop("reference", None)
        printed.append((code, document, err))
    assert printed[0] == printed[1]


@pytest.mark.parametrize("fails", [False, True])
def test_work_that_depends_on_a_secret_ends_at_the_same_step(
    fails: bool, two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine is made to work 0.15 s longer in B; by the clock on the wall, both outcomes come at the same step."""
    original = DuckDBEngine.run
    slow = {id(two.installations["B"].engine)}

    def run(self: DuckDBEngine, *arguments: Any, **named: Any) -> Any:
        if id(self) in slow:
            time.sleep(0.15)
        return original(self, "SELECT error('no')" if fails else arguments[0], *arguments[1:], **named)

    monkeypatch.setattr(DuckDBEngine, "run", run)
    question = "SELECT sex, count(*) AS n FROM person GROUP BY sex"
    for first, apart in ((0.6, False), (0.0, True)):
        monkeypatch.setattr(path, "Pace", lambda _steps, first=first: Pace(Steps(first)))
        took = {}
        for world, gateway in two.gateways.items():
            seen(gateway, question)  # the process is there, and the treated table is made
            began = time.perf_counter()
            outcome = seen(gateway, question)
            took[world] = time.perf_counter() - began
            assert ("raised" in outcome) == fails
        difference = abs(took["B"] - took["A"])
        assert (difference > 0.1) == apart, took


def test_the_record_tells_no_more_of_the_time_than_the_step(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    """The outcome's own time, which a receipt's hash commits to, is not before the step."""
    gateway, installation = two.gateways["A"], two.installations["A"]
    monkeypatch.setattr(path, "Pace", lambda _steps: Pace(Steps(0.7)))
    answer = gateway.ask("SELECT sex, count(*) AS n FROM person GROUP BY sex", agreement="generous")
    assert answer.seconds == 0.7
    with installation.reading() as connection:
        answered, asked = entries(connection, kind="question", limit=2)
    assert (asked.kind, answered.kind) == ("question.asked", "question.answered")
    assert (answered.time - asked.time).total_seconds() > 0.5  # the rest went before it was asked
