from __future__ import annotations

import re

import numpy as np

from commonweal.demonstration.borough import Borough
from commonweal.demonstration.draws import Draws
from commonweal.demonstration.identifiers import nhs_numbers, uprns, usrns

# Every postcode area that Royal Mail uses, with those of the islands and the forces.
AREAS = set(
    re.findall(
        r"[A-Z]+",
        """
        AB AL B BA BB BD BF BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH
        EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME
        MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY
        TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE GIR
        """,
    )
)


def check_digit(number: str) -> int:
    """The NHS Data Dictionary's modulus 11, written out by hand."""
    total = 0
    for weight, digit in zip(range(10, 1, -1), number[:9], strict=True):
        total += weight * int(digit)
    return (11 - total % 11) % 11


def test_nhs_numbers_are_valid_and_of_the_test_range() -> None:
    assert check_digit("943476591") == 9  # the Data Dictionary's own example, 943 476 5919
    numbers = nhs_numbers(Draws(1, "x"), 5_000).tolist()
    assert len(set(numbers)) == 5_000
    for number in map(str, numbers):
        assert re.fullmatch(r"999\d{7}", number)
        assert check_digit(number) == int(number[9])


def test_uprns_and_usrns_lie_beyond_those_issued_and_differ() -> None:
    homes, streets = uprns(Draws(1, "x"), 90_000), usrns(Draws(1, "x"), 2_000)
    assert (np.diff(homes) > 0).all()
    assert homes.min() > 900_000_000_000
    assert homes.max() < 10**12
    assert (np.diff(streets) > 0).all()
    assert streets.min() > 99_000_000
    assert streets.max() < 10**8


def test_no_postcode_can_be_real(borough: Borough) -> None:
    postcodes = set(borough.places.postcode.tolist())
    assert len(postcodes) > 300
    for postcode in postcodes:
        match = re.fullmatch(r"([A-Z]{1,3})\d{1,2} \d[ABD-HJLNP-UW-Z]{2}", postcode)
        assert match is not None
        assert match[1] not in AREAS
