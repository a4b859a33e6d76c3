"""Intervals of what a question makes of numbers read: a quotient's own, and whatever is done to it afterwards.

A quotient of a noisy number by another is not normal, and where the divisor may be nought it has no spread at all. Its
interval is worked out from both, held inside what the quotient can be, and carried through what stands around it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sqlglot import exp

from commonweal.disclosure.metered.axis import Real
from commonweal.disclosure.metered.ratio import fieller, surely_not_nought
from commonweal.gateway.metered.arithmetic import NotPlain, Value, outcome

_NORMAL = 1.959964
_WHOLE = frozenset({exp.DataType.Type.INT, exp.DataType.Type.BIGINT, exp.DataType.Type.SMALLINT})
_CONTINUOUS = frozenset({exp.DataType.Type.DOUBLE, exp.DataType.Type.FLOAT})


@dataclass(frozen=True)
class Numbers:
    """Numbers read by name: as shown, (1, rows), their replicas, (R, rows), and the share of them that is drawn, (rows,).

    `ends`: the intervals, (2, rows), of those that have their own.
    """

    centres: Mapping[str, Value]
    replicas: Mapping[str, Value]
    drawn: Mapping[str, Real]
    ends: Mapping[str, Real]

    def is_sure(self, node: exp.Expr, value: Real, variance: Real) -> np.ndarray:
        """Return the rows in which something may be divided by an expression."""
        names = {column.name for column in node.find_all(exp.Column) if column.name in self.drawn}
        drawn = np.min([self.drawn[name] for name in names], axis=0)
        return surely_not_nought(value, variance, drawn)


@dataclass(frozen=True)
class Interval:
    """The ends of an interval in every row, nan where there is no number."""

    low: Real
    high: Real

    @property
    def known(self) -> np.ndarray:
        """Return the rows that have a number."""
        return ~(np.isnan(self.low) | np.isnan(self.high))

    def times(self, number: float) -> Interval:
        """Return the interval of a multiple."""
        ends = self.low * number, self.high * number
        return Interval(np.minimum(*ends), np.maximum(*ends))

    def ends(self, row: int, value: float) -> tuple[float, float]:
        """Return the interval of a row, which holds the number shown."""
        return min(float(self.low[row]), value), max(float(self.high[row]), value)


@dataclass(frozen=True)
class Around:
    """How far numbers may be below and above what is shown, nan where there is no number."""

    below: Real
    above: Real

    @property
    def known(self) -> np.ndarray:
        """Return the rows that have a number."""
        return ~(np.isnan(self.below) | np.isnan(self.above))

    def ends(self, row: int, value: float) -> tuple[float, float]:
        """Return the interval of a row around the number shown."""
        return value - float(self.below[row]), value + float(self.above[row])


def around(spread: Real, *, unsure: np.ndarray) -> Around:
    """Return how far outcomes (R, rows) are from their middle, each side by itself; infinite where `unsure`."""
    known = np.isfinite(spread).all(axis=0)
    whole = np.where(known, spread, 0.0)
    middle = whole.mean(axis=0)
    # Each side from the outcomes on that side: a hundred are too few to count out the last of forty.
    below = _NORMAL * np.sqrt(2 * np.mean(np.minimum(whole - middle, 0) ** 2, axis=0))
    above = _NORMAL * np.sqrt(2 * np.mean(np.maximum(whole - middle, 0) ** 2, axis=0))
    known = known | unsure
    return Around(*(np.where(unsure, np.inf, np.where(known, side, np.nan)) for side in (below, above)))


def is_divided(node: exp.Expr, numbers: Numbers) -> np.ndarray:
    """Return the rows in which an expression divides by a number that is not surely away from nought.

    A quotient that is held below a number is none of these.
    """
    rows = next(iter(numbers.centres.values())).number.shape[-1]
    unsure = np.zeros(rows, dtype=bool)
    for division in node.find_all(exp.Div):
        held = isinstance(division.parent, exp.Least)
        if not held and any(column.name in numbers.centres for column in division.expression.find_all(exp.Column)):
            try:
                centre, away = _read(division.expression, numbers)
            except NotPlain:
                continue  # a root or a case, as of correlations, which are held between their bounds
            unsure |= ~numbers.is_sure(division.expression, centre, _variance(away, away)) & np.isfinite(centre)
    return unsure


def interval(node: exp.Expr, numbers: Numbers) -> Interval:
    """Return the interval of an expression that is a quotient of numbers read or a quantile, scaled, added, rounded or bounded.

    Raises:
        NotPlain: when it is something else.
    """
    with np.errstate(all="ignore"):
        return _interval(node, numbers, -math.inf, math.inf)


def _interval(node: exp.Expr, numbers: Numbers, floor: float, ceiling: float) -> Interval:
    if isinstance(node, exp.Column) and node.name in numbers.ends:
        null = numbers.centres[node.name].null[0]
        return Interval(*(np.where(null, np.nan, end) for end in numbers.ends[node.name]))
    if isinstance(node, exp.Paren):
        return _interval(node.this, numbers, floor, ceiling)
    if isinstance(node, exp.Cast) and node.to.this in _CONTINUOUS:
        return _interval(node.this, numbers, floor, ceiling)
    if isinstance(node, (exp.Greatest, exp.Least)):
        return _bounded(node, numbers, floor, ceiling)
    if isinstance(node, exp.Div) and _constant(node.expression) is None:
        return _quotient(node, numbers, floor, ceiling)
    if isinstance(node, exp.Coalesce) and all(_constant(each) is not None for each in node.expressions):
        return _interval(node.this, numbers, -math.inf, math.inf)
    if isinstance(node, exp.Neg):
        return _interval(node.this, numbers, -math.inf, math.inf).times(-1.0)
    if isinstance(node, exp.Round):
        digits = node.args.get("decimals")
        return _rounded(_interval(node.this, numbers, -math.inf, math.inf), _constant(digits) if digits else 0.0)
    if isinstance(node, exp.Cast) and node.to.this in _WHOLE:
        return _rounded(_interval(node.this, numbers, -math.inf, math.inf), 0.0)
    return _moved(node, numbers)


def _quotient(node: exp.Div, numbers: Numbers, floor: float, ceiling: float) -> Interval:
    """Return the interval of a quotient held between `floor` and `ceiling`.

    What is read above is held inside them too: the truth is there, so that the interval holds it no less often.
    """
    over, away = _read(node.this, numbers)
    under, under_away = _read(node.expression, numbers)
    ends = np.stack([floor * under, ceiling * under])
    ends = np.where(np.isnan(ends), over, ends)  # infinity times nought
    over = np.clip(over, ends.min(axis=0), ends.max(axis=0))
    low, high = fieller(
        over, under, _variance(away, away), _variance(under_away, under_away), _variance(away, under_away)
    )
    if not math.isfinite(ceiling - floor):
        sure = numbers.is_sure(node.expression, under, _variance(under_away, under_away)) | np.isnan(under)
        low, high = np.where(sure, low, -np.inf), np.where(sure, high, np.inf)
    return Interval(np.clip(low, floor, ceiling), np.clip(high, floor, ceiling))


def _read(node: exp.Expr, numbers: Numbers) -> tuple[Real, Real]:
    """Return a number as it is shown, (rows,), and how far its replicas are from their mean, (R, rows)."""
    spread = outcome(node, numbers.replicas)
    return outcome(node, numbers.centres)[0], spread - spread.mean(axis=0)


def _variance(one: Real, other: Real) -> Real:
    return np.asarray((one * other).mean(axis=0))


def _bounded(node: exp.Expr, numbers: Numbers, floor: float, ceiling: float) -> Interval:
    """Return the interval of the larger or the smaller of one expression and constants."""
    parts = [node.this, *node.expressions]
    constants = [number for number in map(_constant, parts) if number is not None]
    rest = [part for part in parts if _constant(part) is None]
    if len(rest) != 1:
        raise NotPlain
    if isinstance(node, exp.Greatest):
        floor = max(floor, *constants)
    else:
        ceiling = min(ceiling, *constants)
    inner = _interval(rest[0], numbers, floor, ceiling)
    return Interval(np.clip(inner.low, floor, ceiling), np.clip(inner.high, floor, ceiling))


def _rounded(inner: Interval, digits: float | None) -> Interval:
    if digits is None:
        raise NotPlain
    scale = 10.0**digits
    return Interval(np.floor(inner.low * scale) / scale, np.ceil(inner.high * scale) / scale)


def _moved(node: exp.Expr, numbers: Numbers) -> Interval:
    """Return the interval of a sum or difference, or of a product or quotient with a constant."""
    if isinstance(node, (exp.Add, exp.Sub)):
        parts = [_part(part, numbers) for part in (node.this, node.expression)]
        return _added(parts[0], parts[1] if isinstance(node, exp.Add) else parts[1].times(-1.0))
    if not isinstance(node, (exp.Mul, exp.Div)):
        raise NotPlain
    left, right = _constant(node.this), _constant(node.expression)
    number = right if left is None else left
    if not number or not math.isfinite(number):
        raise NotPlain
    inner = _interval(node.this if left is None else node.expression, numbers, -math.inf, math.inf)
    return inner.times(1 / number if isinstance(node, exp.Div) else number)


def _part(node: exp.Expr, numbers: Numbers) -> _Part:
    """Return one side of a sum: a constant, or a quotient with its interval."""
    number = _constant(node)
    if number is not None:
        return _Part(np.array(number), Interval(np.array(number), np.array(number)))
    inner = _interval(node, numbers, -math.inf, math.inf)
    return _Part(outcome(node, numbers.centres)[0], inner)


@dataclass(frozen=True)
class _Part:
    value: Real
    interval: Interval

    def times(self, number: float) -> _Part:
        return _Part(self.value * number, self.interval.times(number))


def _added(one: _Part, other: _Part) -> Interval:
    """Return the interval of a sum of two numbers from those of each (Zou and Donner 2008)."""
    value = one.value + other.value
    below = np.hypot(one.value - one.interval.low, other.value - other.interval.low)
    above = np.hypot(one.interval.high - one.value, other.interval.high - other.value)
    return Interval(value - below, value + above)


def _constant(node: exp.Expr) -> float | None:
    """Return the number that an expression without columns is; None for any other."""
    if isinstance(node, (exp.Paren, exp.Cast)):
        return _constant(node.this)
    if isinstance(node, exp.Neg):
        inner = _constant(node.this)
        return None if inner is None else -inner
    return float(node.name) if isinstance(node, exp.Literal) and not node.is_string else None
