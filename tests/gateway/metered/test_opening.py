"""The meter: never over its cap whoever opens at once, nothing charged that is not recorded, and all of it in the ledger."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from sqlalchemy import Connection

from commonweal.agreement import store
from commonweal.catalogue import store as catalogue
from commonweal.disclosure.metered.charge import spent as cost_of
from commonweal.disclosure.metered.discrete import FORMAL_SD
from commonweal.disclosure.metered.profile import METERED
from commonweal.errors import Refused
from commonweal.gateway.metered.accounts import accounts
from commonweal.gateway.metered.opening import Meter, Spent, Table, check
from commonweal.gateway.metered.path import metered_plan
from commonweal.installation import Installation
from commonweal.ledger.entry import Entry, Prepared
from commonweal.ledger.ledger import Ledger
from commonweal.ledger.reading import entries
from commonweal.ledger.verification import verify
from commonweal.query.question import read_query
from tests.residents import sharing
from tests.residents.people import draw

COLUMNS = ("ward", "sex", "ethnicity", "tenancy", "band")
BY_PAIRS = [
    f"SELECT {one}, {other}, sum(arrears) AS s FROM resident GROUP BY {one}, {other}"
    for one, other in combinations(COLUMNS, 2)
]
SMALL_CAP = 0.035
"""Of rho: the first pair costs 0.022, all of them 0.050."""


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Installation]:
    with sharing.founded(tmp_path / "town") as installation:
        sharing.stock(installation, draw(300))
        sharing.agree(installation, sharing.document("standard"))
        sharing.agree(installation, sharing.document("standard", "another"))
        sharing.agree(installation, sharing.document("formal"))
        yield installation


@pytest.fixture(autouse=True)
def cap_again() -> Iterator[None]:
    cap = METERED["standard"].cap
    yield
    object.__setattr__(METERED["standard"], "cap", cap)


def tables_of(installation: Installation, sql: str, agreement: str = "standard") -> list[Table]:
    """Return the tables that a question reads."""
    with installation.reading() as connection:
        found = store.agreement(connection, agreement)
        datasets = {each.reference: each for each in catalogue.datasets(connection)}
    contracts = {reference: each.contract for reference, each in datasets.items()}
    query = read_query(sql, contracts, agreed=[terms.dataset for terms in found.data], by_rules=False)
    profile = METERED[found.safeguards.profile]
    return [n.table for n in metered_plan(query, datasets, found, profile, installation.surroundings.shared).wanted]


def ask(installation: Installation, sql: str, agreement: str = "standard") -> str:
    """Return what a question came to: answered, or the clause that refuses it."""
    try:
        installation.gateway(sharing.ANALYST).ask(sql, agreement=agreement)
    except Refused as refusal:
        return refusal.clause
    return "answered"


def by_ledger(installation: Installation) -> tuple[dict[str, float], list[tuple[str, str]]]:
    """Return what was charged by account, and which tables were opened, from the entries alone."""
    charged: dict[str, float] = defaultdict(float)
    opened = []
    with installation.reading() as connection:
        for entry in entries(connection, kind="meter.opened"):
            opened.append((str(entry.body["table"]), json.dumps(entry.body["columns"])))
            rho = entry.body["rho"]
            assert isinstance(rho, Mapping)
            for account, each in rho.items():
                charged[account] += float(str(each))
    return dict(charged), opened


# --- at once

ASKER = """
import json, sys
import commonweal
from commonweal.disclosure.metered.profile import METERED
from commonweal.errors import Refused
object.__setattr__(METERED["standard"], "cap", float(sys.argv[3]))
with commonweal.open(sys.argv[1], person=sys.argv[2]) as gateway:
    gateway.datasets()
    questions = json.loads(sys.argv[5])
    print("ready", flush=True)
    sys.stdin.readline()
    said = {}
    for sql in questions:
        try:
            said[sql] = [list(row) for row in gateway.ask(sql, agreement=sys.argv[4]).rows]
        except Refused as refusal:
            said[sql] = refusal.clause
    print(json.dumps(said))
"""


def asked_at_once(town: Installation, cap: float, *asking: tuple[str, list[str]]) -> list[dict[str, object]]:
    """Have a process for each agreement and its questions, all beginning together; return what each was told."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    pipe = subprocess.PIPE
    begun = [
        subprocess.Popen(
            [sys.executable, "-c", ASKER, town.folder, sharing.ANALYST, str(cap), agreement, json.dumps(questions)],
            stdin=pipe, stdout=pipe, text=True, env=environment,
        )
        for agreement, questions in asking
    ]  # fmt: skip
    for each in begun:
        assert each.stdout is not None and each.stdout.readline() == "ready\n"
    for each in begun:
        assert each.stdin is not None
        each.stdin.write("\n")
        each.stdin.flush()
    told = [json.loads(each.communicate()[0]) for each in begun]
    assert [each.returncode for each in begun] == [0, 0]
    return told


