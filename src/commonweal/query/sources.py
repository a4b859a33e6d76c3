"""What a row-level SELECT reads: its datasets and sub-queries, how they are joined, and whom its rows are about."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sqlglot import exp

from commonweal.catalogue.contract import ROW, Contract
from commonweal.query.dialect import sql
from commonweal.query.relation import BaseColumn, Entity, Factors, Level, Shape, Value, times
from commonweal.query.truth import has_condition
from commonweal.query.unreadable import mistaken, unreadable

ENTITY_PREFIX = "__entity_"
AGE_PREFIX = "__age_"
RECORD_KEY = "__record_key"
"""Hidden columns of every treated table: the key of each kind of entity, ages, and the record key of the cell key method."""

MOST_WRITTEN = 200
"""Characters up to which the origin of a value is kept as it is, and not as a hash."""

Pair = tuple[tuple[str, str], tuple[str, str]]
"""Two equated columns, each as (alias, name)."""


@dataclass(frozen=True)
class Source:
    """One thing in FROM or JOIN: a dataset or a sub-query under its alias; `optional` on the right of a LEFT JOIN."""

    alias: str
    shape: Shape
    dataset: str = ""
    optional: bool = False


@dataclass(frozen=True)
class Relation:
    """The joined sources: entities with their uniqueness, and the sets of columns no two rows agree on."""

    sources: Mapping[str, Source]
    entities: tuple[Entity, ...]
    unique_on: frozenset[frozenset[tuple[str, str]]] = frozenset()
    equal: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def value(self, column: exp.Column) -> Value:
        """Return where a column comes from; refuse one that belongs to a query further out."""
        source = self.sources.get(column.table)
        if source is not None and column.name.startswith(AGE_PREFIX):
            return Value(source.shape.columns[column.name.removeprefix(AGE_PREFIX)].sources)
        if source is None:
            raise unreadable(
                "a sub-query refers to a table outside it.",
                "Join the tables, or use IN (SELECT ...) or EXISTS with one equality.",
            )
        if column.name not in source.shape.columns:
            near = difflib.get_close_matches(column.name, source.shape.columns, n=1)
            remedy = f"Did you mean {near[0]}?" if near else "Check the table's columns."
            reason = f"there is no column named {column.name[:60]} in {column.table[:60]}."
            raise mistaken(reason, remedy, about=column.name[:60])
        value = source.shape.columns[column.name]
        return replace(value, optional=True) if source.optional else value

    def bases(self, node: exp.Expr) -> frozenset[BaseColumn]:
        """Return all base columns that an expression is computed from."""
        return frozenset(base for column in node.find_all(exp.Column) for base in self.value(column).sources)

    def origin(self, node: exp.Expr) -> str:
        """Return an expression as text in which a column is the expression further in that it stands for."""

        def written_out(part: exp.Expr) -> exp.Expr:
            if isinstance(part, exp.Column) and part.table in self.sources:
                return exp.column(self.value(part).origin or part.name, table=part.table)
            return part

        text = sql(node.transform(written_out), spent=True)
        # Written out in full, an expression that uses itself twice at every level would grow without end.
        return text if len(text) <= MOST_WRITTEN else hashlib.sha256(text.encode()).hexdigest()

    def is_chosen(self, node: exp.Expr) -> bool:
        """Return whether a condition decides an expression's value, here or further in."""
        return has_condition(node) or any(self.value(column).chosen for column in node.find_all(exp.Column))

    def same(self, left: exp.Column, right: exp.Column) -> bool:
        """Return whether two columns were equated by the joins."""
        number = self.equal.get((left.table, left.name))
        return number is not None and number == self.equal.get((right.table, right.name))


