from __future__ import annotations

from datetime import UTC, datetime

import pytest

from commonweal.installation.entry_words import in_words, kind_in_words
from commonweal.ledger.entry import Entry


def entry(kind: str, **body: object) -> Entry:
    return Entry(7, datetime(2026, 11, 24, tzinfo=UTC), kind, body, "0" * 64)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        (
            "question.asked",
            {"agreement": "a@1", "purpose": "public-health", "datasets": ["n/h@12", "n/h@13", "n/p@9"]},
            "A question was asked of n/h, n/p under a@1, for public health.",
        ),
        (
            "question.answered",
            {"asked": 3, "rows": 1, "withheld": 2},
            "Question 3 was answered: 1 row, 2 parts withheld.",
        ),
        (
            "dataset.replaced",
            {"dataset": "n/h", "rows": 5, "urgent": "ab"},
            "The dataset n/h got a new contract or snapshot, as urgent: 5 rows.",
        ),
        ("agreement.suspended", {"organisation": "n", "agreement": "a"}, "n suspended a."),
        (
            "meter.opened",
            {"agreement": "a@1", "columns": []},
            "A shared table was opened under a@1 by nothing: totals only.",
        ),
    ],
)
def test_entries_are_told_in_sentences(kind: str, body: dict[str, object], words: str) -> None:
    assert in_words(entry(kind, **body)) == words


def test_kinds_that_nobody_wrote_a_sentence_for_are_told_too() -> None:
    assert (
        in_words(entry("comment.added", agreement="a", person="f" * 64, count=3))
        == "Comment added: agreement: a; count: 3."
    )
    assert in_words(entry("question.answered", rows="many")) == "Question answered: rows: many."
    assert kind_in_words("output.in-review") == "Output in review"
