"""Contracts: what a dataset holds, in the terms of the Open Data Contract Standard 3.1 plus our custom properties."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Literal

from commonweal.catalogue.levels import Levels, Scale


class Kind(StrEnum):
    """What a column is to the person it is about; an unclassified column cannot be shared."""

    IDENTIFIER = "identifier"  # names someone directly: name, NHS number, NINO, e-mail, phone
    LINK = "link"  # joins records: UPRN, USRN, person key
    QUASI = "quasi"  # others may know it: date of birth, postcode, sex, tenancy
    SENSITIVE = "sensitive"  # must not be learnt about one person: arrears, absence
    SPECIAL = "special"  # UK GDPR Art 9 or 10: health, ethnicity, offences
    PLAIN = "plain"  # tells nothing about anyone
    TEXT = "text"  # free text, which may hold anything


ROW = "row"
"""The key of an entity that has no identifier of its own: every row is one of them."""


@dataclass(frozen=True)
class EntityKey:
    """Whom the rows are about: the kind of entity (person, household, business ...) and its key column, or `ROW`."""

    kind: str
    key: str


@dataclass(frozen=True)
class Column:
    """One column: ODCS `name`, `logicalType`, `physicalType`, `unique`, and our `kind`.

    `minimum` and `maximum` are declared bounds in the column's own unit; `codes` is the public code list (every value
    the column may take, known to everybody), empty when there is none. `source_name` is the header in the file when it
    differs from the name, `format` the order of a date's parts (ODCS `format`, for example ``dd/MM/yyyy``).

    `levels` are the closed levels that may be asked about under the metered profiles; those of a code list are its codes,
    unless others are given. `account` names where the column's privacy loss is charged: facts that imply each other
    share one; empty: its own.
    """

    name: str
    logical_type: str
    physical_type: str
    kind: Kind | None
    unique: bool = False
    required: bool = False
    description: str = ""
    minimum: float | None = None
    maximum: float | None = None
    codes: tuple[str, ...] = ()
    standard: str = (
        ""  # the recognised UK identifier or standard: uprn, usrn, nhs-number, nino, postcode, gss, date-of-birth ...
    )
    source_name: str = ""
    format: str = ""
    levels: Levels | None = None
    account: str = ""

    def __post_init__(self) -> None:
        """Give a column with a code list, and no levels, its codes as levels."""
        if self.levels is None:
            object.__setattr__(self, "levels", levels_of_codes(self.codes))


def levels_of_codes(codes: tuple[str, ...]) -> Levels | None:
    """Return the levels that a public code list has of itself; None where there is none, or it is too long."""
    if not codes:
        return None
    try:
        return Levels(Scale.VALUES, values=codes)
    except ValueError:
        return None


@dataclass(frozen=True)
class Contract:
    """A dataset's contract, as checked when it was read; `version` is the contract's own, not the data's.

    `membership` says whether others know who is in the dataset (``known``), or whether that is itself a secret.
    """

    id: str
    name: str
    version: str
    columns: tuple[Column, ...]
    entities: tuple[EntityKey, ...]
    description: str = ""
    status: str = "active"
    membership: Literal["known", "secret"] = "secret"

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Return the columns by name."""
        return {column.name: column for column in self.columns}