def scanned(alias: str, reference: str, contract: Contract) -> Source:
    """Return a dataset as a source; unclassified columns are there too, for the ruling to refuse."""
    columns = {}
    for column in contract.columns:
        base = BaseColumn(reference, column.name)
        columns[column.name.lower()] = Value(frozenset({base}), base)
    unique = frozenset(frozenset({column.name.lower()}) for column in contract.columns if column.unique)
    entities = []
    for entity in contract.entities:
        key = entity.key.lower()
        is_unique = entity.key == ROW or frozenset({key}) in unique
        members = frozenset() if entity.key == ROW else frozenset({("", key)})
        most = () if is_unique else ((reference, entity.kind),)
        hidden = f"{ENTITY_PREFIX}{entity.kind}"
        entities.append(Entity(entity.kind, "", hidden, is_unique, members, entity.key == ROW, most))
    return Source(alias, Shape(Level.ROWS, columns, tuple(entities), unique), reference)


def alone(source: Source) -> Relation:
    """Return the relation of one source."""
    entities = tuple(_within(entity, source.alias) for entity in source.shape.entities)
    unique = frozenset(frozenset((source.alias, name) for name in names) for names in source.shape.unique_on)
    return Relation({source.alias: source}, entities, unique)


def _within(entity: Entity, alias: str) -> Entity:
    members = frozenset((alias, name) for _, name in entity.members)
    return replace(entity, alias=alias, members=members)


def joined(relation: Relation, source: Source, pairs: list[Pair]) -> Relation:
    """Return the relation joined with a source on equal columns: `pairs` of (known side, new side), each (alias, column).

    Uniqueness of the known side survives when the new side has at most one partner, and the other way round.
    """
    new = alone(source)
    on_known = {known for known, _ in pairs}
    on_new = {fresh for _, fresh in pairs}
    one_partner = any(names <= on_new for names in new.unique_on)
    one_known = any(names <= on_known for names in relation.unique_on)
    partners, known_rows = _most(new, on_new, one_partner), _most(relation, on_known, one_known)
    entities = [replace(e, unique=e.unique and one_partner, most=times(e.most, partners)) for e in relation.entities]
    for entity in new.entities:
        entity = replace(entity, unique=entity.unique and one_known, most=times(entity.most, known_rows))
        _merge(entities, entity, pairs, optional=source.optional)
    unique = (relation.unique_on if one_partner else frozenset()) | (
        new.unique_on if one_known and not source.optional else frozenset()
    )
    _check_row_entities(entities)
    return Relation(
        {**relation.sources, source.alias: source}, tuple(entities), unique, _equated(relation.equal, pairs)
    )


def _most(relation: Relation, columns: set[tuple[str, str]], one: bool) -> Factors | None:
    """Return how many rows of a relation can agree on `columns`: one, or as many as the entity that they name has."""
    if one:
        return ()
    return next((entity.most for entity in relation.entities if columns & entity.members), None)


def _merge(entities: list[Entity], entity: Entity, pairs: list[Pair], *, optional: bool) -> None:
    """Add an entity, as one with a known entity of the same kind when their keys are equated."""
    for position, known in enumerate(entities):
        equated = any(left in known.members and right in entity.members for left, right in pairs)
        if known.kind == entity.kind and equated:
            # The right side of a LEFT JOIN may be null, so its columns do not stand for the entity of every row.
            members = known.members if optional else known.members | entity.members
            unique = known.unique or (entity.unique and not optional)
            entities[position] = replace(known, members=members, unique=unique)
            return
    # Rows without a partner have no entity of this kind, so its rows must be looked at one by one.
    entities.append(replace(entity, unique=entity.unique and not optional))


def _check_row_entities(entities: list[Entity]) -> None:
    for entity in entities:
        if entity.by_row and not entity.unique:
            raise unreadable(
                f"the join would repeat records of a dataset whose {entity.kind} has no key, so they could not be counted.",
                "Join on a column that is unique in the other dataset.",
            )


def _equated(equal: Mapping[tuple[str, str], int], pairs: list[Pair]) -> dict[tuple[str, str], int]:
    classes = dict(equal)
    for left, right in pairs:
        number = classes.get(left, classes.get(right, len(classes) + 1))
        merged = classes.get(right)
        classes = {
            column: (number if known == merged and merged is not None else known) for column, known in classes.items()
        }
        classes[left] = classes[right] = number
    return classes
