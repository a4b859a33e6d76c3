"""The people of Fenwick, household by household: who lives with whom, how old they are and what they are called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from commonweal.demonstration.draws import Draws, Flags, Integers
from commonweal.demonstration.names import ETHNICITIES, SURNAMES, first_names
from commonweal.demonstration.places import COUNCIL, OWNED, PRIVATE, Places

TODAY = date(2026, 9, 30)
"""The day for which the borough's files speak."""

YEAR = 365
SLOTS = 6
NOBODY = -1


class Household(IntEnum):
    """The kinds of household (after the census of 2021: table TS003)."""

    SINGLE = 0
    SINGLE_OLD = 1
    COUPLE = 2
    COUPLE_OLD = 3
    FAMILY = 4
    LONE_PARENT = 5
    GROWN_CHILDREN = 6
    THREE_GENERATIONS = 7
    SHARERS = 8
    STUDENTS = 9
    CARE_HOME = 10


MIX = {  # how common each kind is, out of a thousand, by tenure
    OWNED: (95, 170, 195, 170, 230, 35, 75, 25, 5, 0),
    COUNCIL: (235, 165, 90, 60, 155, 200, 50, 20, 25, 0),
    PRIVATE: (215, 40, 220, 15, 195, 95, 15, 15, 130, 60),
}
SINGLE_AGES = (18, 24, 28, 32, 36, 41, 46, 51, 55, 59, 62, 64)
OLD_AGES = (65, 67, 70, 73, 76, 79, 82, 85, 88, 92, 99)
COUPLE_AGES = (20, 25, 29, 33, 40, 48, 53, 57, 60, 64)
CARE_HOME_AGES = (66, 76, 81, 84, 86, 88, 90, 92, 94, 97, 103)


@dataclass(frozen=True)
class People:
    """Everybody, in order of home. Arrays of one length; `home` is an index into the homes of `Places`.

    `age_days` is the age on `TODAY` in days; `sex` is 0 for F and 1 for M; `ethnicity` an index into `ETHNICITIES`;
    `kind` the person's household kind.
    """

    home: Integers
    kind: Integers
    age_days: Integers
    sex: Integers
    ethnicity: Integers
    names: list[str]
    person_id: Integers

    @property
    def age(self) -> Integers:
        """Return each person's age in completed years."""
        return self.age_days * 100 // 36_525

    @property
    def born(self) -> NDArray[np.datetime64]:
        """Return each person's date of birth."""
        return np.datetime64(TODAY) - self.age_days.astype("timedelta64[D]")

    def __len__(self) -> int:
        """Return how many people there are."""
        return len(self.home)


def populate(seed: int, places: Places) -> People:
    """Return the people of `places`, about 2.35 a home; one of 94 lives alone in Larkspur Close, and nobody older."""
    draws = Draws(seed, "households")
    kind = _kinds(draws, places)
    ages = _ages(draws, kind)
    _settle_larkspur_close(places, kind, ages)
    sexes = _sexes(draws, kind)
    roots = draws.pick((74, 12, 7, 4, 3), len(kind))
    home, slot = np.nonzero(ages != NOBODY)
    crowd_home, crowd_ages = _care_home_residents(draws, places)
    order = np.argsort(np.concatenate([home, crowd_home]), kind="stable")
    home_of = np.concatenate([home, crowd_home])[order]
    age_days = np.concatenate([ages[home, slot], crowd_ages])[order]
    sex = np.concatenate([sexes[home, slot], draws.chance(0.32, len(crowd_home)).astype(np.int64)])[order]
    slot_of = np.concatenate([slot, np.full(len(crowd_home), SLOTS)])[order]
    ethnicity = _ethnicities(draws, roots, kind[home_of], home_of, slot_of)
    return People(
        home=home_of,
        kind=kind[home_of],
        age_days=age_days,
        sex=sex,
        ethnicity=ethnicity,
        names=_names(draws, roots, kind[home_of], home_of, slot_of, (ethnicity, age_days, sex)),
        person_id=100_003 + draws.order(len(home_of)) * 7,
    )


def oldest_of_larkspur_close(places: Places, people: People) -> int:
    """Return who the 94-year-old of Larkspur Close is, as an index into `people`."""
    return int(np.nonzero((places.street[people.home] == 0) & (people.age == 94))[0][0])


