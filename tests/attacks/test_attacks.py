"""Every case of cases.md, asked in three worlds that differ in one person, through the whole gateway.

The three installations are made once. At the end of the run a table says what each case came to.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from commonweal.errors import CommonwealError, Refused
from tests.attacks.attack import THRESHOLD, Attack, Outcome, Outcomes, attacks, faults
from tests.attacks.worlds import AGREEMENTS, ANALYST, CONTRACTS, HEADERS, SIGNED_ON, WORLDS, World, document, draw
from tests.towns import Source, agree, found, suspend

if TYPE_CHECKING:
    from commonweal.installation import Installation

pytestmark = pytest.mark.skipif(
    find_spec("commonweal.gateway.ask") is None, reason="the gateway is still to be written"
)

BOUND_SECONDS = 10.0
"""No question of these may hold a worker longer, on a machine that does other things too."""


@dataclass
class Gateways:
    """The three worlds, each with its installation, and a count of the engine's runs."""

    worlds: dict[str, World]
    installations: dict[str, Installation]
    calls: list[str] = field(default_factory=list)

    def ask(self, world: str, question: str, agreement: str) -> Outcome:
        """Ask a question in a world and return all that the analyst sees."""
        self.calls.clear()
        try:
            answer = self.installations[world].gateway(ANALYST).ask(question, agreement=agreement)
        except Refused as refusal:
            words = (refusal.clause, *refusal.reasons, refusal.remedy, refusal.who, refusal.nearest, str(refusal))
            return Outcome("refused", words, engine_calls=len(self.calls))
        except CommonwealError as error:
            return Outcome("error", (error.code, error.message, error.why, error.remedy), engine_calls=len(self.calls))
        except Exception as error:
            return Outcome("crashed", (type(error).__name__, str(error)), engine_calls=len(self.calls))
        table = answer.to_arrow()
        rows = tuple(tuple(row.values()) for row in table.to_pylist())
        words = (*map(str, answer.notes), *map(repr, answer.withheld))
        return Outcome("answered", words, tuple(table.column_names), rows, len(self.calls))

    def ask_everywhere(self, question: str, agreement: str) -> Outcomes:
        """Ask a question in every world."""
        return {world: self.ask(world, question, agreement) for world in WORLDS}


@pytest.fixture(scope="module")
def gateways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateways]:
    folder = tmp_path_factory.mktemp("worlds")
    worlds = {name: draw(name) for name in WORLDS}
    installations = {}
    for name, world in worlds.items():
        sources = []
        for dataset in HEADERS:
            contract = CONTRACTS / f"{dataset.split('/')[1]}.odcs.yaml"
            sources.append(Source(dataset, world.as_csv(dataset), contract.read_text(encoding="utf-8")))
        (folder / name).mkdir()
        installations[name] = found(folder / name, sources)
        for agreement in AGREEMENTS:
            everybody = [party["organisation"] for party in document(agreement)["parties"]]
            agree(installations[name], document(agreement), signed_by=everybody, signed_on=SIGNED_ON.get(agreement, ""))
    made = Gateways(worlds, installations)
    with counted_runs(made.calls):
        yield made
    for installation in installations.values():
        installation.close()


def counted_runs(calls: list[str]) -> Any:
    """Note every run of an engine in `calls`, and run it all the same."""
    from unittest.mock import patch

    from commonweal.engines.duckdb_engine import DuckDBEngine

    original: Callable[..., Any] = DuckDBEngine.run

    def run(self: DuckDBEngine, sql: str, *arguments: Any, **named: Any) -> Any:
        calls.append(sql)
        return original(self, sql, *arguments, **named)

    return patch.object(DuckDBEngine, "run", run)


def small_groups(world: World, evidence: str, outcome: Outcome) -> list[str]:
    """Return the groups with a number in the answer although the plain tables have fewer than ten people or homes there.

    `evidence` gives each group's keys, then its people, then its homes.
    """
    import duckdb
    import pyarrow as pa

    connection = duckdb.connect()
    for dataset, columns in HEADERS.items():
        table = pa.table(dict(zip(columns, map(list, zip(*world.tables[dataset], strict=True)), strict=True)))
        connection.register(dataset.split("/")[1], table)
    counted = {tuple(row[:-2]): min(row[-2:]) for row in connection.execute(evidence).fetchall()}
    assert world.name == "C" or any(count < THRESHOLD for count in counted.values()), "nothing is there that could leak"
    return [
        f"world {world.name} shows a group of {counted.get(keys, 0)}"
        for row in outcome.rows
        for keys in [tuple(row[: len(next(iter(counted)))])]
        if any(cell is not None for cell in row[len(keys) :]) and counted.get(keys, 0) < THRESHOLD
    ]


