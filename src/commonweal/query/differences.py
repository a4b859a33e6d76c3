"""What follows by subtracting: pairs of numbers of one measure whose difference could be about a few people.

``sum(x)`` beside ``sum(x) FILTER (WHERE postcode <> 'ZZ9')`` is the sum of those in ZZ9. So for every such pair the
engine measures the difference too, never to be shown, and disclosure control shows both numbers only where the difference
would pass by itself. A whole beside its parts (a pivot by hand) leaves a rest, which is treated alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from sqlglot import exp

from commonweal.query.dialect import sql
from commonweal.query.exclusion import exclusive
from commonweal.query.measure import BaseAggregate, Difference, Function, Measure, Partition, Purpose
from commonweal.query.overlap import same_rows
from commonweal.query.unreadable import unreadable

MOST_DIFFERENCES = 40
MOST_OVERLAPPING = 2
"""Sums of one amount under conditions that may overlap: three could be combined in more ways than by subtracting two."""

_COUNTS = (Function.COUNT, Function.COUNT_DISTINCT)


def with_differences(measure: Measure) -> Measure:
    """Return the measure with the hidden aggregates that disclosure control judges differences and rests by.

    Raises:
        Refused: when there are too many pairs, or more conditions on one amount than can be judged pair by pair.
    """
    pairs = list(_pairs(measure.aggregates))
    if len(pairs) > MOST_DIFFERENCES:
        raise unreadable(
            f"it compares more than {MOST_DIFFERENCES} pairs of numbers over nearly the same rows.",
            "Ask it as several questions, or use GROUP BY.",
        )
    _check_overlapping(measure.aggregates)
    found = {a.name: a for a in measure.aggregates}
    differences: list[Difference] = []
    for one, other in pairs:
        name = f"d{len(differences) + 1}"
        found[name] = _difference(name, one, other)
        differences.append(Difference(other.name, one.name, name))
    partitions: list[Partition] = []
    for whole, parts in _partitions(measure.aggregates):
        name = f"r{len(partitions) + 1}"
        found[name] = _rest(name, whole, [members[0] for members in parts])
        names = tuple(tuple(member.name for member in members) for members in parts)
        partitions.append(Partition(whole.name, name, names, _complete(parts)))
    return replace(
        measure, aggregates=tuple(found.values()), differences=tuple(differences), partitions=tuple(partitions)
    )


def check_differences(measures: Sequence[Measure]) -> None:
    """Refuse, before anything runs, what `with_differences` would refuse of the measures over the same rows together.

    Raises:
        Refused: as `with_differences` does.
    """
    for measure in measures:
        _check_conditions(measure.aggregates)
    by_rows: dict[tuple[str, ...], dict[object, BaseAggregate]] = {}
    for number, measure in enumerate(measures):
        found = by_rows.setdefault(same_rows(measure), {})
        for a in measure.aggregates:
            identity = (a.function, a.purpose, a.fraction, a.says, a.picks)
            found.setdefault(identity, replace(a, name=f"m{number}_{a.name}"))
    for aggregates in by_rows.values():
        with_differences(replace(measures[0], aggregates=tuple(aggregates.values())))


def _check_conditions(aggregates: Sequence[BaseAggregate]) -> None:
    """Refuse one amount summed under two conditions: what lies between them, perhaps one person's, could be subtracted."""
    amounts = [
        (a.reads, sql(a.condition) if a.partial and a.condition is not None else "")
        for a in aggregates
        if a.purpose is Purpose.AMOUNT and a.argument is not None
    ]
    for (one, condition), (other, another) in combinations(amounts, 2):
        if one & other and condition != another:
            raise unreadable(
                "it sums one amount under two conditions, so that what lies between them could be subtracted.",
                "GROUP BY the condition instead, or ask two questions.",
            )


def _pairs(aggregates: tuple[BaseAggregate, ...]) -> Iterator[tuple[BaseAggregate, BaseAggregate]]:
    """Yield pairs of which the second is given up if their difference is about too few: a part rather than the whole."""
    for one, other in combinations(aggregates, 2):
        if _comparable(one, other) and not exclusive(one.condition, other.condition):
            yield (one, other) if other.picks or not one.picks else (other, one)


