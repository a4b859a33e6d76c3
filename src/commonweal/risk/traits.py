"""Traits: what a column is about, and what sort of body a party is, as far as names and standards tell.

Names are a hint, not a proof: a trait that is missed lowers a finding, so an officer reads the list of columns that a
finding names, and a column of kind `special` counts as such whatever it is called.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from commonweal.catalogue.contract import Column, Kind


class Trait(StrEnum):
    """What a column tells of somebody."""

    HEALTH = "health or care"
    CHILDREN = "children"
    OFFENCES = "offences or police"
    LOCATION = "where somebody lives"
    MONEY = "money and debt"


class Sector(StrEnum):
    """What sort of body a party is."""

    PUBLIC = "public body"
    UNIVERSITY = "university"
    CHARITY = "charity"
    COMPANY = "company"
    UNKNOWN = "not known"


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|[_/ -])(?:{'|'.join(alternatives)})s?(?:[_/ -]|$)")


_SECRET = frozenset({Kind.SENSITIVE, Kind.SPECIAL})
_ANY = _SECRET | {Kind.QUASI, Kind.PLAIN}

_ABOUT: Mapping[Trait, tuple[frozenset[Kind], re.Pattern[str], re.Pattern[str]]] = MappingProxyType(
    {
        Trait.HEALTH: (
            _SECRET,
            _words(
                "need", "diagnos[ie]s", "condition", "icd10", "snomed", "medication", "disability", "disabled", "health",
                "pregnant", "pregnancy", "mental", "treatment", "symptom",
            ),
            _words("care", "health", "nhs", "patient", "hospital", "clinic", "gp", "nursing"),
        ),
        Trait.CHILDREN: (
            _ANY,
            _words("pupil", "child", "children", "school", "school_year", "year_group", "upn", "absence_pct", "sen_need"),
            _words("pupil", "school", "child", "children", "nursery", "learner"),
        ),
        Trait.OFFENCES: (
            _SECRET,
            _words("offence", "conviction", "crime", "arrest", "caution", "sentence", "prison"),
            _words("police", "crime", "offender", "probation", "prison", "incident"),
        ),
        Trait.LOCATION: (
            _ANY,
            _words("ward", "lsoa", "msoa", "oa", "area", "postcode", "pcd", "district", "locality", "region", "street"),
            _words("nothing at all"),
        ),
        Trait.MONEY: (
            _SECRET,
            _words("arrear", "balance", "debt", "income", "benefit", "salary", "rent", "earning", "wage", "payment"),
            _words("council_tax", "benefit", "debt"),
        ),
    }
)  # fmt: skip
"""For each trait: the kinds of column it is looked for in, words of the column's name, and words of the dataset's."""

_PLACES = frozenset({"postcode", "gss", "uprn", "usrn", "address"})


def traits(dataset: str, column: Column) -> frozenset[Trait]:
    """Return what a column of a dataset (``organisation/name``) is about."""
    found = {
        trait
        for trait, (kinds, of_column, of_dataset) in _ABOUT.items()
        if column.kind in kinds and (of_column.search(column.name.lower()) or of_dataset.search(dataset))
    }
    if column.standard in _PLACES:
        found.add(Trait.LOCATION)
    if column.standard == "nhs-number":
        found.add(Trait.HEALTH)
    return frozenset(found)


def is_offence(column: Column) -> bool:
    """Return whether the contract itself says that the column is about offences (UK GDPR Article 10)."""
    return "offence" in column.standard or "conviction" in column.standard


_SECTORS: tuple[tuple[Sector, re.Pattern[str]], ...] = (
    (Sector.COMPANY, _words("ltd", "limited", "plc", "llp", "inc", "company", "consulting", "analytics", "bank")),
    (Sector.UNIVERSITY, _words("university", "universities")),
    (
        Sector.PUBLIC,
        _words(
            "council", "nhs", "police", "constabulary", "borough", "county", "ministry", "department", "school",
            "academy", "agency", "authority", "office", "hospital", "integrated care board", "adult care", "government",
        ),
    ),
    (Sector.CHARITY, _words("charity", "foundation", "cio", "trust", "association", "society")),
)  # fmt: skip


def sector(name: str, title: str) -> Sector:
    """Return what sort of body an organisation is by its title and name; a company before all else."""
    text = f"{title} {name}".lower().replace(".", " ")
    return next((found for found, words in _SECTORS if words.search(text)), Sector.UNKNOWN)
