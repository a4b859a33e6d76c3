"""Nothing that an analyst sees depends on a secret but through the noisy tables: two redraws here, see `simulatable`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from commonweal.disclosure.metered.profile import METERED
from tests.attacks import simulatable
from tests.residents.people import draw

REDRAWS = 2
"""``python -m tests.attacks.simulatable`` has twenty, and a hundred with ``--full``."""


@pytest.mark.slow
@pytest.mark.skipif("standard" not in METERED, reason="the profile standard is still to be built")
def test_everything_seen_is_a_function_of_the_noisy_tables(tmp_path: Path) -> None:
    found = list(simulatable.moved(tmp_path, draw(400), "standard", REDRAWS))
    assert not found, "\n".join(f"{each.question}: {each.first} / {each.other}"[:800] for each in found[:5])


def test_a_decision_on_a_secret_is_found(tmp_path: Path) -> None:
    """Under the rules profile decisions do depend on secrets, and the test sees it."""
    residents = draw(300)
    first = {}
    moved = 0
    for world in (residents, replace(residents, arrears=residents.arrears * 0)):
        with simulatable.twins_of(tmp_path, world, "uk-tre") as installation:
            seen = simulatable.observe(
                installation, "select owes, count(*) as n from resident group by owes", "uk-tre"
            ).seen()
        moved += bool(first) and seen != first["seen"]
        first.setdefault("seen", seen)
    assert moved
