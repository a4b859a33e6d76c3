"""The red team works: it decodes what can be decoded, breeds sets of questions, and nothing differs at once under `standard`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from commonweal.disclosure.metered.profile import METERED
from tests.attacks.attack import Outcome
from tests.attacks.search import SEEDS, accuracy, differs, pairs, search

NO_STANDARD = pytest.mark.skipif("standard" not in METERED, reason="the profile standard is still to be built")


def test_a_linear_decoder_finds_what_is_there_and_not_what_is_not() -> None:
    chance = np.random.default_rng(1)
    secrets = chance.random(400) < 0.5
    base = chance.normal(100, 30, 400).round()
    assert accuracy([base, base + secrets], secrets, paired=[(1, 0)]) > 0.95
    assert accuracy([base, chance.normal(100, 30, 400)], secrets) < 0.6


def test_a_difference_at_once_is_seen() -> None:
    answered = Outcome("answered", ("a note",), ("v",), ((30,),))
    assert not differs(answered, Outcome("answered", ("another",), ("v",), ((35,),)))
    assert differs(answered, Outcome("answered", ("a note",), ("v",), ()))
    assert differs(answered, Outcome("refused", ("no",)))
    assert differs(Outcome("refused", ("no",)), Outcome("refused", ("no, because of her",)))


def test_pairs_are_known() -> None:
    assert pairs(SEEDS[:4]) == [(0, 1), (2, 3)]


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["uk-tre", pytest.param("standard", marks=NO_STANDARD)])
def test_it_asks_by_itself_and_nothing_differs_at_once(profile: str, tmp_path: Path) -> None:
    """Some seconds find little; that so little as a refusal does not differ between two worlds is looked at all the same."""
    found = search(tmp_path, profile, 5, people=1000, trained=12, final=12)
    assert found.asked > 20
    assert found.questions
    if profile == "standard":
        assert not found.leaks, found.leaks[0]
