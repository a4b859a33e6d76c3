"""Which columns of an answer are groups and which are numbers about them, as the question's own words say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from commonweal.errors import Refused
from commonweal.query.reading import parsed

if TYPE_CHECKING:
    from commonweal.gateway.answer import Answer


@dataclass(frozen=True)
class Columns:
    """The positions of an answer's columns: `keys` say which group a row is, `numbers` say something of it."""

    keys: tuple[int, ...]
    numbers: tuple[int, ...]


def columns_of(answer: Answer) -> Columns:
    """Return the columns of an answer. What cannot be told from the question goes by its kind: text is a group."""
    kinds = answer.numbers
    measured = _measured(answer.sql, len(kinds))
    numbers = tuple(i for i, (kind, is_one) in enumerate(zip(kinds, measured, strict=True)) if kind and is_one)
    return Columns(tuple(i for i in range(len(kinds)) if not measured[i]), numbers)


def _measured(sql: str, width: int) -> list[bool]:
    """Return for each column of a question whether it is worked out of aggregates, and not grouped by."""
    try:
        tree = parsed(sql) if sql else None
    except Refused:
        tree = None
    selects = tree.selects if tree is not None else []
    if tree is None or len(selects) != width:
        return [True] * width
    inner = {
        projection.alias_or_name.lower()
        for select in tree.find_all(exp.Select)
        if select is not tree
        for projection in select.selects
        if projection.find(exp.AggFunc)
    }
    grouped = _grouped(tree)
    return [
        _name(projection) not in grouped and str(place) not in grouped and _is_measured(projection, inner)
        for place, projection in enumerate(selects, 1)
    ]


def _is_measured(projection: exp.Expr, inner: set[str]) -> bool:
    if projection.find(exp.AggFunc):
        return True
    return any(column.name.lower() in inner for column in projection.find_all(exp.Column))


def _grouped(tree: exp.Expr) -> set[str]:
    group = tree.args.get("group")
    return {each.name.lower() for each in group.expressions} if group is not None else set()


def _name(projection: exp.Expr) -> str:
    return projection.alias_or_name.lower()
