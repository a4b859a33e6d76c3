"""Duties: every setting of every profile that is on is said, and nothing that is off."""

from __future__ import annotations

import pytest

from commonweal.disclosure.duties import duties
from commonweal.disclosure.profile import PROFILES


@pytest.mark.parametrize("name", PROFILES)
def test_what_is_on_is_said_and_what_is_off_is_not(name: str) -> None:
    rules = PROFILES[name]
    said = "; ".join(duties(rules, ["person", "household"]))
    assert f"fewer than {rules.threshold} households or people" in said
    assert ("of everybody" in said) == rules.class_disclosure
    assert ("hold more than" in said) == (rules.dominance is not None)
    assert ("to within" in said) == (rules.p_percent is not None)
    assert ("rounded to the nearest" in said) == (rules.rounding > 1)
    assert ("totals" in said) == rules.secondary
    assert ("group of none is shown" in said) != rules.zeros_hidden


def test_data_about_nobody_needs_nothing() -> None:
    assert duties(PROFILES["uk-tre"], []) == ("the data is about nobody, so nothing is withheld or rounded",)
