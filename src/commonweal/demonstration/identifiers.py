"""Identifiers of the invented borough, all outside anything that was ever issued.

UPRNs lie above 900,000,000,000 and USRNs above 99,000,000, beyond the numbers that GeoPlace has given out; NHS numbers
begin with 999, which the NHS keeps for tests, and carry a right check digit; the postcode area ZF does not exist.
"""

from __future__ import annotations

import numpy as np

from commonweal.demonstration.draws import Draws, Integers

FIRST_UPRN = 900_000_000_000
FIRST_USRN = 99_000_000
POSTCODE_AREA = "ZF"
UNIT_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"  # the letters that Royal Mail uses in the last two places of a postcode


def uprns(draws: Draws, count: int) -> Integers:
    """Return `count` different UPRNs, rising."""
    return FIRST_UPRN + 1 + np.arange(count, dtype=np.int64) * 1_013 + draws.below(1_013, count)


def usrns(draws: Draws, count: int) -> Integers:
    """Return `count` different USRNs of eight digits, rising (at most 70,000 of them)."""
    return FIRST_USRN + 1 + np.arange(count, dtype=np.int64) * 13 + draws.below(13, count)


def nhs_numbers(draws: Draws, count: int) -> Integers:
    """Return `count` different NHS numbers of the test range, with check digits (NHS Data Dictionary)."""
    stems = 999_000_000 + np.arange(1_000_000, dtype=np.int64)
    total = sum((stems // 10**place) % 10 * (place + 2) for place in range(9))
    digit = (11 - total % 11) % 11
    valid: Integers = (stems * 10 + digit)[digit < 10]
    return valid[draws.order(len(valid))[:count]]


def postcodes(district: Integers, ordinal: Integers) -> list[str]:
    """Return a postcode such as ``ZF3 4AB`` for each district (from 1) and ordinal inside it (from 0, below 3,600)."""
    letters = len(UNIT_LETTERS)
    unit = ordinal % (letters * letters)
    sector = ordinal // (letters * letters) + 1
    return [
        f"{POSTCODE_AREA}{d} {s}{UNIT_LETTERS[u // letters]}{UNIT_LETTERS[u % letters]}"
        for d, s, u in zip(district.tolist(), sector.tolist(), unit.tolist(), strict=True)
    ]
