"""Readings: a measure as what is read of shared tables; frozen, and decided before anything is counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from commonweal.gateway.metered.feature import Feature
from commonweal.gateway.metered.frames import Frame
from commonweal.gateway.metered.points import Part
from commonweal.query.measure import BaseAggregate

if TYPE_CHECKING:
    import numpy as np


class Statistic(StrEnum):
    """What is read of the people in a group."""

    COUNT = "count"
    SUM = "sum"
    SQUARES = "sum of squares"
    PRODUCT = "sum of products"
    QUANTILE = "quantile"


@dataclass(frozen=True)
class Condition:
    """Where a condition holds, on every combination of the parts of its features."""

    features: tuple[Feature, ...]
    holds: np.ndarray


@dataclass(frozen=True)
class KeyReading:
    """A group key's value on every combination of the parts of its features."""

    name: str
    features: tuple[Feature, ...]
    values: np.ndarray


@dataclass(frozen=True)
class Target:
    """One base aggregate as a reading: `conditions` of its own, and `of`, the features whose amounts are read.

    `values` (SUM of something else than one amount) is the summed value on every combination of parts of `of`.
    """

    aggregate: BaseAggregate
    statistic: Statistic
    conditions: tuple[Condition, ...] = ()
    of: tuple[Feature, ...] = ()
    values: np.ndarray | None = None
    fraction: float | None = None
    distinct: bool = False


@dataclass(frozen=True)
class Reading:
    """A measure as a reading: whom it counts, its keys, the conditions of WHERE, and its targets.

    `parts` are the parts of every feature; `notes` sentences for the reader about what was read in another way than
    written.
    """

    frame: Frame
    keys: tuple[KeyReading, ...]
    where: tuple[Condition, ...]
    targets: tuple[Target, ...]
    parts: Mapping[Feature, tuple[Part, ...]]
    grouping_sets: tuple[tuple[int, ...], ...] = ((),)
    notes: tuple[str, ...] = ()


def features_of(reading: Reading, target: Target | None) -> tuple[tuple[Feature, ...], tuple[Feature, ...]]:
    """Return the lattice columns and the secrets that a target (or the groups alone, for None) reads, by name."""
    parts: list[KeyReading | Condition] = [*reading.keys, *reading.where]
    used = [f for part in parts for f in part.features]
    if target is not None:
        used += [f for condition in target.conditions for f in condition.features] + list(target.of)
    else:
        used = [f for f in used if not f.secret]
    ordered = sorted(dict.fromkeys(used), key=lambda feature: feature.name)
    return tuple(f for f in ordered if not f.secret), tuple(f for f in ordered if f.secret)
