"""From a resolved tree to measures and a presentation.

Walks the question from the inside out. Every SELECT is one of three things: *rows* (about single entities, or grouped by
the entity itself), a *measure* (aggregates rows across entities), or *presentation* (works on cells alone). Measures are
cut out and replaced by a SELECT over their cells; what is left of the tree is the presentation. Datasets never appear in
it, so nothing but protected cells can reach it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from commonweal.catalogue.contract import Contract
from commonweal.query import conditions, measuring, rows
from commonweal.query.findings import Findings
from commonweal.query.grouping import grouping_of
from commonweal.query.relation import Level, Shape, Value
from commonweal.query.sources import Relation, Source, alone, joined, scanned
from commonweal.query.unreadable import unreadable


@dataclass(frozen=True)
class Named:
    """A WITH sub-query that has been read: its shape, and its tree for use where rows are wanted."""

    shape: Shape
    tree: exp.Query


@dataclass
class Splitter:
    """Reads one question; `found` collects what it does."""

    contracts: Mapping[str, Contract]
    found: Findings = field(default_factory=Findings)

    def query(self, node: exp.Query, names: Mapping[str, Named]) -> Shape:
        """Read a SELECT or UNION ALL in place and return its shape."""
        names = self._with(node, names)
        if isinstance(node, exp.Subquery):
            return self.query(node.this, names)
        if isinstance(node, exp.Union):
            return self._union(node, names)
        if isinstance(node, exp.Select):
            return self._select(node, names)
        raise unreadable("it is not a SELECT.", "Write one SELECT statement.")

    def _with(self, node: exp.Query, names: Mapping[str, Named]) -> Mapping[str, Named]:
        with_ = node.args.get("with_")
        if not with_:
            return names
        known = dict(names)
        for cte in list(with_.expressions):
            shape = self.query(cte.this, known)
            known[cte.alias] = Named(shape, cte.this)
            if shape.level is Level.ROWS:
                cte.pop()
        if not with_.expressions:
            with_.pop()
        return known

    def _union(self, node: exp.Union, names: Mapping[str, Named]) -> Shape:
        shapes = [self.query(side, names) for side in (node.this, node.expression)]
        if any(shape.level is Level.ROWS for shape in shapes):
            raise unreadable(
                "it puts rows of two tables under each other.", "Aggregate each part first, then write UNION ALL."
            )
        return shapes[0]

    def _select(self, node: exp.Select, names: Mapping[str, Named]) -> Shape:
        from_ = node.args.get("from_")
        parts: list[tuple[exp.Expr, exp.Join | None]] = [(from_.this, None)] if from_ else []
        parts += [(join.this, join) for join in node.args.get("joins") or []]
        sources = [self._source(part, join, names) for part, join in parts]
        levels = {source.shape.level for source in sources}
        if levels == {Level.ROWS, Level.CELLS}:
            raise unreadable(
                "it joins rows with results that are already aggregated.",
                "Aggregate the rows first, in a WITH sub-query, and join the two results.",
            )
        if Level.ROWS not in levels:
            return self._presentation(node, sources, names)
        relation = alone(sources[0])
        joins = [join for _, join in parts[1:] if join is not None]
        for source, join in conditions.in_order(node, relation, list(zip(sources[1:], joins, strict=True))):
            if join is not None:
                relation = joined(relation, source, conditions.join_pairs(join, relation, source, self.found))
        return self._rows(node, relation, names)

    def _source(self, node: exp.Expr, join: exp.Join | None, names: Mapping[str, Named]) -> Source:
        optional = join is not None and join.side.upper() == "LEFT"
        if isinstance(node, exp.Subquery):
            return Source(node.alias, self.query(node.this, names), optional=optional)
        if not isinstance(node, exp.Table):
            raise unreadable("it reads something that is not a dataset.", "Name datasets as organisation.dataset.")
        if not node.db:
            named = names[node.name]
            if named.shape.level is Level.ROWS:
                alias = exp.TableAlias(this=exp.to_identifier(node.alias or node.name))
                node.replace(exp.Subquery(this=named.tree.copy(), alias=alias))
            return Source(node.alias or node.name, named.shape, optional=optional)
        reference = f"{node.db}/{node.name}"
        source = scanned(node.alias, reference, self.contracts[reference])
        return Source(source.alias, source.shape, reference, optional)

    def _presentation(self, node: exp.Select, sources: list[Source], names: Mapping[str, Named]) -> Shape:
        aliases = {source.alias for source in sources}
        for subquery in _own_subqueries(node):
            if self.query(subquery, names).level is Level.ROWS:
                raise unreadable("it compares results with rows.", "Aggregate the rows first.")
        for column in rows.own_columns(node):
            if column.table and column.table not in aliases:
                raise unreadable("a sub-query refers to a table outside it.", "Join the results instead.")
        return Shape(Level.CELLS, {projection.alias_or_name: Value() for projection in node.expressions})

    def _rows(self, node: exp.Select, relation: Relation, names: Mapping[str, Named]) -> Shape:
        rows.normalise(node, relation)
        self._ages(node, relation)
        where = node.args.get("where")
        if where:
            conditions.note_conditions(where, relation, self.found, lambda query: self.query(query, names))
        grouping = grouping_of(node)
        if grouping is None:
            return rows.passed_on(node, relation, self.found)
        if any(rows.entity_of(key, relation) is not None for key in grouping.keys):
            return rows.per_entity(node, grouping, relation, self.found)
        for subquery in _own_subqueries(node, skip=("where", "from_", "joins")):
            if self.query(subquery, names).level is Level.ROWS:
                raise unreadable("it compares results with rows.", "Aggregate the rows first.")
        return measuring.cut_out(node, grouping, relation, self.contracts, self.found)

    def _ages(self, node: exp.Select, relation: Relation) -> None:
        for call in list(node.find_all(exp.Anonymous)):
            if call.name.lower() == "age_in_years" and rows.owner(call) is node:
                call.replace(rows.age_column(call, node, relation, self.found))


def _own_subqueries(node: exp.Select, skip: tuple[str, ...] = ("from_", "joins")) -> list[exp.Query]:
    """Return the sub-queries in a SELECT's own expressions, outermost only."""
    found: list[exp.Query] = []

    def walk(part: exp.Expr) -> None:
        if isinstance(part, exp.Query):
            found.append(part)
            return
        for child in part.iter_expressions():
            walk(child)

    for key, value in node.args.items():
        if key in skip or key == "with_":
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, exp.Expr):
                walk(child)
    return found
