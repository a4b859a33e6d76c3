"""What is recognised is right: with noise off, answers are those of raw DuckDB; what is not is refused, and says why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bench.usefulness import QUESTIONS, read_questions
from commonweal.errors import Refused
from commonweal.installation import Installation
from tests.gateway.metered import exact, grammar
from tests.residents import sharing
from tests.residents.people import draw

if TYPE_CHECKING:
    import duckdb

INSIDE_LEVELS = {"median", "quantile"}
"""Kinds of numbers that are estimated inside a level, however exact the counts are."""
ESTIMATED = {"people owing more than 750 by ward", "cost a person in bands"}
"""The first parts a band; in the second, pennies of rounding put totals beside the edge."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, str, duckdb.DuckDBPyConnection]]:
    residents = exact.at_edges(draw(1200))
    residents = replace(residents, contacts=np.minimum(residents.contacts, 3))
    folder = tmp_path_factory.mktemp("exact") / "town"
    with sharing.plain(residents) as plain, sharing.founded(folder) as installation, exact.silence():
        sharing.stock(installation, residents)
        yield installation, sharing.agree(installation, sharing.document("standard")), plain


def test_the_sixty_questions_are_read_as_they_are_meant(
    place: tuple[Installation, str, duckdb.DuckDBPyConnection],
) -> None:
    installation, agreement, plain = place
    for question in read_questions(QUESTIONS.read_text(encoding="utf-8")):
        titles, rows = exact.answered(installation, question.sql, agreement)
        measured = {n for n, title in enumerate(titles) if title in question.kinds}
        wrong = exact.compared(rows, plain.execute(question.sql).fetchall(), measured)
        if not set(question.kinds.values()) & INSIDE_LEVELS and question.title not in ESTIMATED:
            assert not wrong, f"{question.title}: {wrong[:3]}"
        else:
            assert not [each for each in wrong if each.startswith("missing")], question.title


def test_random_questions_are_read_as_they_are_meant_or_refused(
    place: tuple[Installation, str, duckdb.DuckDBPyConnection],
) -> None:
    installation, agreement, plain = place
    outcomes: Counter[str] = Counter()
    for seed in range(160):
        sql, keys = grammar.question(seed)
        try:
            titles, rows = exact.answered(installation, sql, agreement)
        except Refused as refusal:
            assert refusal.reasons and refusal.remedy
            outcomes["refused"] += 1
            continue
        wrong = exact.compared(rows, plain.execute(sql).fetchall(), set(range(keys, len(titles))))
        if any("is not known are left out" in note for note in exact.plan_of(installation, sql, agreement).notes):
            wrong = [each for each in wrong if not (each.startswith("missing") and "None" in each)]
        assert not wrong, f"{seed}: {sql}: {wrong[:3]}"
        outcomes["right"] += 1
    assert outcomes["right"] > 50


RIGHT = {
    "nobody meets it, and there is a row all the same": "SELECT count(*), avg(arrears) FROM resident WHERE tenancy = 'nowhere'",
    "subtotals of nobody": "SELECT tenancy, sum(arrears) FROM resident WHERE tenancy = 'nowhere' GROUP BY ROLLUP (tenancy)",
    "known here and not there, through a join":
        "SELECT sex, count(*) FROM resident JOIN known USING (person_id) "
        "WHERE contacts = 0 AND NOT (person_id IN (SELECT person_id FROM spell)) GROUP BY 1",
    "not in, over nulls": "SELECT ward, count(*) FROM resident WHERE band NOT IN ('A', NULL) GROUP BY 1",
    "a null is neither": "SELECT nullif(sex, 'M') = 'F', count(*) FROM resident GROUP BY 1",
}  # fmt: skip


@pytest.mark.parametrize("sql", RIGHT.values(), ids=RIGHT)
def test_what_was_once_wrong(sql: str, place: tuple[Installation, str, duckdb.DuckDBPyConnection]) -> None:
    installation, agreement, plain = place
    titles, rows = exact.answered(installation, sql, agreement)
    measured = {n for n in range(len(titles)) if n or "GROUP" not in sql}
    true = plain.execute(sql).fetchall()
    assert not exact.compared(rows, true, measured)
    assert len(rows) >= len(true)
