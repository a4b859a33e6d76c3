"""SELECTs that stay below the measure: rows handed on, and rows grouped by the entity itself.

Both also hand on, hidden, the key of every entity their rows are about, so that the measure above can count whom it shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlglot import exp

from commonweal.query.amounts import is_own
from commonweal.query.findings import Findings
from commonweal.query.grouping import Grouping
from commonweal.query.relation import Entity, Level, Role, Shape, Value
from commonweal.query.sources import AGE_PREFIX, ENTITY_PREFIX, RECORD_KEY, Relation
from commonweal.query.unreadable import unreadable


def owner(node: exp.Expr) -> exp.Expr | None:
    """Return the SELECT whose own expressions `node` is part of."""
    return node.find_ancestor(exp.Select)


def own_columns(select: exp.Select) -> Iterator[exp.Column]:
    """Yield the columns of a SELECT's own expressions, not those of its sub-queries."""
    return (column for column in select.find_all(exp.Column) if owner(column) is select)


def normalise(select: exp.Select, relation: Relation) -> None:
    """Replace what USING left behind: of equated columns the first stands for all."""
    for node in list(select.find_all(exp.Coalesce)):
        columns = [node.this, *node.expressions]
        if owner(node) is select and all(isinstance(c, exp.Column) and relation.same(node.this, c) for c in columns):
            node.replace(node.this.copy())


def entity_of(node: exp.Expr, relation: Relation) -> Entity | None:
    """Return the entity whose key an expression is, or None."""
    if not isinstance(node, exp.Column):
        return None
    return next((entity for entity in relation.entities if (node.table, node.name) in entity.members), None)


def _plain_below(select: exp.Select) -> None:
    """Refuse what picks out single rows: windows, and in a sub-query ORDER BY with LIMIT."""
    if any(owner(window) is select for window in select.find_all(exp.Window)):
        raise unreadable(
            "it uses a window over rows, which gives one value a row.", "Aggregate first, then use the window."
        )
    if select.parent is not None and (select.args.get("limit") or select.args.get("offset")):
        raise unreadable("it takes the first few rows of a sub-query.", "Leave LIMIT to the end, above the aggregates.")


def passed_on(select: exp.Select, relation: Relation, found: Findings) -> Shape:
    """Read a SELECT that hands rows on, with nothing aggregated."""
    _plain_below(select)
    select.set("order", None)  # the order of rows means nothing to what is above
    columns: dict[str, Value] = {}
    for projection in select.expressions:
        node = projection.unalias()
        if node.find(exp.Query):
            raise unreadable("a row's value comes from a sub-query.", "Join the tables instead.")
        found.expression(node, relation, Role.PASSED)
        columns[projection.alias_or_name] = _value(node, relation)
    visible = {
        (n.table, n.name): p.alias_or_name for p in select.expressions if isinstance(n := p.unalias(), exp.Column)
    }
    unique = {frozenset(visible[c] for c in names) for names in relation.unique_on if names <= visible.keys()}
    entities = []
    for entity, name in _hidden_names(relation.entities):
        if not entity.by_row:
            select.append("expressions", exp.alias_(exp.column(entity.column, table=entity.alias), name))
        members = frozenset(("", visible[member]) for member in entity.members if member in visible)
        entities.append(replace(entity, alias="", column=name, members=members))
    _hand_on_record_key(select, relation, grouped=False)
    return Shape(Level.ROWS, columns, tuple(entities), frozenset(unique))


def _hand_on_record_key(select: exp.Select, relation: Relation, *, grouped: bool) -> None:
    """Hand on the record key of the first entity, for the cell key method; grouped by that entity there is only one."""
    if relation.entities:
        column = exp.column(RECORD_KEY, table=relation.entities[0].alias)
        select.append("expressions", exp.alias_(exp.Min(this=column) if grouped else column, RECORD_KEY))


def per_entity(select: exp.Select, grouping: Grouping, relation: Relation, found: Findings) -> Shape:
    """Read a SELECT grouped by an entity's key: one row an entity (or an entity and something else), still rows."""
    if len(grouping.sets) > 1:
        raise unreadable("it makes totals of a grouping by person or home.", "Group by the key alone.")
    names = {}
    for key in grouping.keys:
        found.expression(key, relation, Role.ENTITY if entity_of(key, relation) else Role.KEY)
    columns: dict[str, Value] = {}
    for projection in select.expressions:
        node = projection.unalias()
        _note_aggregates(node, grouping, relation, found)
        same = next((key for key in grouping.keys if key == node), None)
        columns[projection.alias_or_name] = _value(node, relation)
        if same is not None:
            names[grouping.keys.index(same)] = projection.alias_or_name
    if having := select.args.get("having"):
        _note_aggregates(having.this, grouping, relation, found)
    _plain_below(select)
    select.set("distinct", None)
    select.set("order", None)
    select.set("group", exp.Group(expressions=[key.copy() for key in grouping.keys]))
    entities = tuple(
        _kept(entity, name, select, grouping, relation, names) for entity, name in _hidden_names(relation.entities)
    )
    _hand_on_record_key(select, relation, grouped=True)
    needed = {i for i, key in enumerate(grouping.keys) if not _depends(key, grouping, relation)}
    unique = frozenset({frozenset(names[i] for i in needed)}) if needed <= names.keys() else frozenset()
    return Shape(Level.ROWS, columns, entities, unique)


