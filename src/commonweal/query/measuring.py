"""Cutting a measure out of the question, and leaving a SELECT over its cells in its place."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from commonweal.catalogue.contract import Contract, Kind
from commonweal.query.aggregates import Decomposition
from commonweal.query.amounts import number
from commonweal.query.conditions import conjuncts
from commonweal.query.findings import Findings
from commonweal.query.grouping import Grouping, aggregates_of
from commonweal.query.measure import SET, Key, Measure
from commonweal.query.relation import BaseColumn, Level, Role, Shape, Value
from commonweal.query.rows import owner
from commonweal.query.sources import AGE_PREFIX, Relation
from commonweal.query.truth import BOOLEAN, is_condition
from commonweal.query.unreadable import unreadable
from commonweal.query.vocabulary import RESERVED


def cut_out(
    select: exp.Select, grouping: Grouping, relation: Relation, contracts: Mapping[str, Contract], found: Findings
) -> Shape:
    """Record the measure that `select` is, and turn `select` into a SELECT over the measure's cells."""
    name = f"{RESERVED}measure_{len(found.measures) + 1}"
    _without_sub_queries(select, grouping)
    where = select.args.get("where")
    chosen = _chosen_by(select, relation)
    keys = tuple(_key(number, node, relation, contracts, chosen) for number, node in enumerate(grouping.keys, 1))
    for node in grouping.keys:
        found.expression(node, relation, Role.KEY)
    _note_arguments(select, relation, found)
    decomposition = Decomposition(name, relation, lambda base: contracts[base.dataset].by_name[base.column])
    rewriter = _Rewriter(name, grouping, keys, decomposition, select)
    predicates = tuple(part.copy() for part in conjuncts(where.this)) if where else ()
    parts = {part: select.args[part] for part in ("from_", "joins") if select.args.get(part)}
    body = exp.Select(**{part: _copied(value) for part, value in parts.items()})
    rewriter.replace_all()
    found.measures.append(
        Measure(name, body, predicates, keys, grouping.sets, tuple(decomposition.found.values()), relation.entities)
    )
    return Shape(Level.CELLS, {projection.alias_or_name: Value() for projection in select.expressions})


def _chosen_by(select: exp.Select, relation: Relation) -> frozenset[BaseColumn]:
    """Return the base columns that WHERE itself, not a sub-query in it, chooses rows by."""
    where = select.args.get("where")
    columns = where.find_all(exp.Column) if where else ()
    own = (column for column in columns if owner(column) is select and column.table in relation.sources)
    return frozenset(base for column in own for base in relation.value(column).sources)


def _without_sub_queries(select: exp.Select, grouping: Grouping) -> None:
    parts = [
        *grouping.keys,
        *(node.parent if isinstance(node.parent, exp.Filter) else node for node in aggregates_of(select)),
    ]
    if any(part.find(exp.Query) is not None for part in parts):
        raise unreadable("it groups by or aggregates the result of a sub-query.", "Join the tables instead.")


def _copied(value: exp.Expr | list[exp.Expr]) -> exp.Expr | list[exp.Expr]:
    return [child.copy() for child in value] if isinstance(value, list) else value.copy()


def _key(
    number: int,
    node: exp.Expr,
    relation: Relation,
    contracts: Mapping[str, Contract],
    chosen: frozenset[BaseColumn],
) -> Key:
    column = (
        relation.value(node).same_as if isinstance(node, exp.Column) and not node.name.startswith(AGE_PREFIX) else None
    )
    title = node.name.removeprefix(AGE_PREFIX) if isinstance(node, exp.Column) else ""
    kinds = {contracts[base.dataset].by_name[base.column].kind for base in relation.bases(node)}
    secret = column is None and not kinds <= {Kind.QUASI, Kind.PLAIN} and not _all_labelled(node, relation)
    sensitive = any(
        contracts[base.dataset].by_name[base.column].kind in {Kind.SENSITIVE, Kind.SPECIAL} and base not in chosen
        for base in relation.bases(node)
    )
    return Key(f"k{number}", node.copy(), title, column, _labels(node), secret, sensitive)


def _all_labelled(node: exp.Expr, relation: Relation) -> bool:
    """Return whether every value that an expression can take is a label, or is null where a dataset's own value is."""
    if isinstance(node, exp.Case):
        return _labels(node) is not None
    plain = (*BOOLEAN, exp.Column, exp.Identifier, exp.Literal, exp.Paren, exp.Add, exp.Sub, exp.Mul, exp.Neg)
    return (
        is_condition(node)
        and all(isinstance(part, plain) for part in node.walk())
        and all(relation.value(column).same_as is not None for column in node.find_all(exp.Column))
    )


def _labels(node: exp.Expr) -> tuple[object, ...] | None:
    """Return the only values an expression can take by its form: a CASE's literals, or true and false."""
    if is_condition(node):
        return (True, False)
    if not isinstance(node, exp.Case):
        return None
    outcomes = [case.args["true"] for case in node.args["ifs"]] + [node.args.get("default")]
    labels = [_label(outcome) for outcome in outcomes]
    return None if _NO_LABEL in labels else tuple(dict.fromkeys(labels))


_NO_LABEL = object()


def _label(node: exp.Expr | None) -> object:
    """Return the value of a literal, None for null (which a CASE without ELSE gives), `_NO_LABEL` for anything else."""
    if node is None or isinstance(node, exp.Null):
        return None
    if isinstance(node, exp.Literal) and node.is_string:
        return node.name
    value = number(node)
    return _NO_LABEL if value is None else int(value) if value == int(value) else value


