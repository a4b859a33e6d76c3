"""Cells with their evidence: what an engine measured, before anybody may see it.

A `Cells` holds one Arrow table, a row for each cell (one combination of group keys). Its columns are, in this order:

- the group keys, under `keys`;
- ``set``: which of `grouping_sets` the row belongs to (int, from 0); keys outside that set are null;
- ``n_<kind>`` for every kind in `kinds`: distinct entities of that kind in the cell (int64);
- for every aggregate ``a``: its exact value under ``a.name`` and its evidence under ``a.name__<what>``:
  ``__n_<kind>`` distinct entities of that kind that contribute (for sums: with a non-zero contribution) (int64);
  ``__rows`` rows with a non-null argument (int64);
  for sums of amounts also ``__max1``, ``__max2`` (largest two entities' absolute contributions), ``__total`` (sum of
  absolute contributions), ``__low``, ``__high`` (smallest and largest entity contribution), all float64, where an
  entity's contribution is the sum over its rows, and of several kinds each is the one that is worst;
  for moments ``__max1``, ``__max2``, ``__total`` of the squares or products, in the same way;
  for counts of rows over which entities repeat also ``__max1``, ``__max2``, ``__total``, in rows, as floats;
  optionally ``__size``, the average absolute value of the rows that are not zero, from which the step of a sum is then
  taken: it is one pass, and unlike the total per entity the same whether entities are counted or bounded;
  for quantiles also ``__most``: the most rows that one entity has in the cell (int64).
- ``cell_key`` (int64, 0..255) when the rules ask for perturbation: the sum of the record keys of the distinct entities
  of the first kind in the cell, modulo 256; a partial aggregate may have its own, of the entities that contribute, as
  ``a__cell_key`` (then the part has the same shift when it is asked for as a group of its own).

Counts may be replaced by sound bounds as long as every decision of every rule comes out the same. That includes the step
of a sum, which without ``__size`` is the total over the contributing entities, and secondary suppression, which subtracts
the entities of parts from those of totals: with several grouping sets, and for sums without ``__size``, count exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


class Measured(StrEnum):
    """What an aggregate measures, which decides the rules that apply to it."""

    ROWS = "rows"  # count(*) and count(x), with or without FILTER
    ENTITIES = "entities"  # count(distinct link column)
    VALUES = "values"  # count(distinct other column): how many different values
    INDICATOR = "indicator"  # sum of an expression that is 0 or 1 for every row: a count in disguise
    AMOUNT = "amount"  # sum of a numeric expression
    MOMENT = "moment"  # sum of squares or of products, wanted for deviations and correlations
    QUANTILE = "quantile"  # median, quantile_cont, quantile_disc


@dataclass(frozen=True)
class Aggregate:
    """One base aggregate of a measure: the name of its column in the cells, what it measures, and a quantile's
    fraction.

    `partial` says that the aggregate looks at some of the cell's rows only (FILTER, or an indicator), so that what is
    left of the cell is disclosed too and must be as safe as the part. `same_as` names the amount whose square a
    moment is the sum of, over the same rows; for a sum of products it names the first factor's amount and `times` the
    second's.
    """

    name: str
    measured: Measured
    partial: bool = False
    fraction: float | None = None
    same_as: str = ""
    times: str = ""


@dataclass(frozen=True)
class Difference:
    """Names of aggregates: `shown` less `other` is `by`, which is measured to be judged and is never shown."""

    shown: str
    other: str
    by: str


@dataclass(frozen=True)
class Partition:
    """Names of aggregates: a `whole`, `parts` of it (those under one condition together), and the count of the `rest`.

    `complete`: it is known beforehand that there is no rest.
    """

    whole: str
    rest: str
    parts: tuple[tuple[str, ...], ...]
    complete: bool = False


@dataclass(frozen=True)
class Cells:
    """Cells as measured, with the evidence that the rules judge; never shown to anyone. See the module's text.

    `sensitive`: the keys (by position) whose values are what must not be learnt of anybody.
    `differences` and `partitions` say which aggregates of a cell could be subtracted from each other.
    """

    table: pa.Table
    keys: tuple[str, ...]
    kinds: tuple[str, ...]
    aggregates: tuple[Aggregate, ...]
    grouping_sets: tuple[tuple[int, ...], ...] = ((),)  # indexes into `keys`
    known: tuple[tuple[object, ...] | None, ...] = ()  # for each key, values that may be named without telling anything
    differences: tuple[Difference, ...] = ()
    partitions: tuple[Partition, ...] = ()
    sensitive: tuple[int, ...] = ()


@dataclass(frozen=True)
class Withheld:
    """A cell, or one aggregate of it, that is not shown, and why (the rule's public reason, never a number from the
    data).
    """

    row: int
    column: str
    reason: str


@dataclass(frozen=True)
class ProtectedCells:
    """Cells that may be shown.

    `table` has the group keys, ``set``, every aggregate under its own name (null where withheld) and, beside each,
    ``<name>__why`` (string, null where shown). Rows are sorted by set and keys, so order tells nothing.
    `notes` are sentences for the reader: what was rounded, what is left out as a matter of rule.
    """

    table: pa.Table
    keys: tuple[str, ...]
    aggregates: tuple[Aggregate, ...]
    withheld: tuple[Withheld, ...]
    notes: tuple[str, ...] = ()
