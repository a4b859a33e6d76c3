from __future__ import annotations

import hashlib
from collections import Counter

import numpy as np
import pytest

from commonweal.demonstration.borough import Borough, invent
from commonweal.demonstration.care import LARKSPUR_START, homes_with_care
from commonweal.demonstration.exports import Export
from commonweal.demonstration.households import Household, oldest_of_larkspur_close
from commonweal.demonstration.incidents import homes_with_recent_domestic_incident
from commonweal.demonstration.places import COUNCIL
from commonweal.demonstration.tenancies import HEAT_NETWORK, LEASEHOLD, UNEXPECTED_WARD, arrears_by_home


@pytest.fixture(scope="module")
def whole() -> Borough:
    return invent(200_000)


def test_the_files_are_the_same_on_every_machine(files: dict[str, Export]) -> None:
    digest = hashlib.sha256()
    for export in files.values():
        digest.update(export.content())
    assert digest.hexdigest() == "4210fa3d56a50117343bba0a3eb54b4afd461e3749bf12a165db821eb78befbc"


def test_another_seed_is_another_borough(borough: Borough) -> None:
    assert invent(20_000, seed=1).people.names[:50] != borough.people.names[:50]


def test_the_borough_has_the_size_it_promises(whole: Borough) -> None:
    assert abs(len(whole.people) - 200_000) < 6_000
    assert whole.places.homes == 85_000
    assert abs(len(whole.places.street_names) - 1_900) < 60
    assert len(whole.places.wards) == 24
    assert len(set(whole.places.street_names)) == len(whole.places.street_names)


def test_households_look_like_households(whole: Borough) -> None:
    people, homes = whole.people, whole.places.homes
    sizes = np.bincount(people.home, minlength=homes)
    shares = np.bincount(np.minimum(sizes, 7), minlength=8)[1:7] / homes
    assert 0.26 < shares[0] < 0.34  # England and Wales, census 2021: 30 % of one person, 34 % of two
    assert 0.29 < shares[1] < 0.38
    assert (sizes > 0).all()
    age = people.age
    assert 0.15 < (age >= 65).mean() < 0.21
    assert 0.18 < (age < 18).mean() < 0.25
    assert 0.50 < (people.sex == 0).mean() < 0.54
    residents = people.kind == Household.CARE_HOME
    assert np.median(age[residents]) > 80
    students = people.kind == Household.STUDENTS
    assert students.sum() > 500
    assert age[students].max() <= 23


def test_families_share_a_surname_and_parents_are_older_than_their_children(borough: Borough) -> None:
    people = borough.people
    checked = 0
    for home in np.unique(people.home[people.kind == Household.LONE_PARENT])[:300].tolist():
        members = np.nonzero(people.home == home)[0]
        surnames = {people.names[i].split(" ", 1)[1] for i in members}
        firsts = [people.names[i].split(" ", 1)[0] for i in members]
        ages = sorted(people.age[members].tolist(), reverse=True)
        assert len(surnames) == 1
        assert len(set(firsts)) == len(firsts)
        assert ages[0] - ages[1] >= 17
        checked += 1
    assert checked > 100


def test_arrears_rise_with_care_and_with_domestic_incidents(whole: Borough) -> None:
    let = whole.tenancies
    rented = let.tenancy != LEASEHOLD
    care = homes_with_care(whole.places, whole.people, whole.adult_care)[let.home]
    struck = homes_with_recent_domestic_incident(whole.places, whole.incidents)[let.home]
    mean = let.arrears[rented & ~care & ~struck].mean()
    assert let.arrears[rented & care].mean() > 1.6 * mean
    assert let.arrears[rented & struck].mean() > 1.8 * mean
    assert (let.arrears[~rented] == 0).all()


def test_absence_rises_with_arrears(whole: Borough) -> None:
    owed = arrears_by_home(whole.places, whole.tenancies)[whole.people.home[whole.pupils.person]] > 0
    assert whole.pupils.absence[owed].mean() > 1.4 * whole.pupils.absence[~owed].mean()
    assert whole.pupils.absence.max() <= 1_000


def test_the_heat_network_matters_in_one_ward_only(whole: Borough) -> None:
    let, places = whole.tenancies, whole.places
    ward = places.ward[let.home] == places.wards.index(UNEXPECTED_WARD)
    network, rented = let.heating == HEAT_NETWORK, let.tenancy != LEASEHOLD
    there, elsewhere = rented & network & ward, rented & network & ~ward
    assert let.arrears[there].mean() > 2 * let.arrears[rented & ~network & ward].mean()
    assert let.arrears[elsewhere].mean() < 1.15 * let.arrears[rented & ~network & ~ward].mean()


@pytest.mark.parametrize("people", [5_000, 20_000, 200_000])
def test_one_person_of_94_lives_in_larkspur_close_and_could_be_found(people: int) -> None:
    borough = invent(people)
    close = borough.people.age[borough.places.street[borough.people.home] == 0]
    assert (close == 94).sum() == 1
    assert close.max() == 94
    who = oldest_of_larkspur_close(borough.places, borough.people)
    assert borough.places.tenure[borough.people.home[who]] == COUNCIL
    assert (borough.people.home == borough.people.home[who]).sum() == 1
    assert borough.tenancies.tenancy[borough.tenancies.home == borough.people.home[who]].tolist() == [3]
    early = borough.adult_care.start < np.datetime64("2012-01-01")
    assert set(borough.adult_care.person[early].tolist()) == {who}
    assert LARKSPUR_START.year < 2012


def test_the_dirt_is_there(files: dict[str, Export]) -> None:
    uprns = files["fenwick/council_tax"].columns["uprn"]
    forms = Counter(
        "scientific"
        if "E" in value
        else "fraction"
        if "." in value
        else "spaced"
        if " " in value
        else "padded"
        if value[0] == "0"
        else "plain"
        for value in uprns
    )
    assert set(forms) == {"scientific", "fraction", "spaced", "padded", "plain"}
    assert 0.06 < 1 - forms["plain"] / len(uprns) < 0.12
    postcodes = files["fenwick/resident"].columns["postcode"]
    assert 0.02 < sum(value != value.upper() or " " not in value for value in postcodes) / len(postcodes) < 0.04
    days = files["fenmarsh_police/incident"].columns["occurred_on"]
    assert any(int(day[3:5]) > 12 for day in days)
    assert files["fenwick/housing"].columns["arrears"].count("N/A") > 0
    rows = list(zip(*files["fenwick_care/adult_care"].columns.values(), strict=True))
    assert len(set(rows)) < len(rows)
    assert sorted({export.as_of.isoformat() for export in files.values()}) == ["2026-07-22", "2026-08-31", "2026-09-30"]


def test_keys_that_contracts_declare_unique_are_unique_once_mended(files: dict[str, Export]) -> None:
    for dataset, column in (
        ("fenwick/resident", "person_id"),
        ("fenwick/housing", "uprn"),
        ("fenwick/council_tax", "uprn"),
        ("fenmarsh_police/incident", "incident_id"),
    ):
        values = [int(float(value)) for value in files[dataset].columns[column]]
        assert len(set(values)) == len(values)


def test_everybody_outside_is_known_to_the_register(files: dict[str, Export]) -> None:
    known = set(files["fenwick/resident"].columns["person_id"])
    for dataset in ("fenwick_care/adult_care", "marsh_vale_nhs/community_care", "fenwick_schools/pupil"):
        people = files[dataset].columns["person_id"]
        assert len(people) > 500
        assert set(people) <= known
