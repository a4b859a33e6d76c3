"""Plain presentations: columns of one measure's cells, ordered, which need no database.

Most questions are of this kind. What is handed over is the same as the private database would give, which a test
compares; whatever is written above the measure in any other way goes there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

if TYPE_CHECKING:
    import pyarrow as pa

_PARTS = {"expressions", "from_", "order"}
_Order = tuple[str, bool]


def columns_in_order(presentation: exp.Query, name: str, cells: pa.Table) -> tuple[list[str], pa.Table] | None:
    """Return which columns of the cells the outputs are, and the cells in the order of the answer; None if not plain.

    Rows come in the order asked for and then by the outputs from left to right, nulls last, texts by their bytes.
    """
    if not isinstance(presentation, exp.Select) or {key for key, value in presentation.args.items() if value} - _PARTS:
        return None
    outputs = [_column(projection.unalias(), name, cells) for projection in presentation.selects]
    columns = [column for column in outputs if column is not None]
    if len(columns) != len(outputs) or not all(_is_simple(cells.schema.field(column).type) for column in columns):
        return None
    aliases = [projection.alias_or_name.lower() for projection in presentation.selects]
    asked = _asked(presentation, name, cells, columns, aliases)
    if asked is None:
        return None
    order = dict(asked)
    for column in columns:
        order.setdefault(column, False)
    return columns, cells.take(_places(cells, list(order.items())))


def _column(node: exp.Expr, name: str, cells: pa.Table) -> str | None:
    """Return the column of the cells that an expression is, or None."""
    if type(node) is exp.Column and node.table == name and node.name in cells.column_names:
        return node.name
    return None


def _asked(
    presentation: exp.Select, name: str, cells: pa.Table, columns: Sequence[str], aliases: Sequence[str]
) -> list[_Order] | None:
    """Return the columns asked to order by, with whether each goes down; None when it is not as plain as that."""
    order = presentation.args.get("order")
    found: list[_Order] = []
    for ordered in order.expressions if order else ():
        node = ordered.this
        by = _column(node, name, cells)
        if by is None and type(node) is exp.Column and not node.table and aliases.count(node.name.lower()) == 1:
            by = columns[aliases.index(node.name.lower())]
        if by is None or ordered.args.get("nulls_first") or ordered.args.get("with_fill"):
            return None
        down = bool(ordered.args.get("desc"))
        if not _is_simple(cells.schema.field(by).type) or (down and _has_nan(cells.column(by))):
            return None
        if by not in dict(found):
            found.append((by, down))
    return found


def _is_simple(kind: pa.DataType) -> bool:
    """Return whether values of a type come out of the database as they went in, and in the same order."""
    import pyarrow as pa

    return bool(kind in {pa.string(), pa.int32(), pa.int64(), pa.float64(), pa.date32(), pa.bool_()})


def _has_nan(column: pa.ChunkedArray) -> bool:
    """Return whether a column holds what is no number, which goes last in Arrow whichever the direction."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return column.type == pa.float64() and bool(pc.any(pc.is_nan(column)).as_py())


def _places(cells: pa.Table, order: Sequence[_Order]) -> pa.Array:
    import pyarrow.compute as pc

    keys = [(column, "descending" if down else "ascending") for column, down in order]
    return pc.sort_indices(cells, sort_keys=keys)  # nulls go last
