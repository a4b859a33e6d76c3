"""Group keys as whole numbers, in their order: sorting, completing and matching cells is then plain arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from commonweal.disclosure.cells import Cells
from commonweal.disclosure.evidence import Counts

OUTSIDE = -1
"""The code of a key that does not belong to the row's grouping set."""


@dataclass(frozen=True)
class KeyCodes:
    """The cells' keys: `values[i]` in order with null last; `codes[row, i]` an index into it; `known[i]` codes that
    may be named.
    """

    values: tuple[pa.Array, ...]
    codes: NDArray[np.int64]
    known: tuple[Counts, ...]

    def decoded(self, codes: NDArray[np.int64]) -> list[pa.Array]:
        """Return the key columns for rows of codes, null where a key is outside the set."""
        columns = []
        for position, values in enumerate(self.values):
            column = codes[:, position]
            columns.append(values.take(pa.array(np.where(column == OUTSIDE, len(values) - 1, column))))
        return columns


def encode_keys(cells: Cells, sets: Counts) -> KeyCodes:
    """Return the codes of the cells' keys; `sets` is the grouping set of each row."""
    inside = np.zeros((len(cells.grouping_sets), len(cells.keys)), dtype=np.bool_)
    for number, positions in enumerate(cells.grouping_sets):
        inside[number, list(positions)] = True
    values, columns, known = [], [], []
    for position, name in enumerate(cells.keys):
        column = _plain(cells.table.column(name).combine_chunks())
        named = _known_values(cells.known[position] if position < len(cells.known) else None, column.type)
        ordered, codes = _in_order(pa.concat_arrays([column, named]))
        values.append(ordered)
        columns.append(np.where(inside[sets, position], codes[: len(column)], OUTSIDE))
        known.append(np.unique(codes[len(column) :]))
    codes = np.stack(columns, axis=1) if columns else np.zeros((len(sets), 0), dtype=np.int64)
    return KeyCodes(tuple(values), codes, tuple(known))


def packed(codes: NDArray[np.int64]) -> Counts:
    """Return one whole number for each row of codes (at least `OUTSIDE`), equal for equal rows and ordered as they
    are.
    """
    number = np.zeros(len(codes), dtype=np.int64)
    largest = 1
    for column in codes.T:
        size = int(column.max(initial=OUTSIDE)) - OUTSIDE + 1
        if largest * size >= 2**62:
            number = np.unique(number, return_inverse=True)[1].astype(np.int64)
            largest = int(number.max(initial=0)) + 1
        number = number * size + (column - OUTSIDE)
        largest *= size
    return number


def _plain(column: pa.Array) -> pa.Array:
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _in_order(column: pa.Array) -> tuple[pa.Array, Counts]:
    """Return the distinct values in order with a null at the end, and each entry's place among them."""
    encoded = pc.dictionary_encode(column)
    order = pc.array_sort_indices(encoded.dictionary)
    place = np.empty(len(order) + 1, dtype=np.int64)
    place[order.to_numpy(zero_copy_only=False)] = np.arange(len(order))
    place[-1] = len(order)
    index = pc.fill_null(encoded.indices, len(order)).to_numpy(zero_copy_only=False)
    return pa.concat_arrays([encoded.dictionary.take(order), pa.nulls(1, column.type)]), place[index]


def _known_values(known: Sequence[object] | None, kind: pa.DataType) -> pa.Array:
    """Return the values that may be named, in the key's own type; those that do not fit it are left out, as no cell
    can have them.
    """
    fitting = [_one(value, kind) for value in known or ()]
    return pa.concat_arrays([pa.array([], type=kind), *(value for value in fitting if value is not None)])


def _one(value: object, kind: pa.DataType) -> pa.Array | None:
    try:
        return pa.array([value], type=kind)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, TypeError, ValueError):
        pass
    try:  # code lists are written as text whatever the column's type
        return pc.cast(pa.array([str(value)]), kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
