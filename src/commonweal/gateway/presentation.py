"""Present: what the analyst wrote above the measures, run over protected cells in a private DuckDB that holds nothing else."""

from __future__ import annotations

import threading
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from commonweal.disclosure.cells import ProtectedCells, Withheld
from commonweal.errors import EngineFailed
from commonweal.gateway.plain_presentation import columns_in_order
from commonweal.gateway.watch import WATCH
from commonweal.query.dialect import sql

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

WHY = "__why"
ROW = "__row"
"""The column of cells that numbers their rows; where there is one, it is said which row each row shown is."""
MOST_SECONDS = 20.0
MOST_ROWS = 1_000_000
MOST_BYTES = 2**29
MADE_FROM_WITHHELD = "made from cells that are withheld"


@dataclass(frozen=True)
class Shown:
    """An answer's table and what is withheld in it; of a measure shown row for row, also which row of its cells each is."""

    table: pa.Table
    withheld: tuple[Withheld, ...]
    rows: tuple[int, ...] = ()


class Presenter:
    """Holds the private DuckDB; one question at a time."""

    def __init__(self) -> None:
        """Prepare; the database is opened at the first question."""
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._lock = threading.Lock()

    def present(self, presentation: exp.Query, titles: Sequence[str], protected: Mapping[str, ProtectedCells]) -> Shown:
        """Return the answer's table, its columns in the question's order, and which of its cells are withheld and why.

        `protected` maps each measure's name to its cells. Rows come in the order asked for; ties, and answers without an
        order, are sorted by their columns from left to right.

        Raises:
            EngineFailed: when the presentation cannot be computed.
        """
        plain = _plainly(presentation, titles, protected)
        if plain is not None:
            return plain
        tree = in_fixed_order(presentation.copy())
        reasons = _with_reasons(tree, protected)
        numbered = _with_rows(tree, protected)
        with self._lock:
            connection = self._open()
            for name, cells in protected.items():
                connection.register(name, cells.table)
            try:
                table = _computed(connection, sql(tree, spent=True))
            except Exception:
                self.close()  # whatever it was in the middle of; the next question opens another
                raise EngineFailed(
                    "The answer could not be put together.",
                    why="an expression above the aggregates does not fit the kinds of its values, or makes too much of them.",
                    remedy="Check the types in the SELECT list, HAVING and ORDER BY, and joins of results.",
                ) from None
            for name in protected:
                connection.unregister(name)
        rows = tuple(table.column(table.num_columns - 1).to_pylist()) if numbered else ()
        return Shown(_named(table, titles), _withheld(table, titles, reasons, protected), rows)

    def computed(self, tree: exp.Expr, tables: Mapping[str, pa.Table]) -> pa.Table:
        """Return what a SELECT over `tables` computes, a tree that is not used again; EngineFailed when it cannot."""
        with self._lock:
            connection = self._open()
            for name, table in tables.items():
                connection.register(name, table)
            try:
                return _computed(connection, sql(tree, spent=True))
            except Exception:
                self.close()
                raise EngineFailed("The answer could not be put together.") from None
            finally:
                if self._connection is not None:
                    for name in tables:
                        connection.unregister(name)

    def close(self) -> None:
        """Close the private database."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            import duckdb

            self._connection = duckdb.connect(
                ":memory:", config={"threads": 1, "enable_external_access": False, "memory_limit": "1GB"}
            )
            self._connection.execute("SET python_enable_replacements = false")
            self._connection.execute("SET lock_configuration = true")
        return self._connection


def _plainly(presentation: exp.Query, titles: Sequence[str], protected: Mapping[str, ProtectedCells]) -> Shown | None:
    """Return what a presentation shows that is columns of one measure in some order, without the database; else None."""
    import pyarrow as pa

    name = one_measure(presentation, protected)
    found = columns_in_order(presentation, name, protected[name].table) if name else None
    if found is None:
        return None
    columns, cells = found
    positions = [n for n, column in enumerate(columns) if column + WHY in cells.column_names]
    rows = tuple(cells.column(ROW).to_pylist()) if ROW in cells.column_names else ()
    wanted = [*columns, *(columns[n] + WHY for n in positions)]
    table = pa.table([cells.column(column) for column in wanted], [str(n) for n in range(len(wanted))])
    return Shown(_named(table, titles), _withheld(table, titles, positions, protected), rows)


def _computed(connection: duckdb.DuckDBPyConnection, text: str) -> pa.Table:
    """Return what a presentation computes, within bounds: results joined with themselves grow without end."""
    import pyarrow as pa

    with WATCH.over(MOST_SECONDS, connection.interrupt):
        reader = connection.sql(text).to_arrow_reader()
        batches, rows, size = [], 0, 0
        for batch in reader:
            batches.append(batch)
            rows, size = rows + batch.num_rows, size + batch.nbytes
            if rows > MOST_ROWS or size > MOST_BYTES:
                raise OverflowError
        return pa.Table.from_batches(batches, reader.schema)


def in_fixed_order(tree: exp.Query) -> exp.Query:
    """Order the result, and whatever a LIMIT cuts, by all columns where the question leaves the order open."""
    for node in tree.find_all(exp.Select, exp.Union):
        if node is tree or node.args.get("limit") or node.args.get("offset"):
            order = node.args.get("order")
            ordered = list(order.expressions) if order else []
            count = len(node.selects)
            ordered += [exp.Ordered(this=exp.Literal.number(n), nulls_first=False) for n in range(1, count + 1)]
            node.set("order", exp.Order(expressions=ordered))
    return tree


def _with_reasons(tree: exp.Expr, protected: Mapping[str, ProtectedCells]) -> list[int]:
    """Add to a SELECT over one measure, for each output, the reason of the first withheld aggregate in it.

    Returns the positions of the outputs that have one; none for questions of another form, whose nulls are explained by
    what they are made from.
    """
    name = one_measure(tree, protected)
    if not name or not isinstance(tree, exp.Select):
        return []
    positions = []
    for position, projection in enumerate(list(tree.expressions)):
        columns = dict.fromkeys(
            c.name for c in projection.find_all(exp.Column) if c.name + WHY in protected[name].table.column_names
        )
        if columns:
            reasons = [exp.column(column + WHY, table=name) for column in columns]
            first = exp.Coalesce(this=reasons[0], expressions=reasons[1:])
            tree.append("expressions", exp.alias_(first, f"{WHY}_{position}"))
            positions.append(position)
    return positions


def _with_rows(tree: exp.Expr, protected: Mapping[str, ProtectedCells]) -> bool:
    """Add to a SELECT over one measure whose rows are numbered their numbers, as the last output; tell whether it did."""
    name = one_measure(tree, protected)
    if not name or ROW not in protected[name].table.column_names:
        return False
    tree.append("expressions", exp.column(ROW, table=name))
    return True


def one_measure(tree: exp.Expr, names: Container[str]) -> str:
    """Return the measure whose cells a presentation shows, a row for a row; empty when it does more with them."""
    if not isinstance(tree, exp.Select) or tree.args.get("joins") or tree.args.get("distinct"):
        return ""
    from_ = tree.args.get("from_")
    name = from_.this.name if from_ and isinstance(from_.this, exp.Table) else ""
    return "" if name not in names or tree.find(exp.Window, exp.Subquery, exp.AggFunc) else str(name)


def _named(table: pa.Table, titles: Sequence[str]) -> pa.Table:
    return table.select(list(range(len(titles)))).rename_columns(list(titles))


def _withheld(
    table: pa.Table, titles: Sequence[str], positions: list[int], protected: Mapping[str, ProtectedCells]
) -> tuple[Withheld, ...]:
    found = []
    for number, position in enumerate(positions):
        reasons = table.column(len(titles) + number).to_pylist()
        values = table.column(position)
        found += [
            Withheld(row, titles[position], reason)
            for row, reason in enumerate(reasons)
            if reason is not None and not values[row].is_valid
        ]
    if not positions and any(cells.withheld for cells in protected.values()):
        for position, title in enumerate(titles):
            column = table.column(position)
            if column.null_count:
                found += [
                    Withheld(row, title, MADE_FROM_WITHHELD) for row in range(len(column)) if not column[row].is_valid
                ]
    return tuple(sorted(found, key=lambda cell: (cell.row, titles.index(cell.column))))
