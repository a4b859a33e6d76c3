"""The nearest question that can be answered, made from the tree of one that cannot, and offered only if it would be."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from sqlglot import exp

from commonweal.catalogue.levels import Levels, Scale
from commonweal.errors import Refused
from commonweal.gateway.metered.refusals import Hint, Outside, Way
from commonweal.query.conditions import conjuncts
from commonweal.query.dialect import DIALECT
from commonweal.query.reading import parsed

_FLIPPED: Mapping[type[exp.Expr], type[exp.Expr]] = {
    exp.GT: exp.LT, exp.GTE: exp.LTE, exp.LT: exp.GT, exp.LTE: exp.GTE, exp.EQ: exp.EQ, exp.NEQ: exp.NEQ,
}  # fmt: skip
_Changed = exp.Select | None


def with_nearest(refusal: Refused, text: str, is_answered: Callable[[str], bool]) -> Refused:
    """Return a refusal with the nearest question that `is_answered`, where the refusal says what to change."""
    if not isinstance(refusal, Outside) or refusal.hint is None or refusal.nearest:
        return refusal
    for candidate in _candidates(text, refusal.hint):
        if is_answered(candidate):
            refusal.nearest = candidate
            break
    return refusal


def _candidates(text: str, hint: Hint) -> Iterator[str]:
    """Yield questions near to one, the nearest first, each in the question's own names."""
    tree = parsed(text)
    if not isinstance(tree, exp.Select):
        return
    if hint.way is Way.DROP:
        _spell_out(tree)
    for column in _by_weight(tree, hint.columns):
        if hint.way is Way.DROP:
            changed = [_without(tree.copy(), column)]
        else:
            assert hint.levels is not None
            changed = [_at_levels(tree.copy(), column, hint.levels), _by_levels(tree.copy(), column, hint.levels)]
        for each in changed:
            if each is not None and each != tree:
                yield DIALECT.generate(each, copy=True, identify=False, comments=False)


def _by_weight(tree: exp.Select, columns: Sequence[str]) -> list[str]:
    """Return columns, those first that the question could best do without: not shown or grouped by, and named last."""
    named = [each.name.lower() for each in tree.find_all(exp.Column, bfs=False)]
    shown = [*tree.selects, tree.args.get("group") or exp.Group()]

    def weight(column: str) -> tuple[bool, int]:
        last = named.index(column.lower()) if column.lower() in named else -1
        return any(_mentions(each, column) for each in shown), -last

    return sorted(columns, key=weight)


# -- without a column ---------------------------------------------------------------------------------------------------


def _without(tree: exp.Select, column: str) -> _Changed:
    """Return a SELECT without everything that says something about a column; None where too little is left of it."""
    group, order = tree.args.get("group"), tree.args.get("order")
    if group is not None and any(group.args.get(kind) for kind in ("rollup", "cube", "grouping_sets")):
        return None
    gone = {p.alias.lower() for p in tree.selects if p.alias and _mentions(p, column)} | {column.lower()}

    def stays(node: exp.Expr) -> bool:
        return not any(each.name.lower() in gone for each in node.find_all(exp.Column))

    tree.set("expressions", [p for p in tree.selects if not _mentions(p, column)])
    for clause, kind in (("where", exp.Where), ("having", exp.Having)):
        found = tree.args.get(clause)
        kept = [part for part in conjuncts(found.this) if stays(part)] if found is not None else []
        tree.set(clause, kind(this=exp.and_(*kept, copy=False)) if kept else None)
    if group is not None and not group.args.get("all"):
        keys = [key for key in group.expressions if stays(key)]
        tree.set("group", exp.Group(expressions=keys) if keys else None)
    if order is not None:
        ordered = [each for each in order.expressions if stays(each)]
        tree.set("order", exp.Order(expressions=ordered) if ordered else None)
    return tree if any(p.find(exp.AggFunc) for p in tree.selects) else None


def _spell_out(tree: exp.Select) -> None:
    """Put expressions in the place of the numbers of outputs in GROUP BY and ORDER BY."""
    outputs = [projection.unalias() for projection in tree.selects]
    for clause in ("group", "order"):
        found = tree.args.get(clause)
        if found is None:
            continue
        for each in list(found.expressions):
            number = each.this if isinstance(each, exp.Ordered) else each
            if isinstance(number, exp.Literal) and number.is_int and 0 < int(number.name) <= len(outputs):
                spelt = outputs[int(number.name) - 1].copy()
                if number is each:
                    found.set("expressions", [spelt if e is each else e for e in found.expressions])
                else:
                    each.set("this", spelt)


def _mentions(node: exp.Expr, column: str) -> bool:
    return any(each.name.lower() == column.lower() for each in node.find_all(exp.Column))


# -- at levels ----------------------------------------------------------------------------------------------------------


