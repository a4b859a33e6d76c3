"""Levels: the closed list of what may be asked about a column, fixed by the contract and never by the data.

A *leaf* is the finest level; *rungs* are coarser partitions of the leaves, each a coarsening of the one before, so that
leaf and rungs are a ladder. Source: docs/reference/contract.md, "Levels".
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property

from commonweal.catalogue import level_bounds as bounds

MOST_LEAVES = 250
"""Most leaves of a column, the missing one included: each is counted, with noise, in every table of the column."""
OLDEST_EDGE = 130
MISSING = "missing or other"
"""The title of the last leaf: null, or something that is in none of the others."""


class Scale(StrEnum):
    """How a column's values fall into levels."""

    VALUES = "values"  # a closed list
    AGES = "ages"  # completed years on the snapshot's day, of a date of birth or a whole number
    MONTHS = "months"  # dates by month, quarter or year
    AMOUNTS = "amounts"  # nothing or less, then bands of an amount
    COUNTS = "counts"  # whole numbers, the last meaning "or more"


@dataclass(frozen=True)
class Levels:
    """The levels of one column.

    `values` (VALUES): the closed list as text. `edges`: AGES and COUNTS, the lowest value of each leaf; AMOUNTS
    ``(0, 100, 200)``: leaf 0 is "0 or less", leaf j is above edge j-1 up to and with edge j, the last is above all.
    `months` (MONTHS): first day of the first and of the last month, cut into leaves of `step` (month, quarter, year).
    `top` (AMOUNTS, COUNTS): nobody counts for more in a sum. `rungs`: for each coarser partition, the finest first, the
    index of every leaf's group; `names` the names of those groups where the scale does not name them (VALUES).
    `missing`: there is a last leaf for null and for what is in no other; it is a group of its own in every rung. Without
    it such rows have no level and are counted nowhere. `most`: in how many leaves one entity of repeated rows counts.
    `of`: VALUES are compared with the postcode's ``district`` or ``sector``.

    ValueError, with one clause for the steward, if it does not hang together.
    """

    scale: Scale
    values: tuple[str, ...] = ()
    edges: tuple[float, ...] = ()
    months: tuple[date, date] | None = None
    step: str = "month"
    top: float | None = None
    rungs: tuple[tuple[int, ...], ...] = ()
    names: tuple[tuple[str, ...], ...] = ()
    missing: bool = True
    most: int = 1
    of: str = ""

    def __post_init__(self) -> None:
        """Check everything."""
        self._check_fields()
        if self.scale is Scale.VALUES:
            self._check_values()
        elif self.scale is Scale.MONTHS:
            self._check_months()
        else:
            self._check_edges()
        if not 2 <= self.size <= MOST_LEAVES:
            raise ValueError(f"a column has 2 to {MOST_LEAVES} levels, the missing one included; these are {self.size}")
        if not isinstance(self.most, int) or isinstance(self.most, bool) or not 1 <= self.most <= self.size:
            raise ValueError("most is a whole number from 1 to the number of levels")
        self._check_rungs()

    @cached_property
    def known(self) -> int:
        """Return the number of leaves without the missing one."""
        if self.scale is Scale.VALUES:
            return len(self.values)
        if self.scale is Scale.AMOUNTS:
            return len(self.edges) + 1
        if self.months is not None:
            return bounds.place(self.months[1], self.step) - bounds.place(self.months[0], self.step) + 1
        return len(self.edges)

    @property
    def size(self) -> int:
        """Return the number of leaves, with the missing one."""
        return self.known + self.missing

    @property
    def depth(self) -> int:
        """Return how deep the ladder is: 1 without rungs; depth 1 is the coarsest rung, the deepest are the leaves."""
        return len(self.rungs) + 1

    @property
    def titles(self) -> tuple[str, ...]:
        """Return what each leaf is called: an age by its lowest year, a month as 2023-01, a band by its edges."""
        return self.titles_at(self.depth)

    @property
    def lows(self) -> tuple[object, ...]:
        """Return the smallest value in each leaf, None where open or missing.

        Ages and counts int, months the first day as date, values text (`level_codes.leaf_values` types them); amounts
        float, and the leaf begins above it: see `exclusive_lows`.
        """
        return bounds.lows(self) + (None,) * self.missing

    @property
    def highs(self) -> tuple[object, ...]:
        """Return the largest value in each leaf (months: the last day), None where open or missing."""
        return bounds.highs(self) + (None,) * self.missing

    @property
    def exclusive_lows(self) -> bool:
        """Tell whether the low of a leaf is itself in the leaf below: so it is with amounts."""
        return self.scale is Scale.AMOUNTS

    def groups_at(self, depth: int) -> tuple[int, ...]:
        """Return for every leaf its place at `depth`: at the deepest its own; IndexError for a depth that is not there."""
        if not 1 <= depth <= self.depth:
            raise IndexError("no such depth")
        return tuple(range(self.size)) if depth == self.depth else self.rungs[self.depth - 1 - depth]

    def titles_at(self, depth: int) -> tuple[str, ...]:
        """Return what the places at `depth` are called."""
        groups = self.groups_at(depth)[: self.known]
        if self.scale is Scale.VALUES:
            titles = self.values if depth == self.depth else self.names[self.depth - 1 - depth]
        else:
            lows, highs = bounds.merged(bounds.lows(self), bounds.highs(self), groups)
            titles = bounds.titles(self, lows, highs, self.step_at(depth))
        return titles + (MISSING,) * self.missing

    def lows_at(self, depth: int) -> tuple[object, ...]:
        """Return the smallest value in each place at `depth`, as `lows`; None for a group of listed values."""
        return self._bounds_at(depth)[0]

    def highs_at(self, depth: int) -> tuple[object, ...]:
        """Return the largest value in each place at `depth`, as `highs`; None for a group of listed values."""
        return self._bounds_at(depth)[1]

    def step_at(self, depth: int) -> str:
        """Return the unit of the dates at `depth` (month, quarter, year); of other scales an empty string."""
        if self.months is None:
            return ""
        groups = self.groups_at(depth)[: self.known]
        steps = bounds.STEPS[bounds.STEPS.index(self.step) :]
        return next(step for step in steps if groups == bounds.month_groups(self.months, self.step, step))

    @cached_property
    def parents(self) -> tuple[tuple[int, ...], ...]:
        """Return the ladder from the top: `parents[d][v]` is the place at depth d of place v at depth d + 1; depth 0 is all."""
        above: tuple[int, ...] = (0,) * self.size
        found = []
        for depth in range(1, self.depth + 1):
            here = self.groups_at(depth)
            found.append(tuple(above[here.index(place)] for place in range(max(here) + 1)))
            above = here
        return tuple(found)

    def _bounds_at(self, depth: int) -> tuple[tuple[object, ...], tuple[object, ...]]:
        groups = self.groups_at(depth)[: self.known]
        end: tuple[object, ...] = (None,) * self.missing
        if self.scale is Scale.VALUES and depth < self.depth:
            unknown: tuple[object, ...] = (None,) * len(self.names[self.depth - 1 - depth])
            return unknown + end, unknown + end
        lows, highs = bounds.merged(bounds.lows(self), bounds.highs(self), groups)
        return lows + end, highs + end

    def _check_fields(self) -> None:
        """Check that nothing is said that its scale has no use for."""
        wanted = {
            Scale.VALUES: {"values", "names", "of"},
            Scale.MONTHS: {"months", "step"},
            Scale.AGES: {"edges"},
            Scale.AMOUNTS: {"edges", "top"},
            Scale.COUNTS: {"edges", "top"},
        }[self.scale]
        said = {
            "values": bool(self.values),
            "names": bool(self.names),
            "of": bool(self.of),
            "months": self.months is not None,
            "step": self.step != "month",
            "edges": bool(self.edges),
            "top": self.top is not None,
        }
        for name, is_said in said.items():
            if is_said and name not in wanted:
                raise ValueError(f"levels by {self.scale.value} have no {name}")

    def _check_values(self) -> None:
        if not self.values or not all(isinstance(value, str) and value for value in self.values):
            raise ValueError("values is a list of at least one value, none of them empty")
        if len(set(self.values)) < len(self.values):
            raise ValueError("a value is listed twice")
        if MISSING in self.values:
            raise ValueError(f"'{MISSING}' is what the last level is called; it cannot be a value")
        if self.of not in ("", "district", "sector"):
            raise ValueError("of is district or sector, of a postcode")

    def _check_months(self) -> None:
        if self.months is None:
            raise ValueError("months need a first and a last month")
        first, last = self.months
        if self.step not in bounds.STEPS:
            raise ValueError("the step of months is month, quarter or year")
        if type(first) is not date or type(last) is not date or first.day != 1 or last.day != 1:
            raise ValueError("months are given by their first day")
        if first > last:
            raise ValueError("the first month is after the last")

    def _check_edges(self) -> None:
        edges = self.edges
        if not edges or not all(math.isfinite(edge) and abs(edge) <= bounds.LARGEST for edge in edges):
            raise ValueError("edges are finite numbers, at least one")
        if any(low >= high for low, high in itertools.pairwise(edges)):
            raise ValueError("edges must ascend")
        if self.scale is not Scale.AMOUNTS and any(edge < 0 or edge != int(edge) for edge in edges):
            raise ValueError(f"the edges of {self.scale.value} are whole numbers from 0")
        if self.scale is Scale.AGES and edges[-1] > OLDEST_EDGE:
            raise ValueError(f"ages end at {OLDEST_EDGE}")
        if self.top is not None and not (math.isfinite(self.top) and edges[-1] < self.top <= bounds.LARGEST):
            raise ValueError("the top is a number above the last edge")

    def _check_rungs(self) -> None:
        if self.scale is Scale.VALUES and len(self.names) != len(self.rungs):
            raise ValueError("every coarser level of values needs names for its groups")
        finer = tuple(range(self.size))
        for number, rung in enumerate(self.rungs):
            count = max(rung, default=0) + 1
            if len(rung) != self.size or set(rung) != set(range(count)):
                raise ValueError("a coarser level puts every level into one of its groups, numbered from 0")
            if not 2 <= count < max(finer) + 1:
                raise ValueError("each coarser level has fewer groups than the one before, and two at least")
            if len(set(zip(finer, rung, strict=True))) != max(finer) + 1:
                raise ValueError("each coarser level must be made of whole groups of the one before")
            if self.missing and (rung[-1] != count - 1 or rung.count(count - 1) != 1):
                raise ValueError("the missing level is the last group, of its own, at every depth")
            self._check_groups(number, rung[: self.known])
            finer = rung

    def _check_groups(self, number: int, groups: tuple[int, ...]) -> None:
        """Check that the groups of one rung can be named."""
        if self.scale is Scale.VALUES:
            names = self.names[number]
            if len(names) != max(groups) + 1 or not all(names) or len(set(names)) < len(names) or MISSING in names:
                raise ValueError("every group of values has a name of its own")
        elif groups != tuple(sorted(groups)):
            raise ValueError("groups of ordered levels are made of neighbours")
        elif self.months is not None and groups not in [
            bounds.month_groups(self.months, self.step, step) for step in bounds.STEPS
        ]:
            raise ValueError("coarser levels of months are quarters and years")
