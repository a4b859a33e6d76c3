"""What the API says of datasets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import BaseModel, Field

from commonweal.catalogue.contract import Column
from commonweal.catalogue.dataset import Dataset
from commonweal.catalogue.describing import (
    about_whom,
    described_levels,
    joins_of,
    standard_of,
    unclassified,
    without_levels,
)
from commonweal.catalogue.document import content_hash
from commonweal.catalogue.ingest import Ingested
from commonweal.installation.involvement import Stands
from commonweal.web.asker import Asker
from commonweal.web.cards import may_change, rounded


class DatasetInShort(BaseModel):
    """A dataset, as a line of a list. `rows` is exact for its stewards (`rows_exact`), to two figures for others."""

    dataset: str = Field(examples=["northbank/housing"])
    description: str = ""
    about: list[str] = Field(examples=[["household by uprn"]])
    joins: list[str] = Field(examples=[["uprn"]])
    as_of: date
    rows: int
    rows_exact: bool
    ask_under: list[str] = Field(
        description="The agreements under which you may ask about it", examples=[["arrears-and-care"]]
    )

    @classmethod
    def of(cls, dataset: Dataset, asker: Asker, stand: Sequence[Stands]) -> DatasetInShort:
        """Return a dataset as this asker may see it."""
        return cls(**_short(dataset, asker, stand))


class Datasets(BaseModel):
    """Datasets that fit, best first. `partly`: none has all the words. `next`: the cursor of the next page, if any."""

    datasets: list[DatasetInShort]
    total: int
    partly: bool = False
    next: str | None = None


class ColumnShown(BaseModel):
    """A column: what it means, its kind (null: not classified), its levels, and what each of your agreements does to it."""

    name: str
    type: str
    kind: str | None
    meaning: str = ""
    standard: str = ""
    unique: bool = False
    required: bool = False
    levels: dict[str, Any] | None = None
    treatments: dict[str, str] = Field(description="By agreement; a column that is not named is not shared")


class DatasetShown(DatasetInShort):
    """A dataset with its columns, and how many questions read it by month."""

    membership: str = Field(description="known: others may know who is in it; secret: that is itself a secret")
    contract_id: str
    contract_version: str
    contract_status: str
    contract_hash: str
    columns: list[ColumnShown]
    unclassified: list[str] = Field(description="Columns that cannot be shared until they have a kind")
    without_levels: list[str] = Field(description="Columns that the profiles standard and formal cannot answer about")
    questions_by_month: dict[str, int] = Field(examples=[{"2026-11": 12}])

    @classmethod
    def shown(cls, dataset: Dataset, asker: Asker, stand: Sequence[Stands], counted: Mapping[str, int]) -> DatasetShown:
        """Return a dataset as this asker may see it."""
        contract, levels = dataset.contract, described_levels(dataset.contract)
        using = [each for each in stand if each.uses(dataset.reference)]
        return cls(
            **_short(dataset, asker, stand),
            membership=contract.membership,
            contract_id=contract.id,
            contract_version=contract.version,
            contract_status=contract.status,
            contract_hash=content_hash(contract),
            columns=[_column(column, levels.get(column.name), dataset.reference, using) for column in contract.columns],
            unclassified=unclassified(contract),
            without_levels=without_levels(contract),
            questions_by_month=dict(counted),
        )


class SetAside(BaseModel):
    """Why rows were set aside: the column (empty for the row as a whole), the reason, how many, and the first of them."""

    column: str
    reason: str
    count: int
    first_row: int


class DatasetRead(BaseModel):
    """What a reading came to: rows, those set aside and why, notes, and what is still to be done to the contract."""

    dataset: str
    rows: int
    set_aside: int
    reasons: list[SetAside]
    notes: list[str]
    drafted: bool
    contract_hash: str
    unclassified: list[str]
    without_levels: list[str]

    @classmethod
    def of(cls, dataset: Dataset, read: Ingested) -> DatasetRead:
        """Return what a reading came to."""
        return cls(
            dataset=dataset.reference,
            rows=dataset.snapshot.rows,
            set_aside=read.rejected.count,
            reasons=[SetAside(**vars(each)) for each in read.rejected.reasons],
            notes=list(read.notes),
            drafted=read.drafted,
            contract_hash=content_hash(dataset.contract),
            unclassified=unclassified(dataset.contract),
            without_levels=without_levels(dataset.contract),
        )


def _short(dataset: Dataset, asker: Asker, stand: Sequence[Stands]) -> dict[str, Any]:
    exact = may_change(asker, dataset)
    return {
        "dataset": dataset.reference,
        "description": dataset.contract.description,
        "about": about_whom(dataset.contract),
        "joins": list(joins_of(dataset.contract)),
        "as_of": dataset.snapshot.as_of,
        "rows": dataset.snapshot.rows if exact else rounded(dataset.snapshot.rows),
        "rows_exact": exact,
        "ask_under": [each.agreement.id for each in stand if each.uses(dataset.reference)],
    }


def _column(column: Column, levels: dict[str, Any] | None, reference: str, using: Sequence[Stands]) -> ColumnShown:
    treatments = {}
    for each in using:
        terms = each.agreement.terms(reference)
        treatment = terms.columns.get(column.name) if terms else None
        treatments[each.agreement.id] = treatment.describe() if treatment else "not shared"
    return ColumnShown(
        name=column.name,
        type=column.logical_type,
        kind=column.kind.value if column.kind else None,
        meaning=column.description,
        standard=standard_of(column),
        unique=column.unique,
        required=column.required,
        levels=levels,
        treatments=treatments,
    )
