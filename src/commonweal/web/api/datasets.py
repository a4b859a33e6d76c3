"""Datasets, for programs."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from commonweal.catalogue import store as catalogue
from commonweal.identity.permission import Act
from commonweal.web.asker import Here, Signed

router = APIRouter(prefix="/api/datasets", tags=["datasets"])


class DatasetInShort(BaseModel):
    """A dataset, as a line of a list."""

    dataset: str
    rows: int


class Datasets(BaseModel):
    """The datasets that exist."""

    datasets: list[DatasetInShort]


@router.get("")
def datasets(installation: Here, asker: Signed) -> Datasets:
    """List the datasets that exist, by name."""
    asker.must(Act.SEE_CATALOGUE)
    with installation.reading() as connection:
        found = catalogue.datasets(connection)
    return Datasets(datasets=[DatasetInShort(dataset=each.reference, rows=each.snapshot.rows) for each in found])
