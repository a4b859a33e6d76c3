"""What a question's relations hold: where every value comes from, whom the rows are about, and what is done with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """Whether a relation's rows are about single entities, or are cells that aggregate across entities."""

    ROWS = "rows"
    CELLS = "cells"


class Role(StrEnum):
    """What a question does with a column; the agreement rules on these."""

    OUTPUT = "output"  # shown as it is, a row at a time
    PASSED = "passed"  # handed on, unchanged, by a sub-query
    KEY = "group key"
    PREDICATE = "condition"
    JOIN = "join"
    SEMI_JOIN = "semi-join"
    COUNTED = "count distinct"
    ENTITY = "per-entity group"  # grouped by the entity itself: rows stay rows
    NULL_TEST = "null test"
    ARGUMENT = "aggregate"
    AGE = "age"  # the age in years from a date of birth
    COMPUTED = "calculation"  # part of a larger expression


@dataclass(frozen=True, order=True)
class BaseColumn:
    """A column of a contract: the dataset's reference and the column's name."""

    dataset: str
    column: str

    def __str__(self) -> str:
        """Return ``organisation/dataset.column``."""
        return f"{self.dataset}.{self.column}"


@dataclass(frozen=True, order=True)
class Use:
    """One use of a base column by the question."""

    column: BaseColumn
    role: Role


@dataclass(frozen=True, order=True)
class Link:
    """Two base columns that the question equates, to join records or to keep those that have a partner."""

    left: BaseColumn
    right: BaseColumn


@dataclass(frozen=True)
class Value:
    """A relation's column: the base columns it is computed from, and the one it equals unchanged, if there is one.

    `chosen` says that a condition decides its value, so that one person's may be set apart from all others; `own` that it
    is an amount with nothing mixed in (see `commonweal.query.amounts`). `optional` says that it is missing where a LEFT
    JOIN found no partner. `origin` is the same text for columns of one relation that are one and the same expression.
    """

    sources: frozenset[BaseColumn] = frozenset()
    same_as: BaseColumn | None = None
    chosen: bool = False
    own: bool = True
    optional: bool = False
    origin: str = ""


Factors = tuple[tuple[str, str], ...]


def times(left: Factors | None, right: Factors | None) -> Factors | None:
    """Return the product of two bounds; there is none where either is missing."""
    return None if left is None or right is None else tuple(sorted((*left, *right)))


@dataclass(frozen=True)
class Entity:
    """A kind of entity that rows of a relation are about.

    `alias` and `column` say where its key is; `members` are all columns (alias, name) known to be equal to it. `unique`
    says that no two rows are about the same entity; `by_row` that every row is one (there is no key). `most` bounds the
    rows of one entity: a product of factors (dataset, kind), each the most rows that one entity of that kind has in that
    dataset; None when there is no bound. `nullable` says that a row may have no such entity though no two have the same.
    """

    kind: str
    alias: str
    column: str
    unique: bool
    members: frozenset[tuple[str, str]] = frozenset()
    by_row: bool = False
    most: Factors | None = ()
    nullable: bool = False

    @property
    def label(self) -> str:
        """Return a short name for messages."""
        return self.kind


@dataclass(frozen=True)
class Shape:
    """What a sub-query gives to the one around it."""

    level: Level
    columns: Mapping[str, Value] = field(default_factory=dict)
    entities: tuple[Entity, ...] = ()  # `column` is the output's name, `alias` empty
    unique_on: frozenset[frozenset[str]] = frozenset()
