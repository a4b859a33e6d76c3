"""What the police were called to in Fenwick in the last two years."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from commonweal.demonstration.draws import Draws, Flags, Integers
from commonweal.demonstration.households import Household, People
from commonweal.demonstration.places import Places

CATEGORIES = ("anti-social", "burglary", "criminal damage", "domestic", "theft", "violence")
DOMESTIC = CATEGORIES.index("domestic")
OUTCOMES = ("charged", "no further action", "out of court", "under investigation")
LAST_DAY = np.datetime64("2026-08-31")
"""The police's extract is a month older than the council's."""
RECENT_DAYS = 365


@dataclass(frozen=True)
class Incidents:
    """Incidents at homes, in order of day; `home` indexes the homes of `Places`, the other numbers the lists above."""

    home: Integers
    category: Integers
    outcome: Integers
    day: NDArray[np.datetime64]


def record_incidents(seed: int, places: Places, people: People) -> Incidents:
    """Return two years of incidents: domestic ones more often with children at home and come again, others anywhere."""
    draws = Draws(seed, "incidents")
    kind = np.zeros(places.homes, dtype=np.int64)
    kind[people.home] = people.kind
    likely = np.select(
        [
            kind == Household.LONE_PARENT,
            np.isin(kind, (Household.FAMILY, Household.GROWN_CHILDREN)),
            kind == Household.CARE_HOME,
        ],
        [0.085, 0.038, 0.0],
        0.018,
    )
    struck = np.nonzero(draws.chance(likely, places.homes))[0]
    domestic = np.repeat(struck, draws.pick((62, 22, 10, 6), len(struck)) + 1)
    elsewhere = draws.below(places.homes, places.homes // 4)
    other = draws.pick((30, 12, 15, 0, 28, 15), len(elsewhere))
    home = np.concatenate([domestic, elsewhere])
    day = LAST_DAY - draws.below(730, len(home)).astype("timedelta64[D]")
    order = np.argsort(day, kind="stable")
    category = np.concatenate([np.full(len(domestic), DOMESTIC), other])
    outcome = draws.pick((12, 58, 14, 16), len(home))
    return Incidents(home=home[order], category=category[order], outcome=outcome[order], day=day[order])


def homes_with_recent_domestic_incident(places: Places, incidents: Incidents) -> Flags:
    """Return for each home whether a domestic incident was recorded there in the extract's last year."""
    recent = (incidents.category == DOMESTIC) & (incidents.day > LAST_DAY - np.timedelta64(RECENT_DAYS, "D"))
    flags = np.zeros(places.homes, dtype=np.bool_)
    flags[incidents.home[recent]] = True
    return flags