@pytest.mark.slow
def test_two_processes_that_open_at_once_never_go_over_the_cap(town: Installation) -> None:
    """One asks the questions forwards, the other backwards, under two agreements; together they want twice the cap."""
    told = asked_at_once(town, SMALL_CAP, ("standard", BY_PAIRS), ("another", BY_PAIRS[::-1]))
    charged, opened = by_ledger(town)
    (arrears,) = (rho for account, rho in charged.items() if "arrears" in account)
    assert 0.5 * SMALL_CAP < arrears <= SMALL_CAP + 1e-9
    assert len(opened) == len(set(opened)), "a table was charged twice"
    with town.reading() as connection:
        by = [entry.body["agreement"] for entry in entries(connection, kind="meter.opened")]
    assert set(by) == {"standard@1", "another@1"}, "both opened something"
    for said in told:
        refused = [answer for answer in said.values() if isinstance(answer, str)]
        assert set(refused) == {"safeguards: the meter"}
        assert len(refused) < len(said)
    # What was answered once is open: it costs nothing more, and so is answered now, whoever asks, and in the same way.
    object.__setattr__(METERED["standard"], "cap", SMALL_CAP)
    for sql in BY_PAIRS:
        for rows in (said[sql] for said in told if not isinstance(said[sql], str)):
            for agreement in ("standard", "another"):
                again = town.gateway(sharing.ANALYST).ask(sql, agreement=agreement).rows
                assert again == rows
    assert by_ledger(town) == (charged, opened)
    assert verify(town.layout.database).entries


def test_there_is_something_to_prevent(town: Installation) -> None:
    """Looked at before the other has opened, both would be let through; in one transaction each, one is refused."""
    meter, (one, other) = town.surroundings.shared.meter, (tables_of(town, sql) for sql in BY_PAIRS[:2])
    with town.reading() as connection:
        first, second = meter.preview(connection, one), meter.preview(connection, other)
    (account,) = (each for each in first.added if "arrears" in each)
    cap = 1.01 * max(first.added[account], second.added[account])
    check(first, cap)
    check(second, cap)
    with town.transaction() as connection:
        meter.open(connection, first, asked=0, agreement="standard@1")
    with town.transaction() as connection, pytest.raises(Refused):
        check(meter.preview(connection, other), cap)


# --- refused


def test_at_the_cap_a_question_is_told_so_and_opens_nothing(town: Installation) -> None:
    object.__setattr__(METERED["standard"], "cap", SMALL_CAP)
    said = {sql: ask(town, sql) for sql in BY_PAIRS}
    assert list(said.values()).count("answered") > 2
    refused = [sql for sql, clause in said.items() if clause == "safeguards: the meter"]
    assert refused
    before = by_ledger(town)
    counted = sorted((town.layout.treated / "counted").iterdir())
    with pytest.raises(Refused) as told:
        town.gateway(sharing.ANALYST).ask(refused[0], agreement="another")
    assert "town/resident.arrears@" in told.value.reasons[0] and f"of {SMALL_CAP:g} is left" in told.value.reasons[0]
    assert "meter show" in told.value.remedy and told.value.reference.startswith("entry ")
    assert by_ledger(town) == before
    assert sorted((town.layout.treated / "counted").iterdir()) == counted
    with town.reading() as connection:
        newest = next(iter(entries(connection, kind="question")))
    assert newest.kind == "question.refused" and newest.body["clause"] == "safeguards: the meter"


# --- rolled back


class Broken(Exception):
    """Something that stops a transaction."""


@pytest.mark.parametrize("looks", [False, True], ids=["", "the meter looks again in it"])
def test_what_is_rolled_back_after_charging_was_never_charged(town: Installation, looks: bool) -> None:
    meter = town.surroundings.shared.meter
    ask(town, BY_PAIRS[0])
    before, spent = by_ledger(town), of(town, meter)

    wanted = tables_of(town, BY_PAIRS[1])
    with pytest.raises(Broken), town.transaction() as connection:
        preview = meter.preview(connection, wanted)
        assert preview.added
        meter.open(connection, preview, asked=0, agreement="standard@1")
        assert not looks or meter.spent(connection) != spent
        raise Broken
    assert by_ledger(town) == before
    assert of(town, meter) == spent == of(town, Meter(town.ledger))
    # Another entry takes the place of the one that was not written; then the same question pays in full.
    assert ask(town, BY_PAIRS[2]) == "answered"
    assert ask(town, BY_PAIRS[1]) == "answered"
    assert of(town, meter) == of(town, Meter(town.ledger))
    assert exact_cost(town, [BY_PAIRS[0], BY_PAIRS[2], BY_PAIRS[1]]) == pytest.approx(by_ledger(town)[0], abs=1e-9)


