"""Arithmetic: what plain expressions over numbers read come to, on all their replicas at once.

Promised to be what the private database computes, number for number: its doubles are numpy's. An expression with
anything else in it than listed here is nothing for this file, and goes there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray
from sqlglot import exp

from commonweal.disclosure.metered.axis import Real


class NotPlain(Exception):
    """The expression has a part that only the database computes."""


@dataclass(frozen=True)
class Value:
    """Doubles of any shape, `null` where there is none; a constant of the question has no shape."""

    number: Real
    null: NDArray[np.bool_]

    @property
    def constant(self) -> bool:
        """Return whether it is a literal."""
        return self.number.ndim == 0


def outcome(node: exp.Expr, values: Mapping[str, Value]) -> Real:
    """Return an expression over columns named in `values`, nan where it is null.

    Raises:
        NotPlain: when only the database computes it.
    """
    with np.errstate(all="ignore"):
        found = _value(node, values)
    if found.constant:
        raise NotPlain
    return np.ascontiguousarray(np.where(found.null, np.nan, found.number))  # so that means add up in one order


def _value(node: exp.Expr, values: Mapping[str, Value]) -> Value:
    make = _MAKERS.get(type(node))
    if make is None:
        raise NotPlain
    return make(node, values)


def _column(node: exp.Expr, values: Mapping[str, Value]) -> Value:
    if node.name not in values:
        raise NotPlain
    return values[node.name]


def _literal(node: exp.Expr, _values: Mapping[str, Value]) -> Value:
    if not isinstance(node, exp.Literal) or node.is_string:
        raise NotPlain
    return Value(np.array(float(node.name)), np.array(False))


def _inside(node: exp.Expr, values: Mapping[str, Value]) -> Value:
    return _value(node.this, values)


def _arithmetic(compute: Callable[[Real, Real], Real]) -> Callable[[exp.Expr, Mapping[str, Value]], Value]:
    def make(node: exp.Expr, values: Mapping[str, Value]) -> Value:
        left, right = _value(node.this, values), _value(node.expression, values)
        if left.constant and right.constant:
            raise NotPlain  # of whole numbers or decimals, which are not doubles
        return Value(compute(left.number, right.number), left.null | right.null)

    return make


def _nullif(node: exp.Expr, values: Mapping[str, Value]) -> Value:
    value, other = _value(node.this, values), _value(node.expression, values)
    return Value(value.number, value.null | ((value.number == other.number) & ~other.null))


def _quotient(node: exp.Expr, values: Mapping[str, Value]) -> Value:
    found = _arithmetic(np.divide)(node, values)
    divisor = _value(node.expression, values)
    if bool(((divisor.number == 0) & ~divisor.null).any()):
        raise NotPlain
    return found


def _negative(node: exp.Expr, values: Mapping[str, Value]) -> Value:
    value = _value(node.this, values)
    return Value(-value.number, value.null)


def _extreme(compute: Callable[[Real, Real], Real]) -> Callable[[exp.Expr, Mapping[str, Value]], Value]:
    """Return the largest or smallest of several values: null where one is, or where all are if nulls do not count."""

    def make(node: exp.Expr, values: Mapping[str, Value]) -> Value:
        parts = [_value(part, values) for part in (node.this, *node.expressions)]
        if all(part.constant for part in parts) or any(bool(np.isnan(part.number[~part.null]).any()) for part in parts):
            raise NotPlain
        if not node.args.get("ignore_nulls"):
            number = reduce(compute, (part.number for part in parts))
            return Value(number, reduce(np.logical_or, (part.null for part in parts)))
        worst = -compute(np.array(-np.inf), np.array(np.inf))
        number = reduce(compute, (np.where(part.null, worst, part.number) for part in parts))
        return Value(number, reduce(np.logical_and, (part.null for part in parts)))

    return make


def _double(node: exp.Expr, values: Mapping[str, Value]) -> Value:
    if node.args["to"].this is not exp.DataType.Type.DOUBLE:
        raise NotPlain
    return _value(node.this, values)


def _first(node: exp.Expr, values: Mapping[str, Value]) -> Value:
    """Return the first of several values that is not null."""
    parts = [_value(part, values) for part in (node.this, *node.expressions)]
    found = parts[-1]
    for part in reversed(parts[:-1]):
        if part.constant:
            raise NotPlain
        found = Value(np.where(part.null, found.number, part.number), part.null & found.null)
    return found


def _root(node: exp.Expr, values: Mapping[str, Value]) -> Value:
    value = _value(node.this, values)
    if value.constant or bool((value.number < 0)[~value.null].any()):
        raise NotPlain  # an error there, or what TRY makes of one
    return Value(np.sqrt(value.number), value.null)


_MAKERS: Mapping[type[exp.Expr], Callable[[exp.Expr, Mapping[str, Value]], Value]] = {
    exp.Column: _column,
    exp.Literal: _literal,
    exp.Paren: _inside,
    exp.Add: _arithmetic(np.add),
    exp.Sub: _arithmetic(np.subtract),
    exp.Mul: _arithmetic(np.multiply),
    exp.Div: _quotient,
    exp.Neg: _negative,
    exp.Nullif: _nullif,
    exp.Greatest: _extreme(np.maximum),
    exp.Least: _extreme(np.minimum),
    exp.Sqrt: _root,
    exp.Cast: _double,
    exp.Coalesce: _first,
}
