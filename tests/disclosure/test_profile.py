from __future__ import annotations

import pytest

from commonweal.disclosure.perturbation import default_table
from commonweal.disclosure.profile import PROFILES, Rules

UK = PROFILES["uk-tre"]


def test_the_profiles_are_those_of_the_design() -> None:
    assert set(PROFILES) == {"uk-tre", "nhs", "business"}
    assert (UK.threshold, UK.hidden_up_to, UK.dominance, UK.p_percent) == (10, 9, (2, 90.0), 10.0)
    assert (UK.zeros_hidden, UK.class_disclosure, UK.rounding, UK.quantile_side, UK.secondary) == (
        True,
        True,
        5,
        10,
        True,
    )
    nhs = PROFILES["nhs"]
    assert (nhs.hidden_up_to, nhs.zeros_hidden, nhs.rounding, nhs.secondary) == (7, False, 5, False)
    assert (PROFILES["business"].threshold, PROFILES["business"].p_percent) == (3, 10.0)


def test_profiles_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        PROFILES["mine"] = UK  # type: ignore[index]
    with pytest.raises(AttributeError):
        UK.threshold = 1  # type: ignore[misc]


def test_tightening_goes_one_way() -> None:
    stricter = UK.tightened(20, rounding=10, p_percent=15, dominance=(2, 80.0))
    assert (stricter.threshold, stricter.quantile_side, stricter.rounding, stricter.p_percent) == (20, 20, 10, 15)
    assert stricter.dominance == (2, 80.0)
    assert UK.tightened() == UK
    assert UK.tightened(10) == UK
    assert PROFILES["nhs"].tightened(p_percent=10, dominance=(1, 60.0)).dominance == (1, 60.0)


@pytest.mark.parametrize(
    "change",
    [
        {"minimum_count": 9},
        {"rounding": 1},
        {"rounding": 7},
        {"quantile_side": 9},
        {"p_percent": 5},
        {"dominance": (1, 90.0)},
        {"dominance": (2, 95.0)},
    ],
)
def test_loosening_is_an_error(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"may only be tightened|multiple of 5"):
        UK.tightened(**change)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [
        {"threshold": 0},
        {"rounding": 0},
        {"quantile_side": 0},
        {"dominance": (3, 90.0)},
        {"dominance": (2, 100.0)},
        {"p_percent": 0.0},
    ],
)
def test_senseless_rules_cannot_be_made(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Rules(**({"threshold": 10} | wrong))  # type: ignore[arg-type]


def test_perturbation_takes_the_place_of_rounding() -> None:
    table = default_table()
    assert UK.perturbation is None
    assert UK.with_perturbation(table).perturbation == table
    assert hash(UK.with_perturbation(table)) == hash(UK.with_perturbation(table))
