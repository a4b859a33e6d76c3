"""Amounts whose sum can be judged: what a row contributes must be the person's own, with nothing mixed in.

Dominance asks whether one or two make up a sum. ``sum(arrears + 1000)`` or ``sum(CASE WHEN ... THEN arrears ELSE 1000 END)``
would hide the one behind everybody's thousand, and the thousand can be subtracted afterwards. So sums are taken apart into
terms (see `commonweal.query.aggregates`), and each term must be made by scaling, multiplying and rounding alone.
"""

from __future__ import annotations

from sqlglot import exp

from commonweal.query.sources import Relation

_KEEPS = (exp.Round, exp.Floor, exp.Ceil, exp.Trunc, exp.Abs, exp.Sqrt, exp.Neg, exp.Paren, exp.Cast, exp.TryCast)
_PER_ENTITY = (exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Median, exp.Filter)


MOST_FACTORS = 2
"""A product of more columns, or a higher power of one, is all but the largest person's own."""


def is_own(node: exp.Expr, relation: Relation) -> bool:
    """Return whether an expression is a row's own amount: columns scaled, multiplied or rounded, with nothing added."""
    return sum(1 for _ in node.find_all(exp.Column)) <= MOST_FACTORS and _is_own(node, relation)


def _is_own(node: exp.Expr, relation: Relation) -> bool:
    if isinstance(node, exp.Column):
        return relation.value(node).own
    if isinstance(node, exp.Count):
        return True
    if isinstance(node, (*_KEEPS, *_PER_ENTITY)):
        return _is_own(node.this, relation)
    if isinstance(node, exp.Mul):
        sides = [side for side in (node.left, node.right) if number(side) is None]
        return bool(sides) and all(_is_own(side, relation) for side in sides)
    if isinstance(node, exp.Div):
        return _is_own(node.left, relation) and (bool(number(node.right)) or _is_own(node.right, relation))
    if isinstance(node, exp.Coalesce):
        return _is_own(node.this, relation) and all(number(other) == 0 for other in node.expressions)
    if isinstance(node, exp.Greatest):
        return (
            isinstance(node.this, exp.Column)
            and _is_own(node.this, relation)
            and all(number(o) == 0 for o in node.expressions)
        )
    if isinstance(node, exp.Least):
        caps = [number(other) for other in node.expressions]
        return (
            isinstance(node.this, exp.Column)
            and _is_own(node.this, relation)
            and all(cap is not None and cap > 0 for cap in caps)
        )
    return False


def number(node: exp.Expr | None) -> float | None:
    """Return the value of a number that is written out, with its sign; None for anything else."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Neg):
        value = number(node.this)
        return None if value is None else -value
    if isinstance(node, exp.Literal) and not node.is_string:
        return float(node.name)
    return None
