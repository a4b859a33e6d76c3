"""What is said of a dataset: its contract, counts and what is still to be done, and never a value of its data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from commonweal.catalogue.contract import ROW, Column, Contract, Kind
from commonweal.catalogue.dataset import Dataset
from commonweal.catalogue.document import content_hash, contract_document
from commonweal.catalogue.standards import standard_by_name

ASKED_ABOUT = (Kind.QUASI, Kind.SENSITIVE, Kind.SPECIAL)
"""The kinds of columns that the metered profiles answer about, if they have levels."""

JOINING = ("uprn", "usrn", "nhs-number", "person-key")
"""The standards that people look for when they want to bring datasets together."""

KIND_IN_WORDS: Mapping[Kind, str] = {
    Kind.IDENTIFIER: "names someone directly; never shown",
    Kind.LINK: "joins records; never shown",
    Kind.QUASI: "others may know it of a person",
    Kind.SENSITIVE: "must not be learnt about one person",
    Kind.SPECIAL: "special category, or about offences",
    Kind.PLAIN: "tells nothing about anyone",
    Kind.TEXT: "free text, which may hold anything",
}
"""What each kind of column means, for people who choose one."""


def slug(name: str) -> str:
    """Return a column's name in small letters and underscores, as the standards know names."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def standard_of(column: Column) -> str:
    """Return the standard a column follows: the one its contract says, else the one its name promises, else nothing."""
    return column.standard or standard_by_name(slug(column.name))


def unclassified(contract: Contract) -> list[str]:
    """Return the columns without a kind: they cannot be shared."""
    return [column.name for column in contract.columns if column.kind is None]


def without_levels(contract: Contract) -> list[str]:
    """Return the columns that the metered profiles could answer about, if only they had levels."""
    return [column.name for column in contract.columns if column.kind in ASKED_ABOUT and column.levels is None]


def about_whom(contract: Contract) -> list[str]:
    """Return whom the rows are about, in words: ``person by person_id``, ``one incident a row``."""
    return [
        f"one {entity.kind} a row" if entity.key == ROW else f"{entity.kind} by {entity.key}"
        for entity in contract.entities
    ]


def joins_of(contract: Contract) -> tuple[str, ...]:
    """Return the standards by which this dataset can be joined to others, in the order of `JOINING`."""
    found = {standard_of(column) for column in contract.columns if column.kind in (Kind.LINK, Kind.IDENTIFIER)}
    return tuple(standard for standard in JOINING if standard in found)


def described_levels(contract: Contract) -> dict[str, Any]:
    """Return the levels of each column that has some: their titles at every depth, the finest first."""
    return {
        column.name: {
            "scale": levels.scale.value,
            "titles": levels.titles,
            "coarser": [levels.titles_at(depth) for depth in range(levels.depth - 1, 0, -1)],
            "missing": levels.missing,
            "most": levels.most,
            "account": column.account or column.name,
        }
        for column in contract.columns
        if (levels := column.levels) is not None
    }


def described(dataset: Dataset) -> dict[str, Any]:
    """Return what the terminal and the API say of a dataset, as plain values; not where its file lies."""
    contract = dataset.contract
    document = contract_document(contract)
    return {
        "reference": dataset.reference,
        "contract": {key: document.get(key, "") for key in ("id", "version", "status")}
        | {"hash": content_hash(contract)},
        "entities": document.get("entities", []),
        "membership": contract.membership,
        "columns": document["columns"],
        "levels": described_levels(contract),
        "unclassified": unclassified(contract),
        "without_levels": without_levels(contract),
        "rows": dataset.snapshot.rows,
        "set_aside": dataset.snapshot.rejected_rows,
        "as_of": dataset.snapshot.as_of,
        "snapshot": dataset.snapshot.id,
    }