def _kept(
    entity: Entity, name: str, select: exp.Select, grouping: Grouping, relation: Relation, names: dict[int, str]
) -> Entity:
    own = [i for i, key in enumerate(grouping.keys) if entity_of(key, relation) == entity]
    if own:
        select.append("expressions", exp.alias_(grouping.keys[own[0]].copy(), name))
        others = [key for i, key in enumerate(grouping.keys) if i not in own and not _depends(key, grouping, relation)]
        members = frozenset(("", names[i]) for i in own if i in names)
        unique = entity.unique or not others
        nullable = entity.nullable or not entity.unique  # rows without the key make one group, which is nobody
        return Entity(entity.kind, "", name, unique, members, most=() if unique else entity.most, nullable=nullable)
    if not entity.by_row:
        # One of the entities behind the row stands for them all: a count of these can only be too small.
        select.append("expressions", exp.alias_(exp.Min(this=exp.column(entity.column, table=entity.alias)), name))
        return Entity(entity.kind, "", name, unique=False, most=entity.most)
    return Entity(entity.kind, "", name, unique=True, by_row=True)


def _depends(key: exp.Expr, grouping: Grouping, relation: Relation) -> bool:
    """Return whether a group key that is no entity key is settled by one that is (sex, when grouped by person)."""
    if not isinstance(key, exp.Column) or entity_of(key, relation) is not None:
        return False
    source = relation.sources[key.table]
    for other in grouping.keys:
        entity = entity_of(other, relation)
        if entity is not None and any(
            len(names) == 1 and (key.table, next(iter(names))) in entity.members for names in source.shape.unique_on
        ):
            return True
    return False


def _note_aggregates(node: exp.Expr, grouping: Grouping, relation: Relation, found: Findings) -> None:
    if node in grouping.keys:
        return
    if node.find(exp.Query):
        raise unreadable("a row's value comes from a sub-query.", "Join the tables instead.")
    for column in node.find_all(exp.Column):
        if (
            any(column in key.find_all(exp.Column) for key in grouping.keys)
            and column.find_ancestor(exp.AggFunc) is None
        ):
            continue
        counted = isinstance(column.parent, (exp.Count, exp.Distinct))
        role = Role.COUNTED if counted else Role.ARGUMENT if isinstance(column.parent, exp.AggFunc) else Role.COMPUTED
        found.use(relation.value(column), role)


def _value(node: exp.Expr, relation: Relation) -> Value:
    origin = relation.origin(node)
    if isinstance(node, exp.Column):
        return replace(relation.value(node), origin=origin)
    return Value(relation.bases(node), chosen=relation.is_chosen(node), own=is_own(node, relation), origin=origin)


def _hidden_names(entities: tuple[Entity, ...]) -> Iterator[tuple[Entity, str]]:
    seen: dict[str, int] = {}
    for entity in entities:
        seen[entity.kind] = number = seen.get(entity.kind, 0) + 1
        yield entity, f"{ENTITY_PREFIX}{entity.kind}" + (f"_{number}" if number > 1 else "")


def age_column(call: exp.Anonymous, select: exp.Select, relation: Relation, found: Findings) -> exp.Column:
    """Return the hidden column that holds the age for a date of birth, handing it up through sub-queries."""
    column = call.expressions[0].unnest() if len(call.expressions) == 1 else None
    if not isinstance(column, exp.Column):
        raise unreadable(
            "age_in_years takes one column.", "Write age_in_years(date_of_birth); the age is as of the data's date."
        )
    found.use(relation.value(column), Role.AGE)
    source = relation.sources[column.table]
    if source.dataset:
        return exp.column(AGE_PREFIX + column.name, table=column.table)
    inner = next(
        (s.this for s in select.find_all(exp.Subquery) if s.alias == source.alias and isinstance(s.this, exp.Select)),
        None,
    )
    return exp.column(_handed_up(inner, column.name), table=column.table)


def _handed_up(inner: exp.Expr | None, name: str) -> str:
    hidden = AGE_PREFIX + name
    projection = (
        next((p for p in inner.selects if p.alias_or_name == name), None) if isinstance(inner, exp.Select) else None
    )
    origin = projection.unalias() if projection is not None else None
    if not isinstance(inner, exp.Select) or not isinstance(origin, exp.Column) or inner.args.get("group"):
        raise unreadable(
            "the age is asked of a calculated date.", "Use age_in_years(date_of_birth) inside the sub-query."
        )
    if all(p.alias_or_name != hidden for p in inner.selects):
        table = next((t for t in inner.find_all(exp.Table) if t.alias_or_name == origin.table and t.db), None)
        below = next((s.this for s in inner.find_all(exp.Subquery) if s.alias == origin.table), None)
        source = AGE_PREFIX + origin.name if table is not None else _handed_up(below, origin.name)
        inner.append("expressions", exp.alias_(exp.column(source, table=origin.table), hidden))
    return hidden
