"""Measures: the maximal parts of a question that aggregate across entities, and what each must bring back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlglot import exp

from commonweal.query.relation import BaseColumn, Entity


class Function(StrEnum):
    """How a base aggregate is computed by an engine."""

    COUNT = "count"  # rows that meet the condition
    COUNT_DISTINCT = "count distinct"
    SUM = "sum"
    QUANTILE_CONT = "quantile_cont"
    QUANTILE_DISC = "quantile_disc"


class Purpose(StrEnum):
    """What a base aggregate tells, which decides how it will be protected."""

    ROWS = "rows"
    ENTITIES = "entities"
    VALUES = "values"
    INDICATOR = "indicator"
    AMOUNT = "amount"
    MOMENT = "moment"
    QUANTILE = "quantile"


@dataclass(frozen=True)
class Choice:
    """A condition that picks rows by listed values of one column, all of whose values, `codes`, its contract names."""

    column: BaseColumn
    values: frozenset[str]
    codes: frozenset[str]


@dataclass(frozen=True)
class BaseAggregate:
    """One base aggregate: `function` of `argument` over the rows that meet `condition` (both may be absent).

    `partial` says that `condition` picks out people, so that the rest of the cell is told about too. A moment is
    the sum of the products of the arguments of the amounts `same_as` and `times` (of the square of one, without `times`).
    `says` is the argument as text, the same for the same expression under other names. `picks` is what of the condition
    picks out people, as text: without tests for a missing value, and without what leaves out noughts alone. `reads` are
    the base columns of the argument. `choice` is the condition, where it is no more than a choice among known codes.
    """

    name: str
    function: Function
    purpose: Purpose
    argument: exp.Expr | None = None
    condition: exp.Expr | None = None
    fraction: float | None = None
    partial: bool = False
    same_as: str = ""
    times: str = ""
    says: str = ""
    picks: str = ""
    reads: frozenset[BaseColumn] = frozenset()
    choice: Choice | None = None


@dataclass(frozen=True)
class Key:
    """One group key. `column` is the base column it equals unchanged, `labels` the only values it can take, if it is known.

    `secret` says that it is calculated from what must not be learnt, and can take values that nobody knows beforehand;
    `sensitive` that it tells what must not be learnt, unless the question already chooses its rows by it.
    """

    name: str
    expression: exp.Expr
    title: str
    column: BaseColumn | None = None
    labels: tuple[object, ...] | None = None
    secret: bool = False
    sensitive: bool = False


@dataclass(frozen=True)
class Difference:
    """Names of aggregates: `shown` less `other` is `by`, which is measured to be judged and is never shown."""

    shown: str
    other: str
    by: str


@dataclass(frozen=True)
class Partition:
    """Names of aggregates: a `whole`, `parts` of it (those under one condition together), and the count of the `rest`.

    `complete`: the contract says that there is no rest, save rows whose value is missing.
    """

    whole: str
    rest: str
    parts: tuple[tuple[str, ...], ...]
    complete: bool = False


@dataclass(frozen=True)
class Measure:
    """A maximal sub-query that aggregates across entities.

    `relation` is a SELECT without outputs: FROM, JOIN and WHERE over datasets (``"organisation"."dataset"``) and per-entity
    sub-queries. `predicates` are its WHERE's conjuncts, apart, so that a metered profile can lift those on quasi columns
    above the measure. `grouping_sets` are indexes into `keys`.
    """

    name: str
    relation: exp.Select
    predicates: tuple[exp.Expr, ...]
    keys: tuple[Key, ...]
    grouping_sets: tuple[tuple[int, ...], ...]
    aggregates: tuple[BaseAggregate, ...]
    entities: tuple[Entity, ...]
    differences: tuple[Difference, ...] = ()
    partitions: tuple[Partition, ...] = ()


SET = "set"
"""The column of a measure's cells that says which grouping set a row belongs to."""
