"""Published answers in the database. Nothing here commits: the caller's transaction holds the ledger entry too."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import sqlalchemy as sa

from commonweal.catalogue.names import suggestion
from commonweal.errors import Conflict, NotFound
from commonweal.gateway.published import tables

_T = tables.published.c


@dataclass(frozen=True)
class Published:
    """One published answer: its name, what it is an answer to, and its file (`digest`: SHA-256, `size`: bytes).

    `entry` is the ledger entry of the publication; `columns` the schema as JSON, in Spark's words; `at` ISO 8601.
    """

    name: str
    agreement: str
    answer: int
    entry: int
    digest: str
    size: int
    rows: int
    columns: str
    at: str

    @property
    def file_name(self) -> str:
        """Return the name of its file; no two publications share one."""
        return f"{self.entry:012d}-{self.name}-{self.digest[:32]}.parquet"

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON-ready values."""
        return {name: value for name, value in asdict(self).items() if name != "columns"}


def add(c: sa.Connection, published: Published) -> None:
    """Add a publication; `Conflict` when its name is taken."""
    if c.execute(sa.select(_T.name).where(_T.name == published.name)).first() is not None:
        raise Conflict(
            f"{published.name} is published already.",
            remedy="Choose another name, or withdraw that one: commonweal answer withdraw NAME --as EMAIL",
        )
    c.execute(sa.insert(tables.published).values(**asdict(published)))


def publication(c: sa.Connection, name: str) -> Published:
    """Return a publication by its name; `NotFound` with the nearest name."""
    row = c.execute(sa.select(tables.published).where(_T.name == name)).mappings().first()
    if row is None:
        known = c.execute(sa.select(_T.name)).scalars()
        raise NotFound(
            "Nothing is published under this name.", remedy=suggestion(name, known, "See what is published.")
        )
    return Published(**row)


def publications(c: sa.Connection) -> tuple[Published, ...]:
    """Return every publication, by name."""
    return tuple(Published(**row) for row in c.execute(sa.select(tables.published).order_by(_T.name)).mappings())


def remove(c: sa.Connection, name: str) -> None:
    """Remove a publication."""
    c.execute(sa.delete(tables.published).where(_T.name == name))
