"""Trial: what an expression of the question is on every level of the features it reads.

The expressions are the analyst's, checked and made safe; they are run in a private DuckDB over a few points made from the
contract, which holds no data. An expression that differs inside a level cannot be read from tables of that level.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from commonweal.gateway.metered.points import Part
from commonweal.gateway.metered.refusals import outside
from commonweal.gateway.safety import made_safe
from commonweal.gateway.watch import WATCH
from commonweal.query.dialect import sql

if TYPE_CHECKING:
    import duckdb
    import numpy as np

MOST_POINTS = 200_000
MOST_SECONDS = 5.0
MOST_TABLES = 64
"""Tables of points kept; more than the features that one expression can read."""
POINT = "p"
TEXT = "VARCHAR"


@dataclass(frozen=True)
class Column:
    """A feature as the question sees it: its name in the expressions, its points, and how each is treated and typed."""

    name: str
    parts: tuple[Part, ...]
    value: str  # SQL over the column ``v``: the treated value, in the type that the question sees
    kind: str  # the DuckDB type of ``v``


@dataclass(frozen=True)
class Tried:
    """An expression on every combination of parts: `values` is an array of objects; `shown` by each part's first sample.

    `varies` says where it differs inside a part.
    """

    shown: np.ndarray
    varies: np.ndarray


class Trial:
    """Holds the private DuckDB; one expression at a time, and remembers what it found."""

    def __init__(self) -> None:
        """Prepare; the database is opened when it is first needed."""
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._lock = threading.Lock()
        self._tables: dict[object, str] = {}
        self._made = 0
        self._remembered = lru_cache(maxsize=4096)(self._tried)

    def tried(self, expression: exp.Expr, columns: Sequence[Column]) -> Tried:
        """Return the expression (over columns named as `columns` say) on all combinations of their parts, in order."""
        compared = _compared(expression, columns)
        if compared is not None:
            return compared
        return self._remembered(sql(made_safe(expression.copy()), spent=True), tuple(columns))

    def _tried(self, text: str, columns: tuple[Column, ...]) -> Tried:
        points = prod(sum(len(part.samples) for part in column.parts) for column in columns)
        if points > MOST_POINTS:
            raise outside("one of its conditions reads too many columns together.", "Write it as several conditions.")
        import numpy as np

        shape = tuple(len(column.parts) for column in columns)
        shown, varies = np.empty(shape, dtype=object), np.zeros(shape, dtype=bool)
        seen = np.zeros(shape, dtype=bool)
        for *where, value in self._rows(text, columns):
            place = tuple(where)
            if not seen[place]:
                shown[place], seen[place] = value, True
            elif value != shown[place]:
                varies[place] = True
        return Tried(shown, varies)

    def _rows(self, text: str, columns: tuple[Column, ...]) -> list[tuple[Any, ...]]:
        """Return a row for every point: the place of each column's part, and the expression's value; first samples first."""
        places = "".join(f"{_quoted(column.name)}.{POINT}, " for column in columns)
        order = ", ".join(f"{_quoted(column.name)}.o" for column in columns)
        with self._lock:
            connection = self._open()
            try:
                with WATCH.over(MOST_SECONDS, connection.interrupt):
                    tables = [f"{self._table(connection, column)} AS {_quoted(column.name)}" for column in columns]
                    names = f" FROM {', '.join(tables)} ORDER BY {order}" if columns else ""
                    return connection.execute(f"SELECT {places}{text}{names}").fetchall()
            except Exception:
                raise outside(
                    "one of its expressions cannot be tried on the levels of its columns.",
                    "Check the types in its conditions and keys, or write them more simply.",
                ) from None

    def _table(self, connection: duckdb.DuckDBPyConnection, column: Column) -> str:
        """Return the name of the table of a column's points, made when it is first tried; the longest unused go."""
        points = (column.parts, column.value, column.kind)
        name = self._tables.pop(points, "")
        if not name:
            self._made += 1
            name = f"points{self._made}"
            connection.execute(f"CREATE TABLE {name} AS {_points(column)}")
        self._tables[points] = name
        if len(self._tables) > MOST_TABLES:
            connection.execute(f"DROP TABLE {self._tables.pop(next(iter(self._tables)))}")
        return name

    def _open(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            import duckdb

            self._connection = duckdb.connect(
                ":memory:", config={"threads": 1, "enable_external_access": False, "memory_limit": "512MB"}
            )
            self._connection.execute("SET TimeZone = 'UTC'")
            self._connection.execute("SET lock_configuration = true")
        return self._connection


def _compared(expression: exp.Expr, columns: Sequence[Column]) -> Tried | None:
    """Return what a comparison of one untreated text with constants is, which needs no database; None for all else."""
    node = expression.unnest()
    among = [node.expression] if isinstance(node, exp.EQ) else node.expressions if isinstance(node, exp.In) else []
    texts = {text.name for text in among if isinstance(text, exp.Literal) and text.is_string}
    if not among or len(texts) < len(among) or len(columns) != 1 or type(node.this) is not exp.Column:
        return None
    (column,) = columns
    if (column.kind, column.value) != (TEXT, "v") or (node.this.table, node.this.name) != (column.name, "v"):
        return None
    import numpy as np

    found = [[None if s is None else str(s) in texts for s in part.samples] for part in column.parts]
    shown = np.empty(len(found), dtype=object)
    shown[:] = [values[0] for values in found]
    return Tried(shown, np.array([len(set(values)) > 1 for values in found], dtype=bool))


def _points(column: Column) -> str:
    rows = ", ".join(
        f"({place}, {order}, {_literal(sample)})"
        for place, part in enumerate(column.parts)
        for order, sample in enumerate(part.samples)
    )
    value = f"SELECT p, o, CAST(x AS {column.kind}) AS v FROM (VALUES {rows}) AS points(p, o, x)"
    return f"SELECT p, o, {column.value} AS v FROM ({value})"


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    text = str(value).replace("'", "''")
    return f"'{text}'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def over_points(expression: exp.Expr, names: Mapping[tuple[str, str], str]) -> exp.Expr:
    """Return an expression over bases as one over trial columns; `names` gives each base column's trial column."""

    def column(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and (node.table, node.name) in names:
            return exp.column("v", table=names[node.table, node.name])
        return node

    return expression.transform(column)
