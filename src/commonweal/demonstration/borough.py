"""The Borough of Fenwick as files: invented, seeded, and the same on every machine.

About 200,000 people in 85,000 homes on 1,900 streets in 24 wards. What matters is there to be found: arrears rise
with care needs and with recent domestic incidents, absence from school with arrears (see `tenancies`, `schools`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from commonweal.demonstration import dirt
from commonweal.demonstration.care import (
    CONDITIONS,
    NEEDS,
    PROVIDERS,
    SERVICES,
    AdultCare,
    CommunityCare,
    adult_care,
    community_care,
    homes_with_care,
)
from commonweal.demonstration.draws import Draws, Integers
from commonweal.demonstration.exports import Export, iso_days, money, numbers, uk_days, words
from commonweal.demonstration.households import TODAY, People, populate
from commonweal.demonstration.identifiers import nhs_numbers
from commonweal.demonstration.incidents import (
    CATEGORIES,
    OUTCOMES,
    Incidents,
    homes_with_recent_domestic_incident,
    record_incidents,
)
from commonweal.demonstration.names import ETHNICITIES
from commonweal.demonstration.places import Places, lay_out
from commonweal.demonstration.schools import Pupils, enrol
from commonweal.demonstration.tenancies import (
    BANDS,
    HEATING,
    REDUCTIONS,
    TENANCIES,
    CouncilTax,
    Tenancies,
    arrears_by_home,
    let_homes,
    tax_homes,
)

SEED = 2026
"""The seed of the borough that everybody sees; another seed is another borough."""


@dataclass(frozen=True)
class Borough:
    """Fenwick as it is, before anybody exported anything: every value true and clean."""

    seed: int
    places: Places
    people: People
    nhs_number: Integers
    adult_care: AdultCare
    community_care: CommunityCare
    incidents: Incidents
    tenancies: Tenancies
    council_tax: CouncilTax
    pupils: Pupils


def invent(people: int, seed: int = SEED) -> Borough:
    """Return a borough of about so many `people` (within 3 %; from 2,000 to 400,000)."""
    places = lay_out(seed, people)
    residents = populate(seed, places)
    care = adult_care(seed, places, residents)
    incidents = record_incidents(seed, places, residents)
    domestic = homes_with_recent_domestic_incident(places, incidents)
    cared = homes_with_care(places, residents, care)
    tenancies = let_homes(seed, places, residents, care=cared, domestic=domestic)
    arrears = arrears_by_home(places, tenancies)
    return Borough(
        seed=seed,
        places=places,
        people=residents,
        nhs_number=nhs_numbers(Draws(seed, "nhs numbers"), len(residents)),
        adult_care=care,
        community_care=community_care(seed, residents, care),
        incidents=incidents,
        tenancies=tenancies,
        council_tax=tax_homes(seed, places, residents, tenancies),
        pupils=enrol(seed, places, residents, arrears=arrears, domestic=domestic),
    )


def exports(borough: Borough) -> Iterator[Export]:
    """Yield the files one by one, the register of residents first, with the dirt that each system adds."""
    for export in (_resident, _housing, _council_tax, _adult_care, _community_care, _incidents, _school):
        yield export(borough)


def _resident(borough: Borough) -> Export:
    """Return the council's register, one row a person: the table that joins the others."""
    people, draws = borough.people, Draws(borough.seed, "dirt of resident")
    at = np.argsort(people.person_id, kind="stable")
    home = people.home[at]
    born = dirt.spoil(draws, uk_days(people.born[at]), 0.002, dirt.swapped)
    names = dirt.spoil(draws, [people.names[i] for i in at.tolist()], 0.01, str.upper)
    columns = {
        "person_id": numbers(people.person_id[at]),
        "name": dirt.spoil(draws, names, 0.005, dirt.spaced),
        "date_of_birth": born,
        "sex": words(("F", "M"), people.sex[at]),
        "ethnicity": dirt.left_out(draws, words(ETHNICITIES, people.ethnicity[at]), 0.02),
        "postcode": dirt.dirty_postcodes(draws, borough.places.postcode[home].tolist()),
        "uprn": dirt.dirty_uprns(draws, numbers(borough.places.uprn[home])),
    }
    return Export("fenwick/resident", "fenwick_register_of_residents_2026-09-30.csv", TODAY, columns)


def _housing(borough: Borough) -> Export:
    """Return the council's own homes, from a spreadsheet: byte order mark, CRLF, UPRNs in scientific notation."""
    let, places, draws = borough.tenancies, borough.places, Draws(borough.seed, "dirt of housing")
    columns = {
        "uprn": dirt.dirty_uprns(draws, numbers(places.uprn[let.home])),
        "usrn": dirt.spoil(draws, numbers(places.street_usrn[places.street[let.home]]), 0.02, dirt.with_fraction),
        "address": [f"{line}, Fenwick" for line in places.addresses(let.home)],
        "postcode": dirt.dirty_postcodes(draws, places.postcode[let.home].tolist()),
        "ward": dirt.spoil(draws, words(places.wards, places.ward[let.home]), 0.01, dirt.spaced),
        "tenancy": words(TENANCIES, let.tenancy),
        "bedrooms": dirt.spoil(draws, numbers(let.bedrooms), 0.01, dirt.not_available),
        "heating": dirt.left_out(draws, words(HEATING, let.heating), 0.01),
        "arrears": dirt.spoil(draws, money(let.arrears), 0.004, dirt.not_available),
    }
    file = "fenwick_council_homes_2026-09-30.csv"
    return Export("fenwick/housing", file, TODAY, columns, encoding="utf-8-sig", line_end="\r\n")


