"""Expressions that cannot raise an error on any row, so that whether a question fails can tell nothing about anyone.

DuckDB's TRY turns an error into null. It is put round the smallest part that could fail; what cannot is left alone, so
that ordinary questions run at full speed. Casts become TRY_CAST.
"""

from __future__ import annotations

from sqlglot import exp

_NEVER_FAIL = (
    exp.Column, exp.Literal, exp.Boolean, exp.Null, exp.Star, exp.Identifier, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT,
    exp.LTE, exp.Between, exp.In, exp.Is, exp.Like, exp.ILike, exp.Coalesce, exp.Upper, exp.Lower, exp.Trim, exp.Left,
    exp.Right, exp.Length, exp.TimestampTrunc, exp.DateTrunc, exp.Year, exp.Month, exp.Quarter, exp.Day, exp.Week,
    exp.DayOfWeek, exp.TryCast, exp.DataType, exp.DataTypeParam, exp.Var, exp.Nullif, exp.NullSafeEQ, exp.NullSafeNEQ,
    exp.Concat, exp.DPipe, exp.Greatest, exp.Least, exp.Interval,
)  # fmt: skip

_TRANSPARENT = (
    exp.And, exp.Or, exp.Not, exp.Paren, exp.Case, exp.If, exp.Alias, exp.Filter, exp.Where, exp.Having, exp.Distinct,
    exp.Subquery, exp.Join, exp.From, exp.Group, exp.Table, exp.TableAlias, exp.Select, exp.AggFunc, exp.With, exp.CTE,
    exp.Order, exp.Ordered, exp.Limit, exp.Offset, exp.Union, exp.Window, exp.WindowSpec, exp.RowNumber, exp.IgnoreNulls,
    exp.RespectNulls, exp.Tuple, exp.GroupingSets, exp.Rollup, exp.Cube,
)  # fmt: skip


def made_safe(node: exp.Expr) -> exp.Expr:
    """Return the expression or SELECT with every part that could fail on some row wrapped, so that it gives null."""
    if type(node) is exp.Cast:
        return made_safe(exp.TryCast(**node.args))
    if _is_transparent(node):
        for key, value in list(node.args.items()):
            if isinstance(value, list):
                node.set(key, [made_safe(child) if isinstance(child, exp.Expr) else child for child in value])
            elif isinstance(value, exp.Expr):
                node.set(key, made_safe(value))
        return node
    for cast in list(node.find_all(exp.Cast)):
        if type(cast) is exp.Cast:
            cast.replace(exp.TryCast(**cast.args))
    if all(isinstance(part, (*_NEVER_FAIL, *_TRANSPARENT)) for part in node.walk()):
        return node
    if node.find(exp.Query):
        for child in list(node.iter_expressions()):
            child.replace(made_safe(child))
        return node
    return exp.Anonymous(this="TRY", expressions=[node])


def _is_transparent(node: exp.Expr) -> bool:
    # Some scalar functions count as aggregates in the parser's classes only when they aggregate; those are transparent.
    return isinstance(node, _TRANSPARENT) or (isinstance(node, exp.In) and bool(node.args.get("query")))
