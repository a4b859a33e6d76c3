"""Conditions on rows: joins on equal columns, semi-joins, and the predicates of WHERE."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

from commonweal.query.findings import Findings
from commonweal.query.relation import Level, Link, Role, Shape, Value
from commonweal.query.sources import Pair, Relation, Source
from commonweal.query.unreadable import unreadable

Reader = Callable[[exp.Query], Shape]


def conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the parts of a condition that must all hold."""
    node = node.unnest()
    if isinstance(node, exp.And):
        yield from conjuncts(node.left)
        yield from conjuncts(node.right)
    else:
        yield node


def in_order(
    select: exp.Select, first: Relation, joins: list[tuple[Source, exp.Join]]
) -> list[tuple[Source, exp.Join]]:
    """Return the joins in an order in which each equates something with what came before.

    Tables listed with commas are joined by equalities in WHERE: those move into the join that they belong to.
    """
    if all(join.args.get("on") or join.side or join.kind for _, join in joins):
        return joins
    known, ordered, waiting = set(first.sources), [], list(joins)
    while waiting:
        chosen = next((pair for pair in waiting if _attached(select, known, *pair)), waiting[0])
        waiting.remove(chosen)
        known.add(chosen[0].alias)
        ordered.append(chosen)
    select.set("joins", [join for _, join in ordered])
    return ordered


def _attached(select: exp.Select, known: set[str], source: Source, join: exp.Join) -> bool:
    """Return whether a join stands on what is known, moving equalities from WHERE into one that has no ON."""
    if join.args.get("on") or join.side or join.kind:
        return all(column.table in known | {source.alias} for column in join.find_all(exp.Column) if column.table)
    where = select.args.get("where")
    parts = list(conjuncts(where.this)) if where else []
    own = [part for part in parts if _equates(part, known, source.alias)]
    if not own:
        return False
    rest = [part.copy() for part in parts if part not in own]
    join.set("on", exp.and_(*(part.copy() for part in own)))
    select.set("where", exp.Where(this=exp.and_(*rest)) if rest else None)
    return True


def _equates(part: exp.Expr, known: set[str], alias: str) -> bool:
    sides = [part.left.unnest(), part.right.unnest()] if isinstance(part, exp.EQ) else []
    tables = {side.table for side in sides if isinstance(side, exp.Column)}
    return len(sides) == 2 and len(tables) == 2 and alias in tables and bool(tables & known)


def join_pairs(join: exp.Join, relation: Relation, source: Source, found: Findings) -> list[Pair]:
    """Return the pairs of columns that a join equates, noting links and any further condition on the new side.

    Raises:
        Refused: for a join that is not inner or left, or that does not equate two columns.
    """
    if (
        join.side.upper() not in {"", "LEFT"}
        or join.kind.upper() not in {"", "INNER", "OUTER"}
        or (join.kind.upper() == "OUTER" and not join.side)
    ):
        raise unreadable(
            "it joins rows other than by inner or left join.", "Write JOIN or LEFT JOIN ... ON a.key = b.key."
        )
    pairs: list[Pair] = []
    condition = join.args.get("on")
    for part in conjuncts(condition) if condition else []:
        pair = _pair(part, relation, source)
        if pair is None:
            _note_side_condition(part, source, found)
            continue
        left, right = pair
        known, fresh = relation.value(left), source.shape.columns[right.name]
        found.use(known, Role.JOIN)
        found.use(fresh, Role.JOIN)
        found.links.add(_link(known, fresh))
        pairs.append(((left.table, left.name), (right.table, right.name)))
    if not pairs:
        raise unreadable(
            "it joins without equating a link column of each side.",
            "Write JOIN ... ON a.key = b.key with an agreed link.",
        )
    return pairs


def _pair(part: exp.Expr, relation: Relation, source: Source) -> tuple[exp.Column, exp.Column] | None:
    if not isinstance(part, exp.EQ):
        return None
    left, right = part.left.unnest(), part.right.unnest()
    if not (isinstance(left, exp.Column) and isinstance(right, exp.Column)):
        return None
    if left.table == source.alias:
        left, right = right, left
    if left.table in relation.sources and right.table == source.alias and right.name in source.shape.columns:
        return left, right
    return None


def _link(left: Value, right: Value) -> Link:
    if left.same_as is None or right.same_as is None:
        raise unreadable("it joins on a calculated value.", "Join on the link columns themselves.")
    return Link(*sorted((left.same_as, right.same_as)))