def _council_tax(borough: Borough) -> Export:
    """Return the council tax accounts of every home, from a data frame: UPRNs with a fraction."""
    tax, draws = borough.council_tax, Draws(borough.seed, "dirt of council tax")
    columns = {
        "uprn": dirt.dirty_uprns(draws, numbers(borough.places.uprn)),
        "band": dirt.spoil(draws, words(BANDS, tax.band), 0.01, dirt.spaced),
        "reduction": words(REDUCTIONS, tax.reduction),
        "balance": dirt.spoil(draws, money(tax.balance), 0.004, dirt.not_available),
    }
    return Export("fenwick/council_tax", "fenwick_council_tax_2026-09-30.csv", TODAY, columns)


def _adult_care(borough: Borough) -> Export:
    """Return the packages of adult care, from an old system: semicolons, Windows letters, British dates, rows twice."""
    care, people, draws = borough.adult_care, borough.people, Draws(borough.seed, "dirt of adult care")
    row = dirt.repeated(draws, len(care.person), 0.012)
    person = care.person[row]
    columns = {
        "person_id": numbers(people.person_id[person]),
        "nhs_number": dirt.spoil(draws, numbers(borough.nhs_number[person]), 0.04, _in_groups),
        "date_of_birth": dirt.spoil(draws, uk_days(people.born[person]), 0.004, dirt.swapped),
        "uprn": dirt.dirty_uprns(draws, numbers(borough.places.uprn[people.home[person]])),
        "need": dirt.spoil(draws, words(NEEDS, care.need[row]), 0.01, dirt.spaced),
        "provider": words(PROVIDERS, care.provider[row]),
        "start_date": dirt.spoil(draws, uk_days(care.start[row]), 0.006, dirt.swapped),
        "weekly_cost": dirt.spoil(draws, money(care.weekly_cost[row]), 0.01, dirt.not_available),
    }
    file = "adult_care_packages_2026-09-30.csv"
    return Export("fenwick_care/adult_care", file, TODAY, columns, ";", "cp1252", "\r\n")


def _community_care(borough: Borough) -> Export:
    """Return the trust's services, compressed: NHS numbers as they are read aloud, some rows twice."""
    care, people, draws = borough.community_care, borough.people, Draws(borough.seed, "dirt of community care")
    row = dirt.repeated(draws, len(care.person), 0.01)
    person = care.person[row]
    columns = {
        "nhs_number": dirt.spoil(draws, numbers(borough.nhs_number[person]), 0.5, _in_groups),
        "person_id": numbers(people.person_id[person]),
        "uprn": dirt.dirty_uprns(draws, numbers(borough.places.uprn[people.home[person]])),
        "service": words(SERVICES, care.service[row]),
        "condition": dirt.left_out(draws, words(CONDITIONS, care.condition[row]), 0.015),
        "contacts": numbers(care.contacts[row]),
        "last_contact": iso_days(care.last_contact[row]),
    }
    return Export("marsh_vale_nhs/community_care", "marsh_vale_community_2026-09-30.csv.gz", TODAY, columns)


def _incidents(borough: Borough) -> Export:
    """Return the police's incidents, a month late: some days in the American order, one home in sixteen not known."""
    seen, places, draws = borough.incidents, borough.places, Draws(borough.seed, "dirt of incidents")
    uprn = dirt.spoil(draws, numbers(places.uprn[seen.home]), 0.06, dirt.not_available)
    columns = {
        "incident_id": numbers(5_000_000 + np.arange(len(seen.home)) * 3),
        "uprn": dirt.dirty_uprns(draws, uprn),
        "usrn": numbers(places.street_usrn[places.street[seen.home]]),
        "category": words(CATEGORIES, seen.category),
        "outcome": words(OUTCOMES, seen.outcome),
        "occurred_on": dirt.spoil(draws, uk_days(seen.day), 0.01, dirt.swapped),
    }
    return Export("fenmarsh_police/incident", "fenmarsh_incidents_2026-08-31.csv", date(2026, 8, 31), columns)


def _school(borough: Borough) -> Export:
    """Return the pupils, from the end of the summer term: two months late, some pupils on two rolls."""
    pupils, people, draws = borough.pupils, borough.people, Draws(borough.seed, "dirt of school")
    row = dirt.repeated(draws, len(pupils.person), 0.004)
    person = pupils.person[row]
    columns = {
        "person_id": numbers(people.person_id[person]),
        "uprn": dirt.dirty_uprns(draws, numbers(borough.places.uprn[people.home[person]])),
        "school": words(pupils.schools, pupils.school[row]),
        "school_year": numbers(pupils.school_year[row]),
        "absence_pct": dirt.spoil(draws, _per_cent(pupils.absence[row]), 0.02, dirt.not_available),
        "free_meals": words(("no", "yes"), pupils.free_meals[row].astype(np.int64)),
    }
    return Export("fenwick_schools/pupil", "fenwick_schools_2026-07-22.csv", date(2026, 7, 22), columns)


def _in_groups(number: str) -> str:
    """Return an NHS number in its three groups: ``999 123 4567``."""
    return f"{number[:3]} {number[3:6]} {number[6:]}"


def _per_cent(tenths: Integers) -> list[str]:
    """Return tenths of a per cent as per cent: ``12.5``."""
    return [f"{value // 10}.{value % 10}" for value in tenths.tolist()]
