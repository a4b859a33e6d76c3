"""What a SELECT groups by: its keys and its grouping sets."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from sqlglot import exp

from commonweal.query.unreadable import unreadable

MOST_SETS = 32


@dataclass(frozen=True)
class Grouping:
    """Group keys, and the sets of them (indexes) for which cells are wanted; one set with all keys for a plain GROUP BY."""

    keys: tuple[exp.Expr, ...]
    sets: tuple[tuple[int, ...], ...]


def aggregates_of(select: exp.Select) -> list[exp.Expr]:
    """Return the SELECT's own aggregates, those of sub-queries apart."""
    found: list[exp.Expr] = []
    for node in select.find_all(exp.AggFunc):
        if node.find_ancestor(exp.Select) is select and not isinstance(node, exp.Grouping):
            found.append(node)
    return found


def grouping_of(select: exp.Select) -> Grouping | None:
    """Return the SELECT's grouping, or None when it neither groups nor aggregates."""
    group = select.args.get("group")
    if group is None:
        if select.args.get("distinct") and not aggregates_of(select):
            return _plain([projection.unalias() for projection in select.expressions])
        return Grouping((), ((),)) if aggregates_of(select) else None
    if group.args.get("all"):
        return _plain([p.unalias() for p in select.expressions if p.find(exp.AggFunc) is None])
    if group.args.get("totals"):
        raise unreadable("it groups with totals in a special way.", "Use ROLLUP.")
    _named_in_full(select, group)
    return _expanded(group)


def _named_in_full(select: exp.Select, group: exp.Group) -> None:
    """Put the SELECT's own expressions where ROLLUP, CUBE and GROUPING SETS name them by number or alias."""
    outputs = [projection.unalias() for projection in select.expressions]
    by_alias = {projection.alias_or_name: projection.unalias() for projection in select.expressions}
    for node in list(group.find_all(exp.Literal, exp.Column)):
        if isinstance(node.parent, (exp.Rollup, exp.Cube, exp.Tuple, exp.GroupingSets, exp.Paren)):
            if isinstance(node, exp.Literal) and node.name.isdigit() and 1 <= int(node.name) <= len(outputs):
                node.replace(outputs[int(node.name) - 1].copy())
            elif isinstance(node, exp.Column) and not node.table and node.name in by_alias:
                node.replace(by_alias[node.name].copy())


def _plain(nodes: list[exp.Expr]) -> Grouping:
    keys = tuple(dict.fromkeys(node for node in nodes if not isinstance(node, exp.Literal)))
    return Grouping(keys, (tuple(range(len(keys))),))


def _expanded(group: exp.Group) -> Grouping:
    """Expand ROLLUP, CUBE and GROUPING SETS; several of them multiply, as in standard SQL."""
    parts: list[list[list[exp.Expr]]] = []
    for node in [
        *group.expressions,
        *(group.args.get("rollup") or []),
        *(group.args.get("cube") or []),
        *(group.args.get("grouping_sets") or []),
    ]:
        parts.append(_sets(node))
    keys: dict[exp.Expr, int] = {}
    sets: dict[tuple[int, ...], None] = {}
    for choice in itertools.product(*parts):
        members = [keys.setdefault(node, len(keys)) for part in choice for node in part]
        sets[tuple(sorted(set(members)))] = None
        if len(sets) > MOST_SETS:
            raise unreadable(f"it asks for more than {MOST_SETS} kinds of totals.", "Group by fewer columns.")
    return Grouping(tuple(keys), tuple(sets))


def _sets(node: exp.Expr) -> list[list[exp.Expr]]:
    members = [_members(child) for child in node.expressions]
    if isinstance(node, exp.Rollup):
        return [[n for m in members[:length] for n in m] for length in range(len(members), -1, -1)]
    if isinstance(node, exp.Cube):
        choices = itertools.chain.from_iterable(itertools.combinations(members, n) for n in range(len(members), -1, -1))
        return [[n for m in choice for n in m] for choice in choices]
    if isinstance(node, exp.GroupingSets):
        nested = [
            _sets(child) if isinstance(child, (exp.Rollup, exp.Cube)) else [_members(child)]
            for child in node.expressions
        ]
        return [choice for part in nested for choice in part]
    return [_members(node)]


def _members(node: exp.Expr) -> list[exp.Expr]:
    if isinstance(node, exp.Tuple):
        return [child.unnest() for child in node.expressions]
    return [node.unnest()]
