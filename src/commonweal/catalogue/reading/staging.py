"""Staged files: every source, whatever its form, as a relation of numbered rows that the next steps read alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from commonweal.errors import BadInput, Place


@dataclass(frozen=True)
class SourceColumn:
    """One column of a file: its header, and its DuckDB type if the file is typed ('' for text)."""

    header: str
    typed: str = ""


@dataclass(frozen=True)
class RowFault:
    """A row that could not even be divided into its columns: its number as a spreadsheet shows it, and why."""

    row: int
    reason: str


@dataclass(frozen=True)
class Staged:
    """One file, staged.

    `relation` is SQL to read from: `source_row` (1, 2, 3 ... over the rows that were read) and `c0`, `c1` ... for the
    chosen columns, numbered by their place in `columns` (all columns of the file);
    text is trimmed, NULL if empty. `before` is the number of lines
    above the first row; `faults` are the rows left out, in order.
    """

    label: str
    relation: str
    columns: tuple[SourceColumn, ...]
    before: int = 0
    faults: tuple[RowFault, ...] = ()
    notes: tuple[str, ...] = ()

    def row_number(self, ordinal: int) -> int:
        """Return the number that a spreadsheet shows for the `ordinal`-th row that was read."""
        number = ordinal + self.before
        for fault in self.faults:
            if fault.row > number:
                break
            number += 1
        return number


Choose = Callable[[Sequence[SourceColumn], str], Sequence[int]]
"""Which columns of a file to read, by their place: takes the file's columns and its label; BadInput if some are missing."""


def check_headers(headers: Sequence[str], label: str, most: int) -> None:
    """Raise BadInput with the column for too many columns or two headers that differ in nothing but capitals."""
    if len(headers) > most:
        raise BadInput(
            f"The file has {len(headers):,} columns.", why=f"The limit is {most:,}.", remedy="Leave out what is not needed.",
            place=Place(label),
        )  # fmt: skip
    seen: dict[str, int] = {}
    for number, header in enumerate(headers, 1):
        small = header.strip().casefold()
        if small and small in seen:
            raise BadInput(
                "Two columns have the same header.",
                why=f"Columns {seen[small]} and {number} differ in capitals at most.",
                remedy="Give each column its own name.",
                place=Place(label, row=1, column=str(number)),
            )
        seen[small] = number


def text_literal(value: str) -> str:
    """Return `value` as a SQL string."""
    return "'" + value.replace("'", "''") + "'"
