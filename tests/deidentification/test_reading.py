from __future__ import annotations

from typing import Any

import pytest

from commonweal.deidentification.reading import EXAMPLES, LATER, read_treatment


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("keep", "as it is"),
        ("withhold", "withheld"),
        ("link", "for linking only, as a token of this agreement"),
        ("month", "by month"),
        ({"band": 10}, "in bands of 10"),
        ({"band": "5 years"}, "in bands of 5 years"),
        ({"band": "1 year"}, "in bands of 1 year"),
        ({"top": 1000}, "above 1000 shown as 1000"),
        ({"bottom": 0.5}, "below 0.5 shown as 0.5"),
        ({"round": 10}, "rounded to the nearest 10"),
        ("district", "by postcode district"),
        ({"codes": {"A": "x", "B": "x", "other": "y"}}, "recoded to 2 codes: x, y"),
    ],
)
def test_treatments_are_read_and_described(value: Any, words: str) -> None:
    treatment = read_treatment(value)
    assert treatment.describe() == words
    assert read_treatment(value) == treatment
    assert hash(read_treatment(value)) == hash(treatment)


@pytest.mark.parametrize("word", LATER)
def test_what_nothing_enforces_is_refused(word: str) -> None:
    for value in (word, {word: "lsoa"}):
        with pytest.raises(ValueError, match="not yet enforced"):
            read_treatment(value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("kep", "did you mean keep"),
        ("distric", "did you mean district"),
        ({"bands": 5}, "did you mean band"),
        ("xyzzy", "there are keep"),
        ("band", "needs a setting"),
        ({"keep": True}, "takes no setting"),
        ({"band": 5, "top": 3}, "one word"),
        ({}, "one word"),
        ({"band": 0}, "whole number from 1"),
        ({"band": -5}, "whole number from 1"),
        ({"band": True}, "whole number from 1"),
        ({"band": 2.5}, "whole number from 1"),
        ({"band": 10**30}, "whole number from 1"),
        ({"band": "5 months"}, "whole years"),
        ({"band": "0 years"}, "whole years"),
        ({"round": "10"}, "whole number from 1"),
        ({"top": "100"}, "needs a number"),
        ({"top": float("nan")}, "needs a number"),
        ({"top": float("inf")}, "needs a number"),
        ({"codes": "tenancy"}, "not yet enforced"),
        ({"codes": {}}, "at least one"),
        ({"codes": {"other": "x"}}, "at least one"),
        ({"codes": {True: "x"}}, "in quotes"),
        ({"codes": {1: "x", "1": "y"}}, "twice"),
        (None, "a word such as keep"),
        (5, "a word such as keep"),
        (["keep"], "a word such as keep"),
    ],
)
def test_everything_else_is_one_sentence(value: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        read_treatment(value)
    assert "\n" not in str(caught.value)


def test_the_examples_can_be_read() -> None:
    import yaml

    for example in EXAMPLES.values():
        assert read_treatment(yaml.safe_load(example))
