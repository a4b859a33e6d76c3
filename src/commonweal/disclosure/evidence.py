"""Evidence: the numbers that rules judge, read from the cells as numpy arrays, one entry a row of the layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

if TYPE_CHECKING:
    from commonweal.disclosure.cells import Aggregate

Counts = NDArray[np.int64]
Amounts = NDArray[np.float64]
Flags = NDArray[np.bool_]

BITS_OF_A_SUM = 36


@dataclass(frozen=True)
class Evidence:
    """The measured columns, laid out anew: entry i is the measured row ``source[i]``, or nothing at all where that is
    -1.

    A column that is missing raises ValueError with its name: a rule without its evidence may not pass.
    """

    table: pa.Table
    kinds: tuple[str, ...]
    source: Counts

    def counts(self, name: str) -> Counts:
        """Return a column of counts; nothing counts as 0."""
        column = pc.fill_null(pc.cast(self._column(name), pa.int64(), safe=False), 0)
        return self._laid(column.to_numpy(zero_copy_only=False))

    def amounts(self, name: str) -> Amounts:
        """Return a column of numbers, `snapped`; nothing counts as 0, and what is not finite stays so."""
        return snapped(self.as_added(name))

    def as_added(self, name: str) -> Amounts:
        """Return the same to the last digit, for differences of large numbers; what is made of it must be snapped."""
        column = self._column(name)
        if not pa.types.is_float64(column.type):
            column = pc.cast(column, pa.float64(), safe=False)
        return self._laid(pc.fill_null(column, 0.0).to_numpy(zero_copy_only=False))

    def entities(self) -> list[Counts]:
        """Return the distinct entities in each cell, an array for each kind."""
        return [self.counts(f"n_{kind}") for kind in self.kinds]

    def contributing(self, aggregate: Aggregate) -> list[Counts]:
        """Return the distinct entities that contribute to the aggregate, an array for each kind."""
        return [self.counts(f"{aggregate.name}__n_{kind}") for kind in self.kinds]

    def has(self, name: str) -> bool:
        """Return whether that column was measured."""
        return name in self.table.column_names

    def _column(self, name: str) -> pa.Array:
        if name not in self.table.column_names:
            raise ValueError(f"the evidence column {name} was not measured")
        return self.table.column(name).combine_chunks()

    def _laid(self, measured: NDArray[np.generic]) -> NDArray:  # type: ignore[type-arg]  # the caller knows the type
        if len(measured) == 0:
            return np.zeros(len(self.source), dtype=measured.dtype)
        laid = measured[self.source]
        laid[self.source < 0] = 0
        return laid


def snapped(numbers: Amounts) -> Amounts:
    """Return the numbers to `BITS_OF_A_SUM` significant bits, about ten and a half decimal figures.

    Threads add in no fixed order, so the last digits of a sum of fractions tell how the rows lie (Mironov 2012). A sum
    that lies on the edge between two shown numbers, or two decisions, would fall to either side; snapped, it is the same
    number every time.
    """
    mantissa, exponent = np.frexp(numbers)
    return np.asarray(np.ldexp(np.rint(mantissa * 2.0**BITS_OF_A_SUM), exponent - BITS_OF_A_SUM), dtype=np.float64)


def as_measured(table: pa.Table, kinds: tuple[str, ...]) -> Evidence:
    """Return the evidence in the order in which it was measured."""
    return Evidence(table, kinds, np.arange(table.num_rows, dtype=np.int64))
