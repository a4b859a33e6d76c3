"""Everyday idioms for an age, read as ``age_in_years``: the number of completed years on the data's date.

``date_diff('year', ...)`` counts year boundaries, not birthdays, and Spark counts differently from DuckDB; a person who
writes it over a date of birth means an age, so that is what they get.
"""

from __future__ import annotations

from sqlglot import exp


def rewritten(tree: exp.Query) -> exp.Query:
    """Return the tree with the idioms replaced, in place; everything else unchanged."""
    return tree.transform(_age, copy=False)  # type: ignore[return-value]


def _age(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.DateDiff) and str(node.args.get("unit") or "").upper() == "YEAR" and _is_today(node.this):
        return _age_of(node.expression)
    if isinstance(node, exp.Extract) and node.this.name.upper() == "YEAR":
        return _of_interval(node.expression, node)
    if (
        isinstance(node, exp.Anonymous)
        and node.name.lower() == "date_part"
        and node.expressions[0].name.lower() == "year"
    ):
        return _of_interval(node.expressions[1], node)
    if isinstance(node, exp.Year):
        return _of_interval(node.this, node)
    return node


def _of_interval(argument: exp.Expr, otherwise: exp.Expr) -> exp.Expr:
    """Read the years of AGE(date) or AGE(today, date)."""
    if isinstance(argument, exp.Anonymous) and argument.name.lower() == "age":
        if len(argument.expressions) == 1:
            return _age_of(argument.expressions[0])
        if len(argument.expressions) == 2 and _is_today(argument.expressions[0]):
            return _age_of(argument.expressions[1])
    if isinstance(otherwise, exp.Anonymous) and isinstance(argument, exp.Expr):
        return exp.Year(this=argument.copy())
    return otherwise


def _is_today(node: exp.Expr | None) -> bool:
    while isinstance(node, (exp.Cast, exp.Date, exp.TsOrDsToDate, exp.Paren)):
        node = node.this
    return isinstance(node, exp.CurrentDate)


def _age_of(node: exp.Expr) -> exp.Expr:
    while isinstance(node, (exp.Cast, exp.Date, exp.TsOrDsToDate, exp.Paren)):
        node = node.this
    return exp.Anonymous(this="age_in_years", expressions=[node.copy()])
