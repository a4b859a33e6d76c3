"""Whether 03/04/2026 is in April or in March: proved by the file or stated in the contract, never guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.catalogue.contract import Column
from commonweal.catalogue.reading.conversions import PARTED
from commonweal.catalogue.reading.table import StagedTable
from commonweal.errors import BadInput, Place

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

DAY_FIRST, MONTH_FIRST = "dd/MM/yyyy", "MM/dd/yyyy"


@dataclass(frozen=True)
class DateOrder:
    """How many of a column's dates are written in parts, and how many of them can only be day-first or month-first."""

    written: int
    day_first: int
    month_first: int

    @property
    def proved(self) -> str:
        """Return "day" or "month" if the values prove one order and none contradicts it, else ''."""
        if self.day_first and not self.month_first:
            return "day"
        if self.month_first and not self.day_first:
            return "month"
        return ""


def stated_order(column: Column) -> str:
    """Return the order that the contract's `format` states: "day", "month" or ''."""
    day, month = column.format.find("d"), column.format.find("M")
    if day < 0 or month < 0 or column.format.startswith("y"):
        return ""
    return "day" if day < month else "month"


def date_orders(connection: DuckDBPyConnection, table: StagedTable, indexes: Sequence[int]) -> dict[int, DateOrder]:
    """Return for each column how its dates are written, over all rows."""
    if not indexes:
        return {}
    parts = []
    for index in indexes:
        text = table.text(index)
        one, two = (f"try_cast(regexp_extract({text}, '^{PARTED}', {group}) AS INTEGER)" for group in (1, 2))
        parts += [
            f"count_if(regexp_matches({text}, '^{PARTED}([ T]|$)'))",
            f"count_if({one} BETWEEN 13 AND 31 AND {two} BETWEEN 1 AND 12)",
            f"count_if({two} BETWEEN 13 AND 31 AND {one} BETWEEN 1 AND 12)",
        ]
    row = connection.execute(f"SELECT {', '.join(parts)} FROM {table.relation}").fetchone() or ()
    return {index: DateOrder(*row[3 * i : 3 * i + 3]) for i, index in enumerate(indexes)}


def settled_order(column: Column, order: DateOrder, label: str) -> str:
    """Return the order to read a declared date column in; BadInput if the contract states none and the file proves none."""
    stated = stated_order(column)
    if stated or not order.written:
        return stated
    if order.proved:
        return order.proved
    both = order.day_first and order.month_first
    raise BadInput(
        "The dates of a column contradict each other."
        if both
        else "The dates of a column could be day-first or month-first.",
        why=f"{order.day_first:,} of its values can only be day-first and {order.month_first:,} only month-first."
        if both
        else f"None of its {order.written:,} values written in parts proves the order.",
        remedy=f"State it in the contract, logicalTypeOptions: {{format: {DAY_FIRST}}}, or write the dates as 2026-01-31.",
        place=Place(label, column=column.name),
    )
