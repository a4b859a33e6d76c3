"""Measures of one question over nearly the same people: refused, since their numbers could be subtracted.

``(select sum(arrears) from housing) - (select sum(arrears) from housing where ...)`` is the sum of those left out, however
few. Measures over the very same rows are protected together (see `commonweal.gateway.together`). Others may read the same
dataset only under the same conditions, as for a rate of those in care among all, or under conditions that exclude each other.
The decision looks at the question's text alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from sqlglot import exp

from commonweal.query.dialect import sql
from commonweal.query.exclusion import exclusive
from commonweal.query.measure import Measure
from commonweal.query.unreadable import unreadable


def check_overlap(measures: Sequence[Measure]) -> None:
    """Refuse measures that read one dataset under different conditions.

    Raises:
        Refused: with what to write instead.
    """
    for one, other in combinations(measures, 2):
        if same_rows(one) == same_rows(other) or not _datasets(one) & _datasets(other):
            continue
        if _conditions(one) == _conditions(other) or _exclude(one, other):
            continue
        raise unreadable(
            "it aggregates the same data twice under different conditions, so that what lies between could be worked out.",
            "Use FILTER or CASE in one SELECT, GROUP BY the condition, or ask two questions.",
        )


def check_totals(measures: Sequence[Measure]) -> None:
    """Refuse totals beside groups by a secret of unknown values: what else is withheld would show that a value is there.

    Raises:
        Refused: with what to write instead.
    """
    by_rows: dict[tuple[str, ...], list[Measure]] = {}
    for measure in measures:
        by_rows.setdefault(same_rows(measure), []).append(measure)
    for together in by_rows.values():
        sets = {
            frozenset(sql(measure.keys[position].expression) for position in members)
            for measure in together
            for members in measure.grouping_sets
        }
        if len(sets) > 1 and any(key.secret for measure in together for key in measure.keys):
            raise unreadable(
                "it asks for totals beside groups by a value that is calculated from what must not be learnt.",
                "Group by CASE with a text for every outcome (and ELSE), or leave the totals out.",
            )


def same_rows(measure: Measure) -> tuple[str, ...]:
    """Return what two measures over the same rows have in common: where they read, and under which conditions."""
    return (sql(measure.relation), *sorted({sql(predicate) for predicate in measure.predicates}))


def _trees(measure: Measure) -> list[exp.Expr]:
    return [measure.relation, *measure.predicates]


def _datasets(measure: Measure) -> set[str]:
    tables = (table for tree in _trees(measure) for table in tree.find_all(exp.Table))
    return {f"{table.db}.{table.name}" for table in tables if table.db}


def _exclude(one: Measure, other: Measure) -> bool:
    """Return whether two measures over one relation have conditions that exclude each other."""
    if sql(one.relation) != sql(other.relation) or not one.predicates or not other.predicates:
        return False
    return exclusive(*(exp.and_(*(part.copy() for part in m.predicates)) for m in (one, other)))


def _conditions(measure: Measure) -> frozenset[str]:
    """Return all conditions by which a measure leaves people out, in words that do not depend on aliases."""
    names = _names(measure)
    found = [*measure.predicates, *(a.condition for a in measure.aggregates if a.condition is not None and a.picks)]
    for tree in _trees(measure):
        found += _inside(tree)
    return frozenset(_in_full(node, names) for node in found)


def _inside(tree: exp.Expr) -> Iterator[exp.Expr]:
    for node in tree.find_all(exp.Where, exp.Having, exp.Filter, exp.Case, exp.Nullif, exp.In):
        if isinstance(node, (exp.Where, exp.Having)):
            yield node.this
        elif isinstance(node, exp.Filter):
            yield node.expression
        elif not isinstance(node, exp.In) or node.args.get("query"):
            yield node
    for join in tree.find_all(exp.Join):
        yield from (part for part in _parts(join.args.get("on")) if not _equates(part))


def _parts(node: exp.Expr | None) -> list[exp.Expr]:
    if node is None:
        return []
    node = node.unnest()
    return [*_parts(node.left), *_parts(node.right)] if isinstance(node, exp.And) else [node]


def _equates(part: exp.Expr) -> bool:
    return isinstance(part, exp.EQ) and all(isinstance(s.unnest(), exp.Column) for s in (part.left, part.right))


def _names(measure: Measure) -> dict[str, str]:
    """Return the dataset behind each alias, for datasets that the measure reads once."""
    tables = [table for tree in _trees(measure) for table in tree.find_all(exp.Table) if table.db]
    references = [f"{table.db}.{table.name}" for table in tables]
    return {
        table.alias_or_name: reference
        for table, reference in zip(tables, references, strict=True)
        if references.count(reference) == 1
    }


def _in_full(node: exp.Expr, names: dict[str, str]) -> str:
    copy = node.copy()
    for column in copy.find_all(exp.Column):
        if column.table in names:
            column.set("table", exp.to_identifier(names[column.table]))
    for table in copy.find_all(exp.Table):
        if table.db and table.alias:
            table.set("alias", None)
    return sql(copy)