@pytest.mark.parametrize("attack", attacks(), ids=lambda attack: attack.number)
def test_attack(attack: Attack, gateways: Gateways, record_property: Callable[[str, object], None]) -> None:
    wrong, kinds = [], []
    for agreement in attack.under:
        for question in attack.questions:
            outcomes = gateways.ask_everywhere(question, agreement)
            kinds.append({"refused": "-", "answered": "+", "error": "e", "crashed": "X"}[outcomes["B"].kind])
            wrong += [f"{fault}: {question}" for fault in faults(attack, question, outcomes)]
            if attack.evidence:
                for world, outcome in outcomes.items():
                    wrong += small_groups(gateways.worlds[world], attack.evidence, outcome)
    verdict = "FAILED" if wrong else "run, not judged" if attack.must == "HISTORY" else "held"
    row = f"{attack.number:5}{attack.must:8} {''.join(kinds):8} {verdict:16} {attack.name}"
    record_property("table", ("attacks: each question refused (-) or answered (+)", row))
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "question",
    [
        "SELECT count(*) FROM person WHERE " + "(" * 5000 + "sex = 'F'" + ")" * 5000,
        "SELECT count(*) FROM person WHERE " + " AND ".join(["sex = 'F'"] * 90_000),
        "SELECT count(*) FROM person WHERE " + "NOT " * 5000 + "sex = 'F'",
        "SELECT " + "-" * 3001 + "1 FROM person",
        "SELECT " + "CASE WHEN sex = 'F' THEN " * 2000 + "1" + " END" * 2000 + " FROM person",
    ],
    ids=["parentheses", "a megabyte of AND", "NOT", "a comment", "CASE"],
)
def test_a_question_that_is_too_much_is_refused_in_bounded_time(question: str, gateways: Gateways) -> None:
    started = time.monotonic()
    outcomes = gateways.ask_everywhere(question, "generous")
    assert time.monotonic() - started < 3 * BOUND_SECONDS
    assert {outcome.kind for outcome in outcomes.values()} == {"refused"}, outcomes["A"]
    assert not any(outcome.engine_calls for outcome in outcomes.values())


def test_a_suspended_agreement_answers_nothing_more(gateways: Gateways) -> None:
    """Case H04 says also: after revocation during a session, and for an answer that was given before."""
    question = "SELECT sex, count(*) FROM person GROUP BY sex"
    for installation in gateways.installations.values():
        everybody = [party["organisation"] for party in document("generous")["parties"]]
        agree(installation, document("generous") | {"id": "suspended"}, signed_by=everybody)
    before = gateways.ask_everywhere(question, "suspended")
    assert {outcome.kind for outcome in before.values()} == {"answered"}
    for installation in gateways.installations.values():
        suspend(installation, "suspended", "riverside")
    after = gateways.ask_everywhere(question, "suspended")
    assert {outcome.kind for outcome in after.values()} == {"refused"}
    assert not any(outcome.engine_calls for outcome in after.values())


def test_the_record_of_all_this_holds_no_identifier(gateways: Gateways) -> None:
    """Case H07 says also: what is written down must not hold exact values or the literals of a question."""
    import sqlite3

    gateways.ask_everywhere("SELECT count(*) FROM person WHERE name = 'Zelda Quince'", "generous")
    for installation in gateways.installations.values():
        with sqlite3.connect(installation.layout.database) as connection:
            tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            entries = [name for name in tables if "entr" in name]
            assert entries, f"the ledger's entries are in none of {tables}"
            for name in entries:
                assert "Zelda" not in repr(connection.execute(f"SELECT * FROM {name}").fetchall())
        connection.close()
        for log in installation.layout.logs.rglob("*"):
            assert "Zelda" not in log.read_text(encoding="utf-8", errors="replace")