def _note_arguments(select: exp.Select, relation: Relation, found: Findings) -> None:
    for aggregate in aggregates_of(select):
        for column in aggregate.find_all(exp.Column):
            if owner(column) is not select or not column.table:
                continue
            counted = isinstance(column.parent, (exp.Count, exp.Distinct)) or _counted_in_case(column)
            role = Role.COUNTED if counted else Role.ARGUMENT if column.parent is aggregate else Role.COMPUTED
            found.use(relation.value(column), role)
        filtered = aggregate.parent if isinstance(aggregate.parent, exp.Filter) else None
        for column in filtered.expression.find_all(exp.Column) if filtered is not None else ():
            found.use(relation.value(column), Role.PREDICATE)


def _counted_in_case(column: exp.Column) -> bool:
    """Return whether the column is what count(DISTINCT CASE WHEN ... THEN column END) counts."""
    branch, case = column.parent, column.parent.parent if column.parent else None
    return (
        isinstance(branch, exp.If) and column.arg_key == "true" and isinstance(case, exp.Case)
        and isinstance(case.parent, exp.Distinct) and not case.args.get("default")
    )  # fmt: skip


class _Rewriter:
    """Turns the measure's SELECT into one over its cells."""

    def __init__(
        self, name: str, grouping: Grouping, keys: tuple[Key, ...], decomposition: Decomposition, select: exp.Select
    ) -> None:
        self.name = name
        self.grouping = grouping
        self.columns = {node: exp.column(key.name, table=name) for node, key in zip(grouping.keys, keys, strict=True)}
        self.decomposition = decomposition
        self.select = select

    def replace_all(self) -> None:
        select = self.select
        outputs = [
            exp.alias_(self.over_cells(p.unalias().copy()), p.alias_or_name, quoted=True) for p in select.expressions
        ]
        having = select.args.get("having")
        conditions = [self.over_cells(having.this.copy())] if having else []
        order = select.args.get("order")
        if order:
            names = {projection.alias_or_name for projection in select.expressions}
            for ordered in order.expressions:
                if not (isinstance(ordered.this, exp.Column) and not ordered.this.table and ordered.this.name in names):
                    ordered.set("this", self.over_cells(ordered.this.copy()))
        select.set("expressions", outputs)
        select.set("from_", exp.From(this=exp.to_table(self.name)))
        for part in ("joins", "group", "having", "where"):
            select.set(part, None)
        if conditions:
            select.set("where", exp.Where(this=exp.and_(*conditions)))

    def over_cells(self, node: exp.Expr) -> exp.Expr:
        """Return the expression with keys and aggregates replaced by the cells' columns."""
        if node in self.columns:
            return self.columns[node].copy()
        if isinstance(node, exp.Window):
            return self._window(node)
        if isinstance(node, exp.Grouping):
            return self._grouping(node)
        if isinstance(node, (exp.Filter, exp.WithinGroup, exp.AggFunc)):
            return self._aggregate(node)
        if isinstance(node, exp.Column):
            raise unreadable(
                f"the column {node.name.removeprefix(AGE_PREFIX)[:60]} is neither grouped by nor aggregated.",
                "Add it to GROUP BY, or aggregate it.",
            )
        if isinstance(node, exp.Query):
            return node
        for key, value in list(node.args.items()):
            if isinstance(value, list):
                node.set(key, [self.over_cells(c) if isinstance(c, exp.Expr) else c for c in value])
            elif isinstance(value, exp.Expr):
                node.set(key, self.over_cells(value))
        return node

    def _aggregate(self, node: exp.Expr) -> exp.Expr:
        inner = node.this if isinstance(node, (exp.Filter, exp.WithinGroup)) else node
        if any(
            child is not inner and isinstance(child, (exp.AggFunc, exp.Query))
            for child in inner.walk()
            if child is not node
        ):
            raise unreadable("it aggregates an aggregate.", "Aggregate once in a WITH sub-query, then again above it.")
        return self.decomposition.rewritten(node)

    def _window(self, node: exp.Window) -> exp.Expr:
        """A window over cells stays; what it works on becomes the cells' columns."""
        function = node.this
        target = function.this if isinstance(function, (exp.IgnoreNulls, exp.RespectNulls)) else function
        for key, value in list(target.args.items()):
            if isinstance(value, list):
                target.set(key, [self.over_cells(c) if isinstance(c, exp.Expr) else c for c in value])
            elif isinstance(value, exp.Expr) and not isinstance(value, exp.Star):
                target.set(key, self.over_cells(value))
        for key in ("partition_by", "order", "spec"):
            value = node.args.get(key)
            if isinstance(value, list):
                node.set(key, [self.over_cells(child) for child in value])
            elif isinstance(value, exp.Expr):
                node.set(key, self.over_cells(value))
        return node

    def _grouping(self, node: exp.Grouping) -> exp.Expr:
        """GROUPING(key) is 1 in the sets that leave the key out."""
        target = node.this if node.this is not None else node.expressions[0]
        if target not in self.columns:
            raise unreadable("GROUPING takes one group key.", "Write GROUPING(column) for a column of GROUP BY.")
        key = list(self.columns).index(target)
        without = [exp.Literal.number(i) for i, members in enumerate(self.grouping.sets) if key not in members]
        inside = exp.In(this=exp.column(SET, table=self.name), expressions=without or [exp.Literal.number(-1)])
        return exp.Case(ifs=[exp.If(this=inside, true=exp.Literal.number(1))], default=exp.Literal.number(0))
