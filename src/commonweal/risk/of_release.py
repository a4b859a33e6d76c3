"""Findings on what has been released already: the same secret can be approached from several sides."""

from __future__ import annotations

from commonweal.disclosure.metered.profile import CAP, METERED
from commonweal.risk.facts import Facts
from commonweal.risk.finding import Axis, Judged, Known, Theme, listed
from commonweal.risk.level import Level

LOW, MEDIUM, HIGH, SEVERE = Level

MANY, VERY_MANY = 50, 500
"""Questions under a rules profile from which a series is worth reading, and from which it could hold an attack."""


def _questions(facts: Facts) -> Judged:
    count = facts.released.questions
    words = "No question was answered yet" if not count else f"{count:,} questions were run"
    if str(facts.agreement.safeguards.profile) in METERED:
        return Judged(LOW, f"{words} under this agreement; the meter counts tables, not questions.")
    level = LOW if count < MANY else MEDIUM if count < VERY_MANY else HIGH
    return Judged(level, f"{words} under this agreement, and nothing counts what they add up to.")


def _tables(facts: Facts) -> Judged:
    count, spent = facts.released.tables, facts.released.spent
    if not count:
        return Judged(LOW, "No table was opened on these datasets so far.")
    words = "1 table was opened" if count == 1 else f"{count} tables were opened"
    full = f"{words} on these datasets so far, for everybody; the fullest account is {spent / CAP * 100:.0f} % full."
    return Judged(LOW if spent < CAP / 2 else MEDIUM, full)


def _same_secret(facts: Facts) -> Judged:
    others = facts.released.same_secrets
    if not others:
        return Judged(LOW, "No other agreement shares the same secrets.")
    names = tuple(other.agreement for other in others)
    columns = tuple(sorted({column for other in others for column in other.columns}))
    level = MEDIUM if len(others) <= 2 else HIGH
    also = "shares" if len(names) == 1 else "share"
    return Judged(level, f"{listed(names)} also {also} {listed(columns)}.", columns)


FINDINGS = (
    Known(
        "released.questions",
        Theme.RELEASED,
        Axis.LIKELIHOOD,
        "How much was asked under this agreement?",
        {
            LOW: f"fewer than {MANY} questions, or the profile is metered",
            MEDIUM: f"fewer than {VERY_MANY} questions under a rules profile",
            HIGH: f"{VERY_MANY} or more under a rules profile",
        },
        "Answers that are harmless alone add up: from five hundred random groups, under rules with a little noise, a fair "
        "bit about somebody alone in their class was guessed right four times in five.",
        ("gadotti", "measured"),
        "Choose a metered profile; or let checkers read the series, and end the agreement when the work is done.",
        _questions,
        of_profile=True,
        of_record=True,
    ),
    Known(
        "released.tables",
        Theme.RELEASED,
        Axis.LIKELIHOOD,
        "How full are the accounts of these datasets' secrets?",
        {LOW: "less than half", MEDIUM: "the fullest is half full or more"},
        "Each table opened uses up part of its secret's account, once and for everybody; the cap holds all the same.",
        ("measured",),
        "Look at what is open before asking for more: it stays answerable for ever, and costs nothing.",
        _tables,
        of_record=True,
    ),
    Known(
        "released.same-secret",
        Theme.RELEASED,
        Axis.LIKELIHOOD,
        "Is the same secret shared under another agreement?",
        {LOW: "no", MEDIUM: "under one or two others", HIGH: "under three or more others"},
        "Two agreements cut the same data along different edges, and their answers can be set side by side.",
        ("ukan", "ico-anonymisation"),
        "Use the same treatments and a metered profile in both, so that one account counts for all; or join the two.",
        _same_secret,
        of_record=True,
    ),
)
