"""Whether a checker's words to the requester tell a figure that is not released: the one road out that people hold open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from commonweal.errors import BadInput

_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_LARGE = 100
_NEAR = 0.005
"""A number this near, as a share, tells a large withheld one: rounding it in words would tell as much."""


def must_tell_no_figure(words: str, beside: Mapping[str, Any]) -> None:
    """Raise `BadInput` when the words hold a number that stands in the checkers' sheet and not in the protected answer.

    Every number of a cell that is withheld counts (large ones also when rounded), and every exact value of 100 and more.
    It is a net for slips: words that describe a figure pass.
    """
    told = {float(number.replace(",", "")) for number in _NUMBER.findall(words)}
    secret = set(_secret(beside.get("lines", ())))
    if any(abs(number - value) <= within for number in told for value, within in secret):
        raise BadInput(
            "These words tell a figure that is not released.",
            why="The requester reads them, whatever is decided.",
            remedy="Say it without the number, for example: one ward has too few homes.",
        )


def _secret(lines: Iterable[Mapping[str, Any]]) -> Iterator[tuple[float, float]]:
    """Yield each figure that may not be told, with how near a number in words may not come."""
    for line in lines:
        value, protected = line["value"], line["protected"]
        if isinstance(value, int | float) and not isinstance(value, bool):
            size = abs(float(value))
            if line["withheld"]:
                yield size, _NEAR * size if size >= _LARGE else 0.0
            elif value != protected and size >= _LARGE:
                yield size, 0.5
        if line["withheld"]:
            yield from ((float(count), 0.0) for count in line["entities"].values())
