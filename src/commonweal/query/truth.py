"""Conditions as values: which expressions are true or false, and which are decided by one that is."""

from __future__ import annotations

from sqlglot import exp

BOOLEAN = (
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In, exp.Is, exp.Like, exp.ILike, exp.And, exp.Or,
    exp.Not, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Boolean,
)  # fmt: skip

_DECIDING = (exp.Case, exp.If, exp.Nullif, exp.Coalesce, exp.Greatest, exp.Least, exp.Sign, *BOOLEAN)


def is_condition(node: exp.Expr) -> bool:
    """Return whether the expression is true or false by its form."""
    return isinstance(node.unnest(), BOOLEAN)


def has_condition(node: exp.Expr) -> bool:
    """Return whether a condition, or a function that acts like one, is part of the expression."""
    return node.find(*_DECIDING) is not None
