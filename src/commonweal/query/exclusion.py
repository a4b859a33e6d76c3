"""Conditions that exclude each other by their form: no row can meet both, whatever the data are."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from commonweal.query.amounts import number
from commonweal.query.conditions import conjuncts
from commonweal.query.dialect import sql

_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_WORD = re.compile(r"[A-Za-z][^\x00]*")
_OTHER_READINGS = {"t", "f", "true", "false", "y", "n", "yes", "no", "on", "off", "nan", "inf", "infinity", "epoch"}
"""Words that are a truth value, a number or a date to a column of that type, where another word may be the same one."""


@dataclass(frozen=True)
class _Range:
    """What a condition leaves of one expression: the values listed, or those between two bounds."""

    text: str
    values: frozenset[object] | None = None
    low: float | str | None = None
    high: float | str | None = None
    open_low: bool = False
    open_high: bool = False


def exclusive(left: exp.Expr | None, right: exp.Expr | None) -> bool:
    """Return whether no row can meet both conditions; False where that cannot be seen from their form."""
    if left is None or right is None:
        return False
    ours, theirs = list(conjuncts(left)), list(conjuncts(right))
    if _denied(ours, theirs) or _denied(theirs, ours):
        return True
    ranges = [r for part in theirs for r in _ranges(part)]
    return any(_apart(one, other) for part in ours for one in _ranges(part) for other in ranges)


def _denied(parts: list[exp.Expr], others: list[exp.Expr]) -> bool:
    """Return whether one list demands what the other one denies."""
    demanded = {sql(part) for part in parts}
    return any(
        isinstance(other, exp.Not) and (sql(_told(other.this)) in demanded or sql(other.this.unnest()) in demanded)
        for other in others
    )


def _told(node: exp.Expr) -> exp.Expr:
    """Return what ``x IS TRUE`` is about."""
    node = node.unnest()
    is_true = isinstance(node, exp.Is) and isinstance(node.expression, exp.Boolean) and bool(node.expression.this)
    return node.this.unnest() if is_true else node


def _ranges(part: exp.Expr) -> Iterator[_Range]:
    if isinstance(part, exp.In) and part.expressions and not part.args.get("query"):
        values = [_value(node) for node in part.expressions]
        if None not in values:
            yield _Range(sql(part.this.unnest()), frozenset(values))
    elif isinstance(part, exp.EQ):
        for side, other in ((part.left, part.right), (part.right, part.left)):
            value = _value(other)
            if value is not None:
                yield _Range(sql(side.unnest()), frozenset({value}))
    elif isinstance(part, exp.Between):
        low, high = _ordered(part.args["low"]), _ordered(part.args["high"])
        if low is not None and high is not None:
            yield _Range(sql(part.this.unnest()), low=low, high=high)
    elif isinstance(part, (exp.LT, exp.LTE, exp.GT, exp.GTE)):
        yield from _compared(part)


def _compared(part: exp.LT | exp.LTE | exp.GT | exp.GTE) -> Iterator[_Range]:
    strict = isinstance(part, (exp.LT, exp.GT))
    below = isinstance(part, (exp.LT, exp.LTE))
    for side, other, upper in ((part.left, part.right, below), (part.right, part.left, not below)):
        bound = _ordered(other)
        if bound is not None and upper:
            yield _Range(sql(side.unnest()), high=bound, open_high=strict)
        elif bound is not None:
            yield _Range(sql(side.unnest()), low=bound, open_low=strict)


def _apart(one: _Range, other: _Range) -> bool:
    if one.text != other.text:
        return False
    if one.values is not None and other.values is not None:
        return not one.values & other.values
    if one.values is not None or other.values is not None:
        listed, bounds = (one, other) if one.values is not None else (other, one)
        return all(_outside(value, bounds) for value in listed.values or ())
    return _below(one, other) or _below(other, one)


def _outside(value: object, bounds: _Range) -> bool:
    point = _Range("", low=value, high=value) if isinstance(value, (float, str)) else None
    if point is None or (isinstance(value, str) and not _ISO_DATE.fullmatch(value)):
        return False
    return _below(point, bounds) or _below(bounds, point)


def _below(one: _Range, other: _Range) -> bool:
    high, low = one.high, other.low
    if isinstance(high, float) and isinstance(low, float):
        return high < low or (high == low and (one.open_high or other.open_low))
    if isinstance(high, str) and isinstance(low, str):
        return high < low or (high == low and (one.open_high or other.open_low))
    return False


def _value(node: exp.Expr) -> float | str | None:
    """Return a literal's value if another literal cannot be the same value in other letters, else None."""
    ordered = _ordered(node)
    if ordered is not None:
        return ordered
    node = node.unnest()
    if not isinstance(node, exp.Literal) or not node.is_string or not _WORD.fullmatch(node.name):
        return None
    alike = node.name.lower() in _OTHER_READINGS and not (len(node.name) == 1 and node.name.isupper())
    return None if alike else node.name


def _ordered(node: exp.Expr) -> float | str | None:
    """Return the value of a number or of a date in full, whose order is that of its value."""
    node = node.unnest()
    if isinstance(node, (exp.Cast, exp.TryCast)) and node.args["to"].this is exp.DataType.Type.DATE:
        node = node.this.unnest()
    if isinstance(node, exp.Literal) and node.is_string:
        return node.name if _ISO_DATE.fullmatch(node.name) else None
    value = number(node)
    return value if value is not None and math.isfinite(value) else None
