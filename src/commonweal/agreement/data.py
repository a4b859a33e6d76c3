"""Data: which datasets and columns are shared, why, how each column is treated, and which rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from commonweal.agreement.clause import ORGANISATION, Clause, DatasetName, Words
from commonweal.agreement.rows import read_rows
from commonweal.deidentification.reading import read_treatment
from commonweal.deidentification.treatment import Treatment

_COLUMN = re.compile(rf"(?P<dataset>{ORGANISATION}/{ORGANISATION})\.(?P<column>[A-Za-z_][A-Za-z0-9_]*)")


def _treatment_as_written(value: object) -> object:
    """Return the treatment as it was written, once it is known that something carries it out."""
    read_treatment(value)
    return value


def _rows_as_written(value: str) -> str:
    """Return the condition as it was written, once it is known to be one that may be used."""
    read_rows(value)
    return value.strip()


def _column_reference(value: str) -> str:
    """Check that a reference reads ``organisation/dataset.column``."""
    if not _COLUMN.fullmatch(value):
        raise ValueError("write a link column as `organisation/dataset.column`")
    return value


ColumnReference = Annotated[str, AfterValidator(_column_reference)]
"""A column of a dataset, ``organisation/dataset.column``."""

Link = tuple[ColumnReference, ColumnReference]
"""Two columns that may be joined, in either order."""


def split_column(reference: str) -> tuple[str, str]:
    """Return the dataset and the column of ``organisation/dataset.column``; ValueError if it is not one."""
    match = _COLUMN.fullmatch(reference)
    if match is None:
        raise ValueError("not a column reference")
    return match["dataset"], match["column"]


class DatasetTerms(Clause):
    """What is granted of one dataset. A column that is not named is not shared.

    `written` holds the treatments as the document writes them; `columns` as things that can be carried out. `rows` is a
    condition in SQL over the dataset's own columns: rows for which it is not true are not there.
    """

    dataset: DatasetName
    because: Words | None = None
    written: dict[str, Annotated[Any, AfterValidator(_treatment_as_written)]] = Field(alias="columns", min_length=1)
    rows: Annotated[str, AfterValidator(_rows_as_written)] | None = None

    @cached_property
    def columns(self) -> Mapping[str, Treatment]:
        """Return the treatment of each granted column, by its name; withheld ones included, as they are written."""
        return MappingProxyType({name: read_treatment(value) for name, value in self.written.items()})

    @property
    def organisation(self) -> str:
        """Return whose dataset it is."""
        return self.dataset.partition("/")[0]


class Subjects(Clause):
    """Whom the data is about, and what sorts of personal data it holds (UK GDPR Article 30)."""

    people: tuple[Words, ...] = ()
    personal_data: tuple[Words, ...] = ()