def _at_levels(tree: exp.Select, column: str, levels: Levels) -> _Changed:
    """Return a SELECT whose comparisons of a column are at the edges of its levels; None where one cannot be moved."""
    edges = _edges(levels)
    if edges is None:
        return None
    for node in list(tree.find_all(*_FLIPPED, exp.Between)):
        if isinstance(node, exp.Between):
            if _is_of(node.this, column):
                low, high = _value(node.args["low"], levels), _value(node.args["high"], levels)
                if low is None or high is None:
                    return None
                node.replace(_inside(node.this, _near(low, edges), _near(_after(high), edges), levels))
            continue
        kind: type[exp.Expr] = type(node)
        side, other = node.this, node.expression
        if _is_of(other, column):
            side, other, kind = other, side, _FLIPPED[kind]
        if _is_of(side, column):
            value = _value(other, levels)
            if value is None:
                return None
            node.replace(_compared(side, kind, value, edges, levels))
    return tree


_Number = float | date


def _compared(side: exp.Expr, kind: type[exp.Expr], value: _Number, edges: list[_Number], levels: Levels) -> exp.Expr:
    """Return a comparison at the nearest edge; with one value: that it is inside its level, or not."""
    if kind in {exp.EQ, exp.NEQ}:
        place = max(bisect_right(edges, value) - 1, 0)
        if levels.scale is Scale.AMOUNTS and edges[place] == value:
            place = max(place - 1, 0)  # a band holds its upper edge
        high = edges[place + 1] if place + 1 < len(edges) else None
        inside = _inside(side, edges[place], high, levels)
        return inside if kind is exp.EQ else exp.Not(this=exp.Paren(this=inside))
    if levels.scale is Scale.AMOUNTS:
        kind = exp.GT if kind in {exp.GT, exp.GTE} else exp.LTE
        return kind(this=side.copy(), expression=_literal(_near(value, edges), levels))
    if kind in {exp.GT, exp.LTE}:  # of whole numbers and days: from the next on, before the next
        value = _after(value)
        kind = exp.GTE if kind is exp.GT else exp.LT
    return kind(this=side.copy(), expression=_literal(_near(value, edges), levels))


def _inside(side: exp.Expr, low: _Number, high: _Number | None, levels: Levels) -> exp.Expr:
    """Return that a value is in the levels from one edge to another."""
    above, below = (exp.GT, exp.LTE) if levels.scale is Scale.AMOUNTS else (exp.GTE, exp.LT)
    begins = above(this=side.copy(), expression=_literal(low, levels))
    if high is None:
        return begins
    return exp.And(this=begins, expression=below(this=side.copy(), expression=_literal(high, levels)))


def _by_levels(tree: exp.Select, column: str, levels: Levels) -> _Changed:
    """Return a SELECT that shows and groups by the column itself, where it did so by something made of it."""
    _spell_out(tree)
    bare = next((each for each in tree.find_all(exp.Column) if each.name.lower() == column.lower()), None)
    if bare is None:
        return None
    shown: exp.Expr = bare.copy()
    if levels.scale is Scale.AGES:
        shown = exp.Anonymous(this="age_in_years", expressions=[shown])
    group = tree.args.get("group")
    keys = list(group.expressions) if group is not None else []
    for node in [p.unalias() for p in tree.selects] + keys:
        if _mentions(node, column) and node.find(exp.AggFunc) is None:
            node.replace(shown.copy())
    return tree


def _is_of(node: exp.Expr, column: str) -> bool:
    """Return whether an expression is a column, or the age from it."""
    node = node.unnest()
    if isinstance(node, exp.Anonymous) and node.name.lower() == "age_in_years" and len(node.expressions) == 1:
        node = node.expressions[0].unnest()
    return isinstance(node, exp.Column) and node.name.lower() == column.lower()


def _edges(levels: Levels) -> list[_Number] | None:
    """Return where the levels begin, in order; None for levels without an order."""
    if levels.scale is Scale.VALUES:
        return None
    if levels.scale is Scale.MONTHS:
        lows = [low for low in levels.lows if isinstance(low, date)]
        last = [high for high in levels.highs if isinstance(high, date)]
        return [*lows, last[-1] + timedelta(days=1)] if lows and last else None
    return [float(edge) for edge in levels.edges]


def _near(value: _Number, edges: list[_Number]) -> _Number:
    return min(edges, key=lambda edge: abs(edge - value))  # type: ignore[operator]


def _after(value: _Number) -> _Number:
    return value + timedelta(days=1) if isinstance(value, date) else value + 1


def _value(node: exp.Expr, levels: Levels) -> _Number | None:
    """Return the number or day that a literal is; None for anything else."""
    node = node.unnest()
    if isinstance(node, exp.Cast):
        node = node.this.unnest()
    if not isinstance(node, exp.Literal):
        return None
    try:
        return date.fromisoformat(node.name[:10]) if levels.scale is Scale.MONTHS else float(node.name)
    except ValueError:
        return None


def _literal(value: _Number, levels: Levels) -> exp.Expr:
    if isinstance(value, date):
        return exp.Cast(this=exp.Literal.string(value.isoformat()), to=exp.DataType.build("date"))
    return exp.Literal.number(f"{value:.15g}")
