"""Pupils of the Fenwick Schools Trust, and how much school they missed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from commonweal.demonstration.draws import Draws, Flags, Integers
from commonweal.demonstration.households import People
from commonweal.demonstration.places import COUNCIL, Places

YEAR_BEGAN = np.datetime64("2025-09-01")
LAST_YEAR = 11
ABSENCE = (0, 8, 15, 23, 32, 43, 57, 76, 105, 160, 420)  # tenths of a per cent of sessions


@dataclass(frozen=True)
class Pupils:
    """Pupils of the year 2025/26; `person` indexes `People`, `school` `schools`; absence in tenths of a per cent."""

    schools: tuple[str, ...]
    person: Integers
    school_year: Integers
    school: Integers
    absence: Integers
    free_meals: Flags


def enrol(seed: int, places: Places, people: People, *, arrears: Integers, domestic: Flags) -> Pupils:
    """Return the pupils, of reception (year 0) to year 11; absence rises with `arrears` and `domestic` incidents."""
    draws = Draws(seed, "schools")
    months = (YEAR_BEGAN.astype("datetime64[M]") - people.born.astype("datetime64[M]")).astype(np.int64)
    year = months // 12 - 4
    person = np.nonzero((year >= 0) & (year <= LAST_YEAR) & draws.chance(0.93, len(people)))[0]
    home = people.home[person]
    owed, struck = arrears[home] > 0, domestic[home]
    absence = draws.spread(ABSENCE, len(person))
    absence = np.where(owed, absence * 3 // 2 + 12, absence)
    absence = np.where(struck, absence * 13 // 10, absence)
    primaries = tuple(f"{ward} Primary" for ward in places.wards)
    academies = tuple(f"{ward} Academy" for ward in places.wards[:: max(1, len(places.wards) // 6)])
    ward = places.ward[home]
    secondary = len(primaries) + ward * len(academies) // len(places.wards)
    meals = np.where(places.tenure[home] == COUNCIL, 0.46, 0.13)
    return Pupils(
        schools=primaries + academies,
        person=person,
        school_year=year[person],
        school=np.where(year[person] < 7, ward, secondary),
        absence=np.minimum(absence, 1_000),
        free_meals=draws.chance(np.where(owed, meals * 1.5, meals), len(person)),
    )