def _kinds(draws: Draws, places: Places) -> Integers:
    """Return each home's kind of household, by its tenure; students live in the first four wards, near the college."""
    homes = places.homes
    drawn = {tenure: draws.pick(mix, homes) for tenure, mix in MIX.items()}
    kind = np.where(places.tenure == OWNED, drawn[OWNED], drawn[COUNCIL])
    kind = np.where(places.tenure == PRIVATE, drawn[PRIVATE], kind)
    far = (kind == Household.STUDENTS) & (places.ward > 3)
    kind = np.where(far, Household.COUPLE, kind)
    return np.where(places.is_care_home, Household.CARE_HOME, kind).astype(np.int64)


def _days(draws: Draws, years: tuple[int, ...], count: int) -> Integers:
    """Return `count` ages in days, spread over `years`."""
    return draws.spread([year * YEAR + year // 4 for year in years], count)


def _ages(draws: Draws, kind: Integers) -> Integers:
    """Return ages in days, a row for each home and a column for each of up to six people, or `NOBODY`."""
    ages = np.full((len(kind), SLOTS), NOBODY, dtype=np.int64)
    for one in Household:
        rows = np.nonzero(kind == one)[0]
        if len(rows) and one != Household.CARE_HOME:
            ages[rows] = _ages_of(draws, one, len(rows))
    return ages


def _ages_of(draws: Draws, kind: Household, count: int) -> Integers:
    """Return the ages of `count` households of one kind, in the form of `_ages`."""
    ages = np.full((count, SLOTS), NOBODY, dtype=np.int64)
    if kind in (Household.SINGLE, Household.SINGLE_OLD):
        ages[:, 0] = _days(draws, SINGLE_AGES if kind == Household.SINGLE else OLD_AGES, count)
    elif kind in (Household.COUPLE, Household.COUPLE_OLD):
        ages[:, 0] = _days(draws, COUPLE_AGES if kind == Household.COUPLE else OLD_AGES[:-2], count)
        ages[:, 1] = np.maximum(ages[:, 0] + draws.between(-4 * YEAR, 3 * YEAR, count), 18 * YEAR + 5)
    elif kind in (Household.SHARERS, Household.STUDENTS):
        students = kind == Household.STUDENTS
        size = draws.pick((0, 0, 0, 20, 35, 30, 15) if students else (0, 0, 60, 30, 10, 0, 0), count)
        years = (18, 19, 20, 21, 23) if students else (20, 23, 25, 28, 33, 41)
        drawn = _days(draws, years, count * SLOTS).reshape(count, SLOTS)
        ages = np.where(np.arange(SLOTS) < size[:, None], drawn, NOBODY)
    else:
        ages = _families(draws, kind, count)
    return ages


def _families(draws: Draws, kind: Household, count: int) -> Integers:
    """Return the ages of parents (first two columns), children (next, eldest last) and a grandparent (last column)."""
    ages = np.full((count, SLOTS), NOBODY, dtype=np.int64)
    room = 3 if kind == Household.THREE_GENERATIONS else 4
    children = draws.pick((42, 41, 13, 4)[:room], count) + 1
    youngest_years = (18, 20, 22, 25, 31) if kind == Household.GROWN_CHILDREN else (0, 2, 4, 7, 10, 13, 17)
    if kind == Household.GROWN_CHILDREN:
        children = np.minimum(children, 2)
    oldest = _days(draws, youngest_years, count)
    for child in range(room):
        here = children > child
        if child:
            twins = draws.chance(0.016, count)
            oldest = np.where(here, oldest + np.where(twins, 0, draws.between(400, 1_700, count)), oldest)
        ages[here, 2 + child] = oldest[here]
    ages[:, 0] = oldest + draws.spread([days * YEAR for days in (18, 23, 26, 29, 32, 35, 42)], count)
    partner = np.maximum(ages[:, 0] + draws.between(-4 * YEAR, 7 * YEAR, count), oldest + 17 * YEAR)
    if kind != Household.LONE_PARENT:
        ages[:, 1] = partner
    if kind == Household.THREE_GENERATIONS:
        ages[:, 5] = np.minimum(ages[:, 0] + draws.between(20 * YEAR, 34 * YEAR, count), 98 * YEAR)
    return ages


def _sexes(draws: Draws, kind: Integers) -> Integers:
    """Return the sex (0 F, 1 M) of each slot of each home."""
    sexes = draws.below(2, len(kind) * SLOTS).reshape(len(kind), SLOTS)
    mother_first = np.isin(kind, (Household.FAMILY, Household.GROWN_CHILDREN, Household.THREE_GENERATIONS))
    sexes[mother_first, 0] = 0
    lone = kind == Household.LONE_PARENT
    sexes[lone, 0] = draws.chance(0.13, int(lone.sum()))
    old = kind == Household.SINGLE_OLD
    sexes[old, 0] = draws.chance(0.34, int(old.sum()))
    couple = mother_first | np.isin(kind, (Household.COUPLE, Household.COUPLE_OLD))
    same = draws.chance(0.02, len(kind))
    sexes[couple, 1] = np.where(same, sexes[:, 0], 1 - sexes[:, 0])[couple]
    return sexes


def _care_home_residents(draws: Draws, places: Places) -> tuple[Integers, Integers]:
    """Return the home and the age in days of everyone in the care homes, 16 to 60 in each."""
    homes = np.nonzero(places.is_care_home)[0]
    residents = np.repeat(homes, draws.between(16, 60, len(homes)))
    return residents, _days(draws, CARE_HOME_AGES, len(residents))


def _settle_larkspur_close(places: Places, kind: Integers, ages: Integers) -> None:
    """Give Larkspur Close one resident of 94, alone in a council home, and make nobody else there 92 or over."""
    close = np.nonzero(places.street == 0)[0]
    ages[close] = np.where(ages[close] > 91 * YEAR, 90 * YEAR, ages[close])
    council = close[places.tenure[close] == COUNCIL]
    home = int(council[0]) if len(council) else int(close[0])
    places.tenure[home] = COUNCIL
    kind[home] = Household.SINGLE_OLD
    ages[home] = (34_450, *([NOBODY] * (SLOTS - 1)))  # 94 years and four months


def _ethnicities(draws: Draws, roots: Integers, kind: Integers, home: Integers, slot: Integers) -> Integers:
    """Return each person's ethnicity: the household's, save for sharers, care homes, and couples of two roots."""
    mixed, count = ETHNICITIES.index("mixed"), len(home)
    couples_of_two = draws.chance(0.07, len(roots))[home]
    other = draws.pick((60, 16, 12, 6, 6), len(roots))[home]
    own = draws.pick((74, 12, 7, 4, 3), count)
    elders = draws.pick((93, 3, 2, 1, 1), count)
    ethnicity = np.where(couples_of_two & (slot == 1), other, roots[home])
    differs = couples_of_two & (other != roots[home]) & (slot >= 2) & (slot < 5)
    ethnicity = np.where(differs & np.isin(kind, (Household.FAMILY, Household.GROWN_CHILDREN)), mixed, ethnicity)
    ethnicity = np.where(_unrelated(kind), own, ethnicity)
    return np.where(kind == Household.CARE_HOME, elders, ethnicity)


def _unrelated(kind: Integers) -> Flags:
    """Return which people live with others who are not family."""
    return np.isin(kind, (Household.SHARERS, Household.STUDENTS, Household.CARE_HOME))


def _names(
    draws: Draws, roots: Integers, kind: Integers, home: Integers, slot: Integers, people: tuple[Integers, ...]
) -> list[str]:
    """Return everybody's full name, from their (ethnicity, age in days, sex).

    Families share a surname, though one partner in six keeps theirs; first names inside a family differ, being eleven
    places apart in the list.
    """
    ethnicity, age_days, sex = people
    count = len(home)
    alone = _unrelated(kind)
    first = np.where(alone, draws.below(2**30, count), draws.below(2**30, len(roots))[home] + slot * 11)
    own_surname = alone | (draws.chance(0.17, len(roots))[home] & (slot == 1))
    last = np.where(own_surname, draws.below(2**30, count), draws.below(2**30, len(roots))[home])
    last_roots = np.where(own_surname, ethnicity, roots[home])
    generation = 2 - np.digitize(age_days, (36 * YEAR, 71 * YEAR))
    firsts = [[[first_names(e, g, s) for s in "FM"] for g in range(3)] for e in ETHNICITIES]
    surnames = [SURNAMES[e] for e in ETHNICITIES]
    names = []
    columns = (ethnicity, generation, sex, first, last_roots, last)
    for e, g, s, n, r, m in zip(*(column.tolist() for column in columns), strict=True):
        choice, family = firsts[e][g][s], surnames[r]
        names.append(f"{choice[n % len(choice)]} {family[m % len(family)]}")
    return names
