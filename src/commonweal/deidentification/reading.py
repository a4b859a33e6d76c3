"""Reading treatments: from the value in an agreement's YAML to a treatment, or one sentence why not."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from commonweal.deidentification.as_it_is import Keep, Withhold
from commonweal.deidentification.bands import NumberBand, YearBand
from commonweal.deidentification.codes import OTHER, Recode
from commonweal.deidentification.dates import CutDate
from commonweal.deidentification.limits import Limit
from commonweal.deidentification.link import Link
from commonweal.deidentification.nearest import Round
from commonweal.deidentification.postcodes import Postcode
from commonweal.deidentification.treatment import Treatment

LARGEST = 10**15
"""Above this a width, step or limit is a slip: no figure of a public body is that large."""

LATER = ("redact", "area", "pseudonym")
"""Treatments of the design that nothing enforces yet: an agreement that names one must not be taken as if it did."""

WORDS: Mapping[str, Callable[[], Treatment]] = {
    "keep": Keep,
    "withhold": Withhold,
    "link": Link,
    "year": lambda: CutDate("year"),
    "quarter": lambda: CutDate("quarter"),
    "month": lambda: CutDate("month"),
    "district": lambda: Postcode("district"),
    "sector": lambda: Postcode("sector"),
}
"""Treatments that are written as one word."""


def read_treatment(value: object) -> Treatment:
    """Return the treatment that an agreement's value means: a word, or one word with its setting (``{band: 5
    years}``).

    Raises ValueError with one sentence when there is no such treatment, its setting makes no sense, or nothing
    enforces it yet.
    """
    if isinstance(value, str):
        word = value.strip()
        if word in WORDS:
            return WORDS[word]()
        if word in SETTINGS:
            raise ValueError(f"{word} needs a setting: write {EXAMPLES[word]}")
        raise _unknown(word)
    if isinstance(value, Mapping):
        if len(value) != 1:
            raise ValueError(
                f"a treatment has one word with its setting, as in {EXAMPLES['band']}, and here are {len(value)}"
            )
        ((word, setting),) = value.items()
        if word in SETTINGS:
            return SETTINGS[word](setting)
        if word in WORDS:
            raise ValueError(f"{word} takes no setting: write {word}")
        raise _unknown(str(word))
    raise ValueError(f"a treatment is a word such as keep, or a word with its setting such as {EXAMPLES['band']}")


def _unknown(word: str) -> ValueError:
    if word in LATER:
        return ValueError(f"{word} is not yet enforced, so an agreement cannot rely on it: write withhold until it is")
    near = difflib.get_close_matches(word, [*WORDS, *SETTINGS], n=1)
    hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join([*WORDS, *SETTINGS])}"
    return ValueError(f"there is no treatment {word}{hint}")


def _band(setting: object) -> Treatment:
    if isinstance(setting, str):
        found = re.fullmatch(r"\s*(\d{1,4})\s+years?\s*", setting)
        if found and int(found[1]) >= 1:
            return YearBand(int(found[1]))
        raise ValueError(
            "a band is a whole number, as in {band: 10}, or of dates in whole years, as in {band: 5 years}"
        )
    return NumberBand(_whole("band", setting))


def _round(setting: object) -> Treatment:
    return Round(_whole("round", setting))


def _whole(word: str, setting: object) -> int:
    if isinstance(setting, bool) or not isinstance(setting, int) or not 1 <= setting <= LARGEST:
        raise ValueError(f"{word} needs a whole number from 1, as in {EXAMPLES[word]}")
    return setting


def _limit(word: str) -> Callable[[object], Treatment]:
    def read(setting: object) -> Treatment:
        if isinstance(setting, bool) or not isinstance(setting, int | float) or not abs(setting) <= LARGEST:
            raise ValueError(f"{word} needs a number, as in {EXAMPLES[word]}")
        return Limit(word, Decimal(str(setting)))

    return read


def _codes(setting: object) -> Treatment:
    if not isinstance(setting, Mapping):
        raise ValueError(f"codes needs the list itself, as in {EXAMPLES['codes']}; lists by name are not yet enforced")
    pairs = {_code(given): _code(code) for given, code in setting.items()}
    other = pairs.pop(OTHER, None)
    if not pairs:
        raise ValueError(f"codes needs at least one value with its code, as in {EXAMPLES['codes']}")
    if len(pairs) + (other is not None) != len(setting):
        raise ValueError("codes names one value twice")
    return Recode(tuple(sorted(pairs.items())), other)


def _code(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("codes takes text and whole numbers; put words such as yes and no in quotes")
    return str(value)


SETTINGS: Mapping[str, Callable[[object], Treatment]] = {
    "band": _band,
    "top": _limit("top"),
    "bottom": _limit("bottom"),
    "round": _round,
    "codes": _codes,
}
"""Treatments that are written with a setting."""

EXAMPLES: Mapping[str, str] = {
    "band": "{band: 5 years}",
    "top": "{top: 1000}",
    "bottom": "{bottom: 0}",
    "round": "{round: 10}",
    "codes": "{codes: {A: owned, B: owned, other: rented}}",
}
