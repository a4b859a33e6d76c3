"""Whether a checker's words to the requester tell a figure that is not released: the one road out that people hold open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from commonweal.errors import BadInput

_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_LARGE = 100


def must_tell_no_figure(words: str, beside: Mapping[str, Any]) -> None:
    """Raise `BadInput` when the words hold a number that stands in the checkers' sheet and not in the protected answer.

    Every number of a cell that breaks a rule counts, and every exact value of 100 and more. It is a net for slips: words
    that describe a figure pass.
    """
    told = {float(number.replace(",", "")) for number in _NUMBER.findall(words)}
    if told & set(_secret(beside.get("lines", ()))):
        raise BadInput(
            "These words tell a figure that is not released.",
            why="The requester reads them, whatever is decided.",
            remedy="Say it without the number, for example: one ward has too few homes.",
        )


def _secret(lines: Iterable[Mapping[str, Any]]) -> Iterable[float]:
    for line in lines:
        value, protected = line["value"], line["protected"]
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and (line["withheld"] or (value != protected and abs(value) >= _LARGE)):
            yield abs(float(value))
            yield round(abs(float(value)))
        if line["withheld"]:
            yield from (float(count) for count in line["entities"].values())