def _comparable(one: BaseAggregate, other: BaseAggregate) -> bool:
    if one.purpose is Purpose.AMOUNT and other.purpose is Purpose.AMOUNT:
        apart = bool(one.reads) and bool(other.reads) and not one.reads & other.reads
        return not apart and (one.picks != other.picks or one.says != other.says)
    if one.picks == other.picks or not (one.picks and other.picks):
        return False  # a part beside the whole cell: see the rule of class disclosure
    if _counts_people(one) and _counts_people(other):
        return True
    alike = (one.function, one.purpose, one.fraction, one.says)
    return one.purpose in {Purpose.VALUES, Purpose.QUANTILE} and alike == (
        other.function, other.purpose, other.fraction, other.says
    )  # fmt: skip


def _counts_people(a: BaseAggregate) -> bool:
    return a.function in _COUNTS and a.purpose is not Purpose.VALUES


def _check_overlapping(aggregates: tuple[BaseAggregate, ...]) -> None:
    amounts = [a for a in aggregates if a.purpose is Purpose.AMOUNT and a.picks]
    for a in amounts:
        conditions = {b.picks: b.condition for b in amounts if b.reads & a.reads}
        overlapping = {
            picks
            for (picks, one), (others, other) in combinations(conditions.items(), 2)
            if not exclusive(one, other)
            for picks in (picks, others)
        }
        if len(overlapping) > MOST_OVERLAPPING:
            raise unreadable(
                f"it sums one amount under more than {MOST_OVERLAPPING} conditions that overlap.",
                "Use conditions that exclude each other, GROUP BY, or several questions.",
            )


def _difference(name: str, one: BaseAggregate, other: BaseAggregate) -> BaseAggregate:
    if one.purpose is Purpose.AMOUNT:
        between = exp.Sub(this=_contribution(one), expression=_contribution(other))
        return BaseAggregate(name, Function.SUM, Purpose.AMOUNT, between)
    apart = exp.NEQ(this=_met(one), expression=_met(other))
    return BaseAggregate(name, Function.COUNT, Purpose.INDICATOR, None, apart)


def _contribution(a: BaseAggregate) -> exp.Expr:
    """Return what a row adds to a sum, as a double; nought where it adds nothing."""
    assert a.argument is not None
    value: exp.Expr = exp.TryCast(this=a.argument.copy(), to=exp.DataType.build("DOUBLE"))
    if a.condition is not None:
        value = exp.Case(ifs=[exp.If(this=a.condition.copy(), true=value)])
    return exp.Coalesce(this=value, expressions=[exp.Literal.number(0)])


def _met(a: BaseAggregate) -> exp.Expr:
    assert a.condition is not None
    return exp.Paren(this=exp.Is(this=exp.Paren(this=a.condition.copy()), expression=exp.true()))


def _partitions(
    aggregates: tuple[BaseAggregate, ...],
) -> Iterator[tuple[BaseAggregate, list[list[BaseAggregate]]]]:
    """Yield a whole with its parts, those under the same condition together, where there are at least two."""
    families: dict[object, list[BaseAggregate]] = {}
    for a in aggregates:
        if _counts_people(a):
            families.setdefault("people", []).append(a)
        elif a.purpose is Purpose.AMOUNT:
            families.setdefault(a.says, []).append(a)
    for members in families.values():
        whole = next((a for a in members if not a.picks), None)
        parts: dict[str, list[BaseAggregate]] = {}
        for a in members:
            if a.picks:
                parts.setdefault(a.picks, []).append(a)
        if whole is not None and len(parts) > 1:
            yield whole, list(parts.values())


def _complete(parts: list[list[BaseAggregate]]) -> bool:
    """Return whether the parts are all codes of one column."""
    choices = [members[0].choice for members in parts]
    first = choices[0]
    if first is None or any(c is None or c.column != first.column for c in choices):
        return False
    return first.codes <= frozenset[str]().union(*(c.values for c in choices if c is not None))


def _rest(name: str, whole: BaseAggregate, parts: list[BaseAggregate]) -> BaseAggregate:
    """Return the count of rows that are in the whole and in none of the parts."""
    conditions = [exp.Not(this=_met(part)) for part in parts]
    if whole.argument is not None:
        present = exp.Is(this=exp.Paren(this=whole.argument.copy()), expression=exp.Null())
        conditions.append(exp.Not(this=exp.Paren(this=present)))
    if whole.condition is not None:
        conditions.append(exp.Paren(this=whole.condition.copy()))  # type: ignore[arg-type]
    return BaseAggregate(name, Function.COUNT, Purpose.INDICATOR, None, exp.and_(*conditions))
