"""Worlds that are alike to the last draw of noise, so that what differs between them is what one person changes.

Noise that is drawn from a key is drawn from one key, for a snapshot of one name. The noise of ``formal`` has no key; it does
not depend on the counts that it is added to, so the sampler is asked for the noise of each table once, of counts of nought,
and every world adds that to its own counts: each world by itself answers just as it would.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np

if TYPE_CHECKING:
    from commonweal.catalogue.dataset import Dataset
    from commonweal.disclosure.metered.discrete import FormalTable
    from commonweal.gateway.metered.opening import Table
    from commonweal.installation import Installation
    from commonweal.installation.keys import Keys

Array = np.ndarray[Any, np.dtype[Any]]
Read = dict["Table", Array]
"""The noisy tables that a question read, as they were released."""


@contextmanager
def alike() -> Iterator[None]:
    """Have all installations made and asked within draw the same noise for the same table."""
    from commonweal.gateway.metered import tables
    from commonweal.installation import acts
    from commonweal.installation.keys import Keys

    original, adding, releasing = Keys.secret, acts.add_dataset, tables.released
    noise = _NoiseOfFormal(tables.formal_table)

    def secret(self: Keys, purpose: str) -> bytes:
        return b"n" * 32 if purpose == "noise" else original(self, purpose)

    def add(installation: Installation, dataset: Dataset) -> object:
        name = hashlib.sha256(dataset.reference.encode()).hexdigest()
        return adding(installation, replace(dataset, snapshot=replace(dataset.snapshot, id=name)))

    def released(around: Any, table: Table, draw: Callable[[], Array]) -> Array:
        return releasing(around, table, lambda: noise.of(table, draw))

    with (
        patch.object(Keys, "secret", secret),
        patch.object(acts, "add_dataset", add),
        patch.object(tables, "released", released),
        patch.object(tables, "formal_table", noise.added),
    ):
        yield


class _NoiseOfFormal:
    """Noise of the very sampler of ``formal``, one draw for each call that is made for a table."""

    def __init__(self, sampler: Callable[..., FormalTable]) -> None:
        self._sampler = sampler
        self._known: dict[object, FormalTable] = {}
        self._table: Table | None = None
        self._calls = 0

    def of(self, table: Table, draw: Callable[[], Array]) -> Array:
        """Draw a table."""
        self._table, self._calls = table, 0
        return draw()

    def added(self, counts: Array, sensitivity: float, sd: float) -> FormalTable:
        """Return counts with the noise that this call for this table has in every world."""
        self._calls += 1
        known = (self._table, self._calls, counts.shape, sd)
        if known not in self._known:
            self._known[known] = self._sampler(np.zeros_like(counts), sensitivity, sd)
        found = self._known[known]
        return replace(found, counts=found.counts + counts)


@contextmanager
def watched() -> Iterator[dict[int, Read]]:
    """Yield what is read of noisy tables, by the `id` of the installation's tables; the caller clears it.

    Sums in bands are in units of what one person can add. Nothing that was worked out of tables is remembered meanwhile, so
    that every question reads all of its own.
    """
    from commonweal.gateway.metered.tables import Tables, upper_edges
    from commonweal.gateway.remembered import Remembered

    seen: dict[int, Read] = {}

    def watching(original: Callable[..., Array], *, sums: bool = False) -> Callable[..., Array]:
        def reading(self: Tables, table: Table, place: Any, *rest: Any) -> Array:
            found = original(self, table, place, *rest)
            if sums:
                edges = np.maximum(upper_edges(place.secrets[0]), 1.0)
                seen.setdefault(id(self), {})[table] = found / np.stack([edges, edges**2], axis=1)
            else:
                seen.setdefault(id(self), {})[table] = found
            return found

        return reading

    with (
        patch.object(Remembered, "get", lambda _self, _key, make: make()),
        patch.object(Tables, "noisy", watching(Tables.noisy)),
        patch.object(Tables, "exact_sizes", watching(Tables.exact_sizes)),
        patch.object(Tables, "noisy_bands", watching(Tables.noisy_bands, sums=True)),
    ):
        yield seen


def too_far(first: Read, other: Read) -> list[str]:
    """Return the tables by which two worlds that differ in one person differ more than they are charged for.

    How far one person moves a table is what its charge is made of: the squared length of the change, at most the
    sensitivity. What is not charged must not move, and both worlds read the same tables.
    """
    found = [f"{table.label} is read in one world alone" for table in set(first) ^ set(other)]
    for table in set(first) & set(other):
        most = max((charge.sensitivity for charge in table.charges), default=0.0)
        far = float(((first[table] - other[table]) ** 2).sum())
        if far > most + 1e-3:
            found.append(f"{table.label} {table.columns} moves by {far:g}, charged for {most:g}")
    return found


def same(first: Read, other: Read) -> bool:
    """Return whether two worlds read the very same tables."""
    return set(first) == set(other) and all(np.array_equal(first[table], other[table]) for table in first)
