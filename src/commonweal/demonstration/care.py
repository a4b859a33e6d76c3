"""Who receives care in Fenwick: packages of adult social care, and services of community nursing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from commonweal.demonstration.draws import Draws, Flags, Integers
from commonweal.demonstration.households import TODAY, Household, People, oldest_of_larkspur_close
from commonweal.demonstration.places import COUNCIL, Places

NEEDS = ("dementia", "learning disability", "mental health", "mobility", "respite", "sensory")
PROVIDERS = (
    "Fenwick Home Care",
    "St Anne’s",
    "Brontë House",
    "Marsh Vale Living",
    "Café Companions",
    "Kestrel Support",
)
SERVICES = ("district nursing", "physiotherapy", "podiatry", "speech and language", "community mental health")
CONDITIONS = ("diabetes", "frailty", "heart failure", "lung disease", "mental health", "neurological", "wound care")
WEEKLY_COST = (3_800, 9_500, 16_000, 24_000, 33_000, 47_000, 68_000, 118_000)  # pence
LARKSPUR_START = date(2011, 3, 14)
"""When the oldest resident of Larkspur Close began to receive care: years before anybody else, as neighbours know."""


@dataclass(frozen=True)
class AdultCare:
    """Packages of adult care; `person` indexes `People`, `need` and `provider` the lists above; pence a week."""

    person: Integers
    need: Integers
    provider: Integers
    start: NDArray[np.datetime64]
    weekly_cost: Integers


@dataclass(frozen=True)
class CommunityCare:
    """Services of the community trust, by person; `contacts` are visits in the last year."""

    person: Integers
    service: Integers
    condition: Integers
    contacts: Integers
    last_contact: NDArray[np.datetime64]


def adult_care(seed: int, places: Places, people: People) -> AdultCare:
    """Return the packages of adult care: rarer under 65, steeply more with age, twice as common in council homes."""
    draws = Draws(seed, "adult care")
    count = len(people)
    age = people.age
    likely = np.select([age < 18, age < 65, age < 75, age < 85], [0.0, 0.02, 0.045, 0.11], 0.27)
    likely = np.where(places.tenure[people.home] == COUNCIL, likely * 2.0, likely)
    likely = np.where(people.kind == Household.CARE_HOME, 0.95, likely)
    receives = draws.chance(likely, count)
    neighbour = oldest_of_larkspur_close(places, people)
    receives[neighbour] = True
    once = np.nonzero(receives)[0]
    person = np.repeat(once, draws.pick((84, 13, 3), len(once)) + 1)
    young, old = draws.pick((1, 26, 38, 22, 8, 5), len(person)), draws.pick((30, 2, 10, 40, 10, 8), len(person))
    days = draws.spread((3, 90, 250, 500, 900, 1_500, 2_400, 4_300), len(person))
    start = np.datetime64(TODAY) - days.astype("timedelta64[D]")
    start[person == neighbour] = np.datetime64(LARKSPUR_START)
    lives_in = people.kind[person] == Household.CARE_HOME
    cost = draws.spread(WEEKLY_COST, len(person))
    return AdultCare(
        person=person,
        need=np.where(age[person] < 65, young, old),
        provider=draws.pick((40, 14, 9, 20, 6, 11), len(person)),
        start=start,
        weekly_cost=np.where(lives_in, cost + 60_000, cost),
    )


def community_care(seed: int, people: People, care: AdultCare) -> CommunityCare:
    """Return the trust's services: two thirds of those in adult care, and others more often the older they are."""
    draws = Draws(seed, "community care")
    count = len(people)
    age = people.age
    likely = np.select([age < 18, age < 50, age < 65, age < 80], [0.008, 0.012, 0.03, 0.08], 0.2)
    in_care = np.zeros(count, dtype=np.bool_)
    in_care[care.person] = True
    once = np.nonzero(draws.chance(np.where(in_care, 0.66, likely), count))[0]
    person = np.repeat(once, draws.pick((72, 22, 6), len(once)) + 1)
    young = draws.pick((24, 2, 3, 15, 40, 10, 6), len(person))
    old = draws.pick((20, 24, 16, 12, 4, 10, 14), len(person))
    days = draws.spread((0, 8, 20, 45, 90, 180, 364), len(person))
    return CommunityCare(
        person=person,
        service=draws.pick((46, 20, 14, 6, 14), len(person)),
        condition=np.where(age[person] < 60, young, old),
        contacts=draws.spread((1, 2, 3, 5, 8, 14, 26, 90), len(person)),
        last_contact=np.datetime64(TODAY) - days.astype("timedelta64[D]"),
    )


def homes_with_care(places: Places, people: People, care: AdultCare) -> Flags:
    """Return for each home whether somebody there receives adult care."""
    flags = np.zeros(places.homes, dtype=np.bool_)
    flags[people.home[care.person]] = True
    return flags