def _note_side_condition(part: exp.Expr, source: Source, found: Findings) -> None:
    """A further condition of a join may restrict the new side only; it is a predicate like any other."""
    if part.find(exp.Query):
        raise unreadable("it joins on a sub-query.", "Put the condition into WHERE.")
    own = Relation({source.alias: source}, ())
    for column in part.find_all(exp.Column):
        if column.table != source.alias:
            raise unreadable(
                "a join's further conditions must be on the joined table alone.", "Put the condition into WHERE."
            )
    note_predicate(part, own, found)


def note_conditions(where: exp.Where, relation: Relation, found: Findings, read: Reader) -> None:
    """Note every predicate of a WHERE; EXISTS becomes IN, and IN (SELECT ...) a semi-join on one link."""
    for node in list(where.find_all(exp.Exists)):
        if node.find_ancestor(exp.Select) is where.parent:
            node.replace(_exists_as_in(node, relation))
    _note(where.this, relation, found, read)


def _note(node: exp.Expr, relation: Relation, found: Findings, read: Reader) -> None:
    if isinstance(node, (exp.And, exp.Or)):
        _note(node.left, relation, found, read)
        _note(node.right, relation, found, read)
    elif isinstance(node, (exp.Paren, exp.Not)):
        _note(node.this, relation, found, read)
    elif isinstance(node, exp.In) and node.args.get("query"):
        _semi_join(node, relation, found, read)
    elif node.find(exp.Query):
        raise unreadable(
            "it compares rows with the result of a sub-query.",
            "Compare with a number, or use IN (SELECT link column ...).",
        )
    else:
        note_predicate(node, relation, found)


def note_predicate(node: exp.Expr, relation: Relation, found: Findings) -> None:
    """Note one predicate without sub-queries."""
    if isinstance(node, exp.Not):
        note_predicate(node.this, relation, found)
        return
    if isinstance(node, exp.Is) and isinstance(node.this, exp.Column) and isinstance(node.expression, exp.Null):
        found.use(relation.value(node.this), Role.NULL_TEST)
        return
    for column in node.find_all(exp.Column):
        found.use(relation.value(column), Role.PREDICATE)


def _semi_join(node: exp.In, relation: Relation, found: Findings, read: Reader) -> None:
    inner = node.args["query"]
    inner = inner.this if isinstance(inner, exp.Subquery) else inner
    outputs = [projection.alias_or_name for projection in inner.selects]
    shape = read(inner)
    left = node.this.unnest()
    if shape.level is not Level.ROWS or len(outputs) != 1 or not isinstance(left, exp.Column):
        raise unreadable(
            "an IN (SELECT ...) on rows must compare one link column.", "Write link IN (SELECT link FROM ...)."
        )
    outer, partner = relation.value(left), shape.columns[outputs[0]]
    found.use(outer, Role.SEMI_JOIN)
    found.use(partner, Role.SEMI_JOIN)
    found.links.add(_link(outer, partner))
    # NOT IN is true of nobody once a null is among the values; leaving nulls out makes it the anti-join that is meant.
    name = exp.column(outputs[0], table="semi")
    kept = exp.select(name).from_(exp.Subquery(this=inner.copy(), alias=exp.TableAlias(this=exp.to_identifier("semi"))))
    node.set("query", exp.Subquery(this=kept.where(exp.Not(this=exp.Is(this=name.copy(), expression=exp.Null())))))


def _exists_as_in(node: exp.Exists, relation: Relation) -> exp.In:
    """Rewrite EXISTS (... WHERE inner.key = outer.key AND ...) as outer.key IN (SELECT inner.key ...)."""
    select = node.this.unnest() if isinstance(node.this, exp.Subquery) else node.this
    if (
        not isinstance(select, exp.Select)
        or select.args.get("group")
        or select.args.get("limit")
        or not select.args.get("where")
    ):
        raise unreadable(
            "its EXISTS is not a plain look-up.", "Write EXISTS (SELECT 1 FROM t WHERE t.key = outer.key)."
        )
    pair, rest = None, []
    for part in conjuncts(select.args["where"].this):
        sides = [part.left, part.right] if isinstance(part, exp.EQ) else []
        outer = [side for side in sides if isinstance(side, exp.Column) and side.table in relation.sources]
        if pair is None and len(outer) == 1 and all(isinstance(side, exp.Column) for side in sides):
            pair = outer[0], next(side for side in sides if side is not outer[0])
        else:
            rest.append(part)
    if pair is None:
        raise unreadable(
            "its EXISTS does not equate a link column with the outer table.", "Add t.key = outer.key to its WHERE."
        )
    inner = select.copy()
    inner.set("expressions", [exp.alias_(pair[1].copy(), pair[1].name)])
    inner.set("where", exp.Where(this=exp.and_(*[part.copy() for part in rest])) if rest else None)
    return exp.In(this=pair[0].copy(), query=exp.Subquery(this=inner))
