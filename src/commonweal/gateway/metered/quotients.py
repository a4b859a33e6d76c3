"""Quotients: what one number read divided by another can be at all, and held inside it.

Small groups are read with noise that can make a sum of amounts negative, though amounts are not. A mean lies between the
least and the greatest that one person counts for, a share between nought and one, however it is written. What that is
follows from the contract's levels and the question alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from sqlglot import exp

from commonweal.gateway.metered.points import Part
from commonweal.gateway.metered.reading import Condition, Reading, Statistic, Target

_NUMBERS = frozenset({exp.DataType.Type.DOUBLE, exp.DataType.Type.FLOAT})


@dataclass(frozen=True)
class _Worth:
    """What each of the people that a target counts adds to it, at least and at most."""

    low: float
    high: float


def bounded(presentation: exp.Query, readings: Mapping[str, Reading]) -> exp.Query:
    """Return the presentation with every quotient of two numbers read held inside what it can be.

    `readings` are those of the measures, by their names.
    """
    presentation = presentation.copy()
    for node in list(presentation.find_all(exp.Div)):
        held = _held(node, readings)
        if held is not node:
            node.replace(held)
    return presentation


def _held(node: exp.Div, readings: Mapping[str, Reading]) -> exp.Expr:
    over, under = _scaled(node.this), _scaled(node.expression)
    if over is None or under is None or over[0].table != under[0].table or over[0].table not in readings:
        return node
    reading = readings[over[0].table]
    targets = {target.aggregate.name: target for target in reading.targets}
    if over[0].name not in targets or under[0].name not in targets:
        return node
    low, high = bounds(reading, targets[over[0].name], targets[under[0].name])
    scale = over[1] / under[1] if under[1] else math.nan
    low, high = sorted((low * scale, high * scale)) if math.isfinite(scale) and scale else (-math.inf, math.inf)
    held: exp.Expr = node.copy()
    if math.isfinite(high):
        held = exp.Least(this=held, expressions=[_number(high)])
    if math.isfinite(low):
        held = exp.Greatest(this=held, expressions=[_number(low)])
    return node if held is node or not isinstance(held, (exp.Least, exp.Greatest)) else exp.Paren(this=held)


def bounds(reading: Reading, over: Target, under: Target) -> tuple[float, float]:
    """Return the least and the greatest that `over` divided by `under` can be; infinite where nothing is known."""
    worth, divisor = _worth(reading, over), _worth(reading, under)
    if worth is None or divisor is None or divisor.low < 0:
        return -math.inf, math.inf
    low = 0.0 if worth.low >= 0 else -math.inf
    if under.statistic is not Statistic.COUNT or not _all_counted(reading, over, under):
        return low, math.inf
    if all(_among(condition, under.conditions) for condition in over.conditions):
        return worth.low, worth.high
    return min(0.0, worth.low), max(0.0, worth.high)


def _all_counted(reading: Reading, over: Target, under: Target) -> bool:
    """Return whether everybody who adds anything to `over` is counted in `under`."""
    return all(
        _among(condition, over.conditions) or _only_leaves_nothing_out(reading, condition, over)
        for condition in under.conditions
    )


def _only_leaves_nothing_out(reading: Reading, condition: Condition, over: Target) -> bool:
    """Return whether a condition leaves out only those who add nothing to `over`: theirs is nought, or not there."""
    if condition.holds.all():
        return True
    if len(over.of) != 1 or condition.features != over.of or over.statistic is not Statistic.SUM:
        return False
    if over.values is not None:
        adds = [bool(value) for value in over.values.reshape(-1)]
    else:
        adds = [_ends(part) != (0.0, 0.0) for part in reading.parts[over.of[0]]]
    return bool(condition.holds[np.array(adds)].all())


def _is_there(part: Part) -> bool:
    return any(sample is not None for sample in part.samples)


def _among(condition: Condition, others: Iterable[Condition]) -> bool:
    return any(
        condition.features == other.features and np.array_equal(condition.holds, other.holds) for other in others
    )


def _worth(reading: Reading, target: Target) -> _Worth | None:
    """Return what each of those counted adds to a target; None where nothing is known of it."""
    if target.statistic is Statistic.COUNT:
        return _Worth(1.0, 1.0)
    if target.statistic is not Statistic.SUM:
        return None
    if target.values is not None:
        numbers = [0.0 if value is None else float(value) for value in target.values.reshape(-1)]
        return _Worth(min(numbers), max(numbers))
    if len(target.of) != 1:
        return None
    (feature,) = target.of
    chosen = np.ones(len(reading.parts[feature]), dtype=bool)
    for condition in (*reading.where, *target.conditions):
        if condition.features == (feature,):
            chosen &= condition.holds
    ends = [_ends(part) for part, wanted in zip(reading.parts[feature], chosen, strict=True) if wanted]
    if not ends or any(end is None for end in ends):
        return None
    known = [end for end in ends if end is not None]
    return _Worth(min(low for low, _ in known), max(high for _, high in known))


def _ends(part: Part) -> tuple[float, float] | None:
    """Return the least and greatest amount of a part; somebody whose amount is not known adds nothing."""
    numbers = [float(sample) for sample in part.samples if isinstance(sample, (int, float))]
    if part.low is not None and part.high is not None:
        return part.low, part.high
    if numbers:
        return min(numbers), max(numbers)
    return (0.0, 0.0) if not _is_there(part) else None


def _scaled(node: exp.Expr) -> tuple[exp.Column, float] | None:
    """Return the column that an expression is a multiple of, and by which number; None for any other."""
    if isinstance(node, exp.Column):
        return node, 1.0
    if isinstance(node, exp.Paren):
        return _scaled(node.this)
    if isinstance(node, exp.Nullif):
        return _scaled(node.this) if _constant(node.expression) == 0 else None
    if isinstance(node, exp.Coalesce) and len(node.expressions) == 1:
        return _scaled(node.this) if _constant(node.expressions[0]) == 0 else None
    if isinstance(node, exp.Cast) and node.to.this in _NUMBERS:
        return _scaled(node.this)
    if isinstance(node, exp.Mul):
        for one, other in ((node.this, node.expression), (node.expression, node.this)):
            number, found = _constant(one), _scaled(other)
            if number is not None and found is not None:
                return found[0], found[1] * number
    return None


def _constant(node: exp.Expr) -> float | None:
    """Return the number that a literal is, in brackets or negated; None for anything else."""
    if isinstance(node, exp.Paren):
        return _constant(node.this)
    if isinstance(node, exp.Neg):
        inner = _constant(node.this)
        return None if inner is None else -inner
    return float(node.name) if isinstance(node, exp.Literal) and not node.is_string else None


def _number(value: float) -> exp.Expr:
    """Return a number as a literal of the database's doubles."""
    literal: exp.Expr = exp.Literal.number(repr(abs(value)))
    return exp.Neg(this=literal) if value < 0 else literal
