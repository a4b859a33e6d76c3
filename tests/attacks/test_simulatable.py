"""Nothing that an analyst sees depends on a secret but through the noisy tables: few redraws here, see `simulatable`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from commonweal.disclosure.metered.profile import METERED
from tests.attacks import simulatable
from tests.attacks.twins import redrawn
from tests.residents.people import draw

REDRAWS = 2
"""``python -m tests.attacks.simulatable`` has twenty, and a hundred with ``--full``."""

REFUSED = sum("max(" in sql or "ethnicity = 'other'" in sql for sql in simulatable.PROBES)


@pytest.mark.slow
@pytest.mark.parametrize("profile", METERED)
def test_nothing_moves_when_secrets_are_drawn_anew(profile: str, tmp_path: Path) -> None:
    found = list(simulatable.moved(tmp_path, draw(400), profile, REDRAWS))
    assert not found, "\n".join(f"{each.question}: {each.first} / {each.other}"[:800] for each in found[:5])


@pytest.mark.slow
@pytest.mark.parametrize("profile", METERED)
def test_there_is_something_that_could_move(profile: str, tmp_path: Path) -> None:
    """With their own noisy tables two worlds' answers do differ, in what is withheld too; and some questions are refused."""
    residents = draw(400)
    seen = []
    for world in (residents, redrawn(residents, 1)):
        with simulatable.twins_of(tmp_path, world, profile) as installation:
            seen.append([simulatable.asked(installation, sql, profile) for sql in simulatable.PROBES])
    answered = [(a, b) for a, b in zip(*seen, strict=True) if "rows" in a]
    assert len(answered) == len(simulatable.PROBES) - REFUSED
    assert sum(a["csv"] != b["csv"] for a, b in answered) > 8
    assert any(a["shown"]["withheld"] != b["shown"]["withheld"] for a, b in answered)
    assert any(a["shown"]["notes"] != b["shown"]["notes"] for a, b in answered)


def test_a_decision_on_a_secret_is_found(tmp_path: Path) -> None:
    """Under the rules profile decisions do depend on secrets, and the test sees it."""
    residents = draw(300)
    first = {}
    moved = 0
    for world in (residents, replace(residents, arrears=residents.arrears * 0)):
        with simulatable.twins_of(tmp_path, world, "uk-tre") as installation:
            question = "select owes, count(*) as n from resident group by owes"
            seen = simulatable.asked(installation, question, "uk-tre")
        moved += bool(first) and seen != first["seen"]
        first.setdefault("seen", seen)
    assert moved
