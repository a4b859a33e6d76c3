"""Drawing the residents: what neighbours may know of them, and what they may not.

Needs tie the services together (a hidden frailty), wards and tenancies differ, and one ward by tenancy is unlike the
rest, so that there is something to find. Nothing here is about anyone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np

Codes = np.ndarray[Any, np.dtype[np.int64]]
Amounts = np.ndarray[Any, np.dtype[np.float64]]

AS_OF = date(2026, 11, 1)
WARDS = 20
AGES = 18
"""Bands of five years: 0 to 4, 5 to 9 ... 85 and more."""
SEXES = ("F", "M")
ETHNICITIES = ("white", "asian", "black", "mixed", "other")
TENANCIES = ("owner", "council", "private", "association")
BANDS = ("A", "B", "C", "D", "E", "F", "G", "H")
NEEDS = ("homecare", "equipment", "respite", "nursing", "day care", "learning")
MONTHS = 24
FIRST_MONTH = date(2024, 11, 1)
TOP = 20_000.0
EDGES = (0.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0)
"""Lower edges of the bands of an amount, the first band being nothing."""
SIZES = {"ward": WARDS, "age": AGES, "sex": 2, "ethnicity": 5, "tenancy": 4, "band": 8}
"""What is known of everybody, and how many values it has."""


@dataclass(frozen=True)
class Residents:
    """One array an attribute, a place a person. `known`: codes of what may be known; the rest are secrets.

    `contacts` are spells of care, `needs` (people, 6) which of them; `start` is the month of the first, `MONTHS` for none.
    """

    known: dict[str, Codes]
    days: Codes
    arrears: Amounts
    last_year: Amounts
    cost: Amounts
    contacts: Codes
    start: Codes
    needs: np.ndarray[Any, np.dtype[np.bool_]]
    police: np.ndarray[Any, np.dtype[np.bool_]]

    @property
    def number(self) -> int:
        """Return how many people there are."""
        return len(self.arrears)

    def classes(self) -> Codes:
        """Return a code for each person: the same for those who are alike in all that is known."""
        code = np.zeros(self.number, np.int64)
        for name, size in SIZES.items():
            code = code * size + self.known[name]
        return code

    def alone(self) -> Codes:
        """Return those who are alone in their class."""
        _, inverse, counts = np.unique(self.classes(), return_inverse=True, return_counts=True)
        return np.flatnonzero(counts[inverse] == 1)

    def birthdays(self) -> list[date]:
        """Return dates of birth that give everybody the band of age on the day the data speaks for."""
        return [
            born(int(band), int(day)) for band, day in zip(self.known["age"].tolist(), self.days.tolist(), strict=True)
        ]


def born(band: int, day: int) -> date:
    """Return the date of birth of somebody in a band of five years, `day` (0 to 1799) days into it."""
    first_after = AS_OF.replace(year=AS_OF.year - 5 * band - 5)
    return first_after + timedelta(days=1 + day)


def draw(number: int = 60_000, seed: int = 1, rough: float = 0.0) -> Residents:
    """Return so many residents; the same for the same arguments. `rough`: how unlike wards by tenancies are beyond
    what ward and tenancy say apart."""
    chance = np.random.default_rng(seed)
    known = _known(chance, number)
    ward, age, sex, tenancy = (known[name] for name in ("ward", "age", "sex", "tenancy"))
    frailty = chance.normal(0, 1, number)
    by_ward, amount_by_ward = chance.normal(0, 0.3, WARDS), chance.normal(0, 0.15, WARDS)
    odd = (ward == 3) & (tenancy == 2)
    uneven = chance.normal(0, rough, (WARDS, 4))[ward, tenancy] if rough else np.zeros(number)
    owing = -1.25 + uneven + by_ward[ward] + np.array([-0.3, 0.7, 0.5, 0.2])[tenancy]
    owes = _likely(owing - 0.02 * (age - 7.0) ** 2 + 0.5 * frailty + 0.8 * odd)
    size = 6 + 0.5 * uneven + amount_by_ward[ward] + np.array([0, 0.15, 0.1, 0])[tenancy] + 0.25 * frailty + 0.5 * odd
    arrears = _amount(np.where(chance.random(number) < owes, np.exp(size + chance.normal(0, 0.95, number)), 0))
    again = arrears * np.exp(chance.normal(-0.05, 0.3, number))
    other = np.where(chance.random(number) < owes, np.exp(6 + chance.normal(0, 1, number)), 0)
    last_year = _amount(np.where(chance.random(number) < 0.75, again, other))
    wanted = np.exp(-0.6 + 0.06 * (age - 7) + 0.3 * (sex == 1) * (age > 12) + 0.5 * frailty + 0.5 * by_ward[ward])
    contacts = chance.poisson(wanted * chance.gamma(1.2, 1 / 1.2, number)).clip(0, 20)
    cost = np.zeros(number)
    for spell in range(1, 21):
        having = contacts >= spell
        cost[having] += np.exp(chance.normal(5.2, 0.9, int(having.sum())))
    started = np.minimum(MONTHS - 1, (chance.beta(1.2, 1.0, number) * MONTHS).astype(np.int64))
    return Residents(
        known,
        chance.integers(0, 1800, number),
        arrears,
        last_year,
        _amount(cost),
        contacts.astype(np.int64),
        np.where(contacts > 0, started, MONTHS),
        _needs(chance, contacts),
        chance.random(number) < _likely(-3 + 0.5 * frailty - 0.05 * (age - 5)),
    )


def _known(chance: np.random.Generator, number: int) -> dict[str, Codes]:
    weights = chance.uniform(0.5, 1.5, WARDS)
    ward = chance.choice(WARDS, number, p=weights / weights.sum())
    age = np.minimum(AGES - 1, (chance.gamma(2.6, 16, number) // 5).astype(np.int64))
    sex = chance.integers(0, 2, number)
    mixes = chance.dirichlet([16, 3, 2, 1, 1], WARDS)
    ethnicity = (mixes[ward].cumsum(1) > chance.random(number)[:, None]).argmax(1)
    at = (chance.random(number) + 0.15 * (ethnicity > 0)) % 1
    tenancy = (np.array([0.6, 0.18, 0.17, 0.05]).cumsum()[None] > at[:, None]).argmax(1)
    band = np.clip(np.round(chance.normal(2.2 - 0.6 * (tenancy > 0), 1.6, number)), 0, 7).astype(np.int64)
    return {"ward": ward, "age": age, "sex": sex, "ethnicity": ethnicity, "tenancy": tenancy, "band": band}


def _needs(chance: np.random.Generator, contacts: Codes) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return who has which of the needs: one, and sometimes a second and a third, never more than they have spells."""
    needs = np.zeros((len(contacts), len(NEEDS)), bool)
    for turn in range(3):
        having = np.flatnonzero(contacts > turn)
        kept = having[chance.random(len(having)) < (1 if turn == 0 else 0.35)]
        needs[kept, chance.choice(len(NEEDS), len(kept), p=[0.4, 0.2, 0.15, 0.12, 0.08, 0.05])] = True
    return needs


def _likely(score: Amounts) -> Amounts:
    return 1 / (1 + np.exp(-score))


def _amount(values: Amounts) -> Amounts:
    return values.clip(0, TOP).round(2)


def level(amounts: Amounts) -> Codes:
    """Return the band of each amount: 0 for nothing, j for more than edge j-1 up to edge j, 7 above the last edge."""
    return np.where(amounts > 0, np.searchsorted(np.array(EDGES), amounts, "left"), 0).astype(np.int64)


def with_owing(residents: Residents, owing: np.ndarray[Any, np.dtype[np.bool_]]) -> Residents:
    """Return the same residents where those who are marked owe 300.00 each, this year, and the others nothing."""
    return replace(residents, arrears=np.where(owing, 300.0, 0.0))
