"""Promise 2: no identifier, no withheld column and no small group leaves by any road; what is shown is right."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings

from commonweal.errors import CommonwealError, Refused
from commonweal.gateway import Answer
from tests.acceptance.living import Living
from tests.acceptance.town import AGREEMENT
from tests.properties.grammar import Wanted, wanted

pytestmark = pytest.mark.slow

PHASES = (Phase.explicit, Phase.generate)
THRESHOLD, STEP = 10, 5


@dataclass(repr=False)
class Met:
    """What came out of all the questions."""

    secrets: frozenset[str]
    asked: list[str] = field(default_factory=list)
    answered: int = 0
    refused: int = 0
    shown: int = 0
    compared: int = 0
    small: int = 0


@pytest.fixture(scope="module")
def met(place: Living) -> Iterator[Met]:
    rows = place.plain.execute("SELECT name, uprn::VARCHAR FROM person").fetchall()
    raw = place.plain.execute(f"SELECT postcode, dob::VARCHAR FROM '{place.files}/person.csv'").fetchall()
    found = Met(frozenset(value for row in rows for value in row) | frozenset(postcode for postcode, _ in raw))
    assert "Zelda Quince" in found.secrets
    assert len(found.secrets) > 2500
    yield found


@settings(max_examples=300, deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck), derandomize=True)
@given(question=wanted())
def test_a_question_is_refused_or_its_answer_is_safe_and_right(question: Wanted, place: Living, met: Met) -> None:
    note(question.sql)
    met.asked.append(question.sql)
    try:
        answer = place.gateway.ask(question.sql, agreement=AGREEMENT)
    except Refused as refusal:
        met.refused += 1
        said = f"{refusal} {refusal.as_dict()}"
        assert not found(said, met), "a refusal repeats a value"
        assert question.forbidden, f"refused: {refusal.reasons}"
        return
    assert not question.forbidden, "answered what the agreement forbids"
    met.answered += 1
    safe(answer, question, met)
    right(answer, question, place, met)


def found(text: str, met: Met) -> list[str]:
    """Return the secrets in a text; digits within a longer number are none (4.4799999999999995 is not a home)."""
    return [s for s in met.secrets if s in text and re.search(rf"(?<![0-9.]){re.escape(s)}(?![0-9])", text)]


def safe(answer: Answer, question: Wanted, met: Met) -> None:
    """Check that no secret and no small count is in the answer, in any of its forms."""
    text = answer.to_json() + answer.to_csv() + answer._repr_html_()
    assert not found(text, met)
    for name in question.counts:
        for value in answer.table.column(name).to_pylist():
            if value is not None:
                met.shown += 1
                assert value >= THRESHOLD
                assert value % STEP == 0


def right(answer: Answer, question: Wanted, place: Living, met: Met) -> None:
    """Check that every shown cell is of ten entities or more, and what the files say but for rounding."""
    true = {
        tuple(map(str, row[: question.keys])): row[question.keys :]
        for row in place.plain.execute(question.evidence).fetchall()
    }
    met.small += sum(0 < row[0] < THRESHOLD for row in true.values())
    columns = answer.columns
    for row in answer.rows:
        named = dict(zip(columns, row, strict=True))
        key = tuple(str(named[f"k{number}"]) for number in range(question.keys))
        measured = {name: named[name] for name in (*question.counts, *(name for name, _ in question.amounts))}
        if all(value is None for value in measured.values()):
            continue
        entities, *values = true[key]
        assert entities >= THRESHOLD, f"{key} is shown, of {entities}"
        counts, parts = values[: len(question.counts)], values[len(question.counts) :]
        for name, exact in zip(question.counts, counts, strict=True):
            if measured[name] is not None:
                met.compared += 1
                assert measured[name] == STEP * round(int(exact) / STEP), f"{name} of {key}"
        for number, (name, kind) in enumerate(question.amounts):
            if measured[name] is not None:
                met.compared += 1
                near(measured[name], kind, *parts[3 * number : 3 * number + 3])


def near(shown: Any, kind: str, total: float, rows: int, contributors: int) -> None:
    """Check an amount: scaled to the shown rows, to a step of one and a half average contributions."""
    shown_rows = STEP * round(rows / STEP)
    step = 1.5 * abs(total) / max(contributors, 1) * max(shown_rows / max(shown_rows - 2, THRESHOLD), 1) + 1e-4 * abs(
        total
    )
    scaled = total * shown_rows / rows
    exact, allowed = (scaled, step) if kind == "sum" else (scaled / shown_rows, step / shown_rows)
    assert abs(shown - exact) <= allowed, f"{kind}: {shown} is not {exact} within {allowed}"


def test_both_were_met_and_there_was_something_to_leak(met: Met) -> None:
    """Runs after the property: it must have seen refusals, answers, small groups and hidden literals."""
    if not met.asked:
        pytest.fail("run the whole file: this looks at what the property met")
    assert met.answered > 60, met
    assert met.refused > 100, met
    assert met.small > 60, met
    assert met.compared > 200, met
    assert any("Zelda Quince" in sql for sql in met.asked)


def test_nothing_of_it_is_written_down(place: Living, met: Met) -> None:
    """Entries hold no literal and no value; the full texts, which do, are in the side table that can be erased."""
    with pytest.raises(Refused):
        place.gateway.ask(
            "select count(*) from person where name = 'Zelda Quince' and uprn = 999999999999", agreement=AGREEMENT
        )
    place.gateway.ask(
        "select ward, count(*) as n from housing where tenancy = 'association' group by ward", agreement=AGREEMENT
    )
    connection = sqlite3.connect(place.installation.layout.database)
    try:
        texts = " ".join(str(row) for row in connection.execute("SELECT * FROM ledger_text"))
        entries = b"\n".join(entry for (entry,) in connection.execute("SELECT entry FROM ledger_entry")).decode()
    finally:
        connection.close()
    assert "Zelda Quince" in texts, "nothing was there that could leak"
    assert "association" in texts
    assert entries.count("question.asked") > 1
    words = ("Zelda", "association", "dementia", "asian", "council'", "domestic", "999999999999")
    assert not [word for word in words if word in entries]
    assert not found(entries, met)
    logs = [log for log in place.installation.layout.logs.rglob("*") if log.is_file()]
    for log in logs:
        written = log.read_text(encoding="utf-8", errors="replace")
        assert not found(written, met), log.name


@pytest.mark.parametrize(
    "sql",
    [
        "select cast(name as integer) from person",
        "select count(*) from person where cast(postcode as integer) = 1",
        "select sum(cast(tenancy as integer)) from housing",
        "select ward, sum(1 / (arrears - 4321.5)) from housing group by ward",
        "select sum(ln(arrears - 400)) as n from housing",
        "select count(*) as n from housing where 10 ** (arrears * 100) > 0",
        "select cast(tenancy || 'x' as date) as day, count(*) as n from housing group by 1",
        "select cast(tenancy as integer) + 1 as n from housing group by tenancy",
        "select zelda from person",
        "select count(*) from pers",
    ],
)
def test_errors_repeat_no_value(sql: str, place: Living, met: Met) -> None:
    values = {"council", "association", "private", "4321.5", "ZN1", *met.secrets}
    try:
        answer = place.gateway.ask(sql, agreement=AGREEMENT)
        assert not found(answer.to_json(), met)
    except CommonwealError as error:
        said = f"{error} {error.as_dict()}"
        assert not [value for value in values if value in said and value not in sql], said
        assert error.__cause__ is None or not [value for value in values if value in str(error.__cause__)]
