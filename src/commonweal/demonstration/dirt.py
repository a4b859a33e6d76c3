"""Dirt like real dirt: what happens to values between a system and a file that somebody exports.

Nothing is lost beyond mending: what a spreadsheet rounds away for ever is not imitated, save for dates, where a swapped
day and month can often not be seen any more, and ``N/A``, which says so.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from commonweal.demonstration.draws import Draws, Integers

Text = list[str]


def spoil(draws: Draws, values: Text, share: float, change: Callable[[str], str]) -> Text:
    """Return `values` with `change` done to about `share` of them."""
    spoiled = values.copy()
    for at in np.nonzero(draws.chance(share, len(values)))[0].tolist():
        spoiled[at] = change(values[at])
    return spoiled


def scientific(number: str) -> str:
    """Return a whole number of twelve digits as a spreadsheet writes it: ``9.00023336956E11``."""
    return f"{number[0]}.{number[1:]}E{len(number) - 1}" if number else number


def with_fraction(number: str) -> str:
    """Return a whole number as a data frame with gaps writes it: ``900023336956.0``."""
    return f"{number}.0" if number else number


def padded(number: str) -> str:
    """Return a whole number with leading zeros, as a fixed-width extract has it."""
    return number.zfill(15) if number else number


def spaced(text: str) -> str:
    """Return a text with a space before and two behind."""
    return f" {text}  "


def not_available(_: str) -> str:
    """Return what people type when they do not know."""
    return "N/A"


def swapped(day: str) -> str:
    """Return a day ``31/01/2026`` in the American order ``01/31/2026``."""
    return f"{day[3:5]}/{day[:2]}/{day[6:]}"


def left_out(draws: Draws, values: Text, share: float) -> Text:
    """Return codes of which a `share` is left empty, and one in a thousand says ``N/A``, which is no code."""
    return spoil(draws, spoil(draws, values, share, lambda _: ""), 0.001, not_available)


def dirty_uprns(draws: Draws, values: Text) -> Text:
    """Return UPRNs of which one in eleven is in scientific notation, has a fraction, is padded or has spaces."""
    for share, change in ((0.03, scientific), (0.03, with_fraction), (0.02, padded), (0.01, spaced)):
        values = spoil(draws, values, share, lambda value, change=change: change(value) if value.isdigit() else value)  # type: ignore[misc]
    return values


def dirty_postcodes(draws: Draws, values: Text) -> Text:
    """Return postcodes of which 3 % are in lower case or without their space."""
    values = spoil(draws, values, 0.015, str.lower)
    return spoil(draws, values, 0.015, lambda value: value.replace(" ", ""))


def repeated(draws: Draws, rows: int, share: float) -> Integers:
    """Return indexes of all `rows` in order, a `share` of them twice in a row, as a double export has them."""
    return np.sort(np.concatenate([np.arange(rows), np.nonzero(draws.chance(share, rows))[0]]))
