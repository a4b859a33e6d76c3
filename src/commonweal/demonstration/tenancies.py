"""What the council knows of homes: its own tenancies with their arrears, and council tax.

Planted for `discover` and not part of the story: in one ward, Withyquay, council homes on the heat network are in
arrears more than twice as often as homes heated otherwise, and owe half as much again; the heat networks of other wards
change nothing. Nobody asks about heating, and no agency alone would look at it beside arrears.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from commonweal.demonstration.draws import Draws, Flags, Integers
from commonweal.demonstration.households import People, oldest_of_larkspur_close
from commonweal.demonstration.places import COUNCIL, Places

TENANCIES = ("flexible", "introductory", "leasehold", "secure", "temporary")
LEASEHOLD, TEMPORARY = 2, 4
HEATING = ("electric", "gas", "heat network", "oil")
HEAT_NETWORK = 2
UNEXPECTED_WARD = "Withyquay"
BANDS = ("A", "B", "C", "D", "E", "F", "G", "H")
REDUCTIONS = ("disabled band", "none", "single person", "student", "support")
ARREARS = (1_500, 6_000, 12_500, 21_000, 34_000, 52_000, 84_000, 142_000, 265_000, 640_000)  # pence


@dataclass(frozen=True)
class Tenancies:
    """The council's homes; `home` indexes the homes of `Places`, `arrears` are in pence (0: none)."""

    home: Integers
    tenancy: Integers
    bedrooms: Integers
    heating: Integers
    arrears: Integers


@dataclass(frozen=True)
class CouncilTax:
    """One account for each home, in order of home; `balance` is what is owed, in pence."""

    band: Integers
    reduction: Integers
    balance: Integers


def let_homes(seed: int, places: Places, people: People, *, care: Flags, domestic: Flags) -> Tenancies:
    """Return the council's tenancies; arrears are likelier and larger with `care` or a recent `domestic` incident."""
    draws = Draws(seed, "tenancies")
    home = np.nonzero(places.tenure == COUNCIL)[0]
    count = len(home)
    tenancy = draws.pick((14, 7, 9, 64, 6), count)
    tenancy[home == people.home[oldest_of_larkspur_close(places, people)]] = TENANCIES.index("secure")
    heating = draws.pick((14, 62, 20, 4), count)
    cared, struck = care[home], domestic[home]
    unexpected = (heating == HEAT_NETWORK) & (places.ward[home] == places.wards.index(UNEXPECTED_WARD))
    likely = np.full(count, 0.20)
    for applies, factor in ((cared, 2.0), (struck, 2.3), (unexpected, 2.4), (tenancy == TEMPORARY, 1.5)):
        likely = np.where(applies, likely * factor, likely)
    owes = draws.chance(np.minimum(likely, 0.92), count) & (tenancy != LEASEHOLD)
    amount = draws.spread(ARREARS, count)
    for applies, percent in ((cared, 135), (struck, 150), (unexpected, 150)):
        amount = np.where(applies, amount * percent // 100, amount)
    residents = np.bincount(people.home, minlength=places.homes)[home]
    return Tenancies(
        home=home,
        tenancy=tenancy,
        bedrooms=np.clip((residents + 1) // 2 + draws.below(2, count), 1, 5),
        heating=heating,
        arrears=np.where(owes, amount, 0),
    )


def tax_homes(seed: int, places: Places, people: People, tenancies: Tenancies) -> CouncilTax:
    """Return the council tax accounts: those in rent arrears are behind with council tax more often."""
    draws = Draws(seed, "council tax")
    homes = places.homes
    residents = np.bincount(people.home, minlength=homes)
    in_arrears = np.zeros(homes, dtype=np.bool_)
    in_arrears[tenancies.home] = tenancies.arrears > 0
    council = places.tenure == COUNCIL
    reduction = np.where(draws.chance(0.004, homes), 0, 1)
    reduction = np.where(draws.chance(np.where(council, 0.42, 0.05), homes), REDUCTIONS.index("support"), reduction)
    reduction = np.where((residents == 1) & (reduction == 1), REDUCTIONS.index("single person"), reduction)
    behind = draws.chance(np.where(in_arrears, 0.46, 0.09), homes)
    return CouncilTax(
        band=np.where(council, draws.pick((52, 34, 12, 2), homes), draws.pick((16, 20, 24, 17, 11, 7, 4, 1), homes)),
        reduction=reduction,
        balance=np.where(behind, draws.spread((2_000, 9_000, 18_000, 30_000, 52_000, 90_000, 185_000), homes), 0),
    )


def arrears_by_home(places: Places, tenancies: Tenancies) -> Integers:
    """Return the rent arrears of each home of the borough in pence, 0 where the council is not the landlord."""
    arrears = np.zeros(places.homes, dtype=np.int64)
    arrears[tenancies.home] = tenancies.arrears
    return arrears