def test_a_question_whose_intent_cannot_be_written_opens_nothing(
    town: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = by_ledger(town)
    appended = Ledger.append_prepared
    written: list[str] = []

    def append(self: Ledger, connection: Connection, acts: Sequence[Prepared]) -> tuple[Entry, ...]:
        entries = appended(self, connection, acts)
        written.extend(entry.kind for entry in entries)
        if "meter.opened" in written:
            raise Broken
        return entries

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "append_prepared", append)
        with pytest.raises(Broken):
            town.gateway(sharing.ANALYST).ask(BY_PAIRS[0], agreement="standard")
    assert written[0] == "question.asked" and written.count("meter.opened") >= 3
    assert by_ledger(town) == before == ({}, [])
    assert not (town.layout.treated / "counted").exists(), "nothing was counted"
    assert ask(town, BY_PAIRS[0]) == "answered"


# --- from the ledger alone


def of(installation: Installation, meter: Meter) -> Spent:
    """Return what a meter says."""
    with installation.reading() as connection:
        return meter.spent(connection)


def exact_cost(installation: Installation, questions: list[str], agreement: str = "standard") -> dict[str, float]:
    """Return what all tables of questions cost together, by account, each family's exact cost at once."""
    families: dict[str, list[Table]] = defaultdict(list)
    for sql in questions:
        for table in tables_of(installation, sql, agreement):
            families[table.label].append(table)
    found: dict[str, float] = defaultdict(float)
    for tables in families.values():
        sets = {table.columns for table in tables}
        axes = {name: axis for table in tables for name, axis in table.axes.items()}
        for charge in tables[0].charges:
            if tables[0].separate:
                found[charge.account] += len(sets) * charge.sensitivity / (2 * FORMAL_SD**2)
            else:
                found[charge.account] += cost_of(sets, axes, tables[0].sd, charge.sensitivity)
    return dict(found)


@pytest.mark.parametrize("agreement", ["standard", "formal"])
def test_the_meter_is_what_the_ledger_says_and_what_the_tables_cost(town: Installation, agreement: str) -> None:
    asked = [
        *BY_PAIRS[:4],
        "SELECT need, count(DISTINCT person_id) AS n FROM spell GROUP BY need",
        "SELECT ward, count(*) AS n FROM resident WHERE person_id IN (SELECT person_id FROM known) GROUP BY ward",
    ]
    answered = [sql for sql in asked if ask(town, sql, agreement) == "answered"]
    assert len(answered) >= 5
    live, rebuilt = of(town, town.surroundings.shared.meter), of(town, Meter(town.ledger))
    assert live == rebuilt
    charged, opened = by_ledger(town)
    assert charged == pytest.approx(dict(rebuilt.rho))
    assert len(opened) == sum(len(sets) for sets in rebuilt.opened.values())
    with town.reading() as connection:
        shown = {f"{each.secret}@{each.snapshot}": each.rho for each in accounts(connection)}
    assert shown == pytest.approx(charged)
    assert exact_cost(town, answered, agreement) == pytest.approx(charged, abs=1e-9)
    assert len(charged) >= 3


def test_the_order_of_questions_does_not_change_what_they_cost(town: Installation, tmp_path: Path) -> None:
    for sql in BY_PAIRS:
        ask(town, sql)
    with sharing.founded(tmp_path / "other") as other:
        sharing.stock(other, draw(300))
        sharing.agree(other, sharing.document("standard"))
        for sql in BY_PAIRS[::-1]:
            ask(other, sql)
        assert by_ledger(other)[0] == pytest.approx(by_ledger(town)[0], abs=1e-9)
        assert sorted(by_ledger(other)[1]) == sorted(by_ledger(town)[1])


def test_what_the_preview_says_is_what_is_charged(town: Installation) -> None:
    meter = town.surroundings.shared.meter
    for sql in BY_PAIRS[:3]:
        with town.reading() as connection:
            preview = meter.preview(connection, tables_of(town, sql))
        before = by_ledger(town)[0]
        ask(town, sql)
        after = by_ledger(town)[0]
        assert {a: after[a] - before.get(a, 0.0) for a in after} == pytest.approx(dict(preview.added), abs=1e-9)
        assert replace(preview, tables=()).beyond(cap=0.0) == tuple(preview.added)
