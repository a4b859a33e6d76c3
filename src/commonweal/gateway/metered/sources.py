"""What a measure reads, laid flat: its datasets, the equations that join them, and every name as an expression over them.

Sub-queries that only hand rows on are written out. A sub-query grouped by its entity becomes a *base* whose columns are
derived from the entity's records. A semi-join becomes a base too, that its condition refers to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from commonweal.gateway.metered.feature import Form
from commonweal.gateway.metered.refusals import outside
from commonweal.query.conditions import conjuncts
from commonweal.query.sources import ENTITY_PREFIX, RECORD_KEY

MEMBER = "__member"
"""The column of every base that is null where the subject has no record there."""

Name = tuple[str, str]
"""A column: the base's alias, and the column's name in lower case."""

_ONE_VALUE = (exp.Min, exp.Max, exp.AnyValue)


@dataclass
class Base:
    """One dataset that the measure reads, under an alias of its own.

    `derived` maps the columns that a per-entity sub-query makes to how they are made; None where the dataset's rows are
    read as they are, and `by` is what it groups by. `optional`: on the right of a LEFT JOIN. `inside`: of a semi-join.
    """

    alias: str
    dataset: str
    derived: dict[str, tuple[Form, str]] | None = None
    optional: bool = False
    inside: bool = False
    by: str = ""


@dataclass
class Flat:
    """The measure laid flat: `predicates` must all hold, `equations` join the bases."""

    bases: dict[str, Base] = field(default_factory=dict)
    equations: list[tuple[Name, Name]] = field(default_factory=list)
    predicates: list[exp.Expr] = field(default_factory=list)
    scope: Scope = field(default_factory=lambda: Scope({}))

    def resolved(self, node: exp.Expr) -> exp.Expr:
        """Return an expression of the measure over the bases' columns."""
        return self.scope.resolved(node)


@dataclass(frozen=True)
class Scope:
    """What each alias of one SELECT stands for: a base, or a sub-query's columns as expressions over bases."""

    aliases: Mapping[str, str | Mapping[str, exp.Expr]]

    def resolved(self, node: exp.Expr) -> exp.Expr:
        """Return the expression with every column replaced by what it stands for."""
        return node.transform(self._column)

    def _column(self, node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Column) or node.table not in self.aliases:
            return node
        meant = self.aliases[node.table]
        if isinstance(meant, str):
            return exp.column(node.name, table=meant)
        return exp.Paren(this=meant[node.name].copy()) if node.name in meant else node


def flattened(
    relation: exp.Select, predicates: tuple[exp.Expr, ...], rows: Mapping[str, exp.Expr] | None = None
) -> Flat:
    """Return a measure's relation laid flat; Refused for a form that is not read from shared tables.

    `rows`: by dataset, the condition that its rows must meet to be shared. It holds wherever the dataset is read, and
    nowhere else.
    """
    flat = Flat()
    inner = _Flattening(flat, rows or {})
    flat.scope = inner.select(relation, inside=False)
    flat.predicates += [inner.condition(part, flat.scope) for part in predicates]
    return flat


@dataclass
class _Flattening:
    flat: Flat
    rows: Mapping[str, exp.Expr]

    def select(self, node: exp.Select, *, inside: bool, optional: bool = False) -> Scope:
        """Add a SELECT's sources, equations and conditions; return what its aliases stand for."""
        aliases: dict[str, str | Mapping[str, exp.Expr]] = {}
        from_ = node.args.get("from_")
        if from_ is None:
            raise outside("it reads no dataset.", "Name a dataset in FROM.")
        aliases[from_.this.alias_or_name] = self._source(from_.this, inside=inside, optional=optional)
        scope = Scope(aliases)
        for join in node.args.get("joins") or []:
            left = optional or join.side.upper() == "LEFT"
            aliases[join.this.alias_or_name] = self._source(join.this, inside=inside, optional=left)
            for part in conjuncts(join.args["on"]):
                self._join(scope.resolved(part), optional=left)
        where = node.args.get("where")
        for part in conjuncts(where.this) if where else ():
            if optional:
                raise outside("it joins the rows of a sub-query with a condition by LEFT JOIN.", "Use an inner join.")
            self.flat.predicates.append(self.condition(part, scope))
        return scope

    def _source(self, node: exp.Expr, *, inside: bool, optional: bool) -> str | Mapping[str, exp.Expr]:
        if isinstance(node, exp.Table):
            return self._base(node, inside=inside, optional=optional).alias
        inner = node.this
        if not isinstance(inner, exp.Select):
            raise outside("it reads rows in a form that has no shared table.", "Read the dataset itself.")
        if inner.args.get("group"):
            return self._per_entity(inner, inside=inside, optional=optional)
        scope = self.select(inner, inside=inside, optional=optional)
        return {p.alias_or_name: scope.resolved(p.unalias()) for p in inner.selects if not _is_hidden(p.alias_or_name)}

    def _base(self, table: exp.Table, *, inside: bool, optional: bool) -> Base:
        alias = table.alias_or_name
        while alias in self.flat.bases:
            alias += "_"
        base = Base(alias, f"{table.db}/{table.name}", None, optional, inside)
        if any(other.dataset == base.dataset for other in self.flat.bases.values()):
            raise outside(f"it reads {base.dataset} twice.", "Read each dataset once.")
        self.flat.bases[alias] = base
        self._share(base)
        return base

    def _share(self, base: Base) -> None:
        """Leave out the rows of a base that are not shared, as a condition of the question's own would."""
        rows = self.rows.get(base.dataset)
        if rows is None:
            return
        if base.optional:
            raise outside(
                f"only part of {base.dataset} is shared, which a LEFT JOIN to it cannot tell from having no record there.",
                f"Use an inner join, or count from {base.dataset}.",
            )

        def column(node: exp.Expr) -> exp.Expr:
            return exp.column(node.name.lower(), table=base.alias) if isinstance(node, exp.Column) else node

        self.flat.predicates += conjuncts(rows.copy().transform(column))

    def _join(self, part: exp.Expr, *, optional: bool) -> None:
        sides = [part.left.unnest(), part.right.unnest()] if isinstance(part, exp.EQ) else []
        if len(sides) == 2 and all(isinstance(side, exp.Column) for side in sides):
            left, right = ((side.table, side.name) for side in sides if isinstance(side, exp.Column))
            if left[0] != right[0]:
                self.flat.equations.append((left, right))
                return
        if optional:
            raise outside("its LEFT JOIN has a further condition.", "Put the condition into WHERE, or leave it out.")
        self.flat.predicates.append(part)

    def condition(self, node: exp.Expr, scope: Scope) -> exp.Expr:
        """Return a condition over the bases; the sub-queries of its semi-joins become bases."""
        node = node.copy()
        for found in [n for n in node.find_all(exp.In) if n.args.get("query")]:
            replaced = self._semi_join(found, scope)
            if found is node:
                return replaced
            found.replace(replaced)
        return scope.resolved(node)

    def _semi_join(self, node: exp.In, scope: Scope) -> exp.Expr:
        query = node.args["query"]
        kept = query.this if isinstance(query, exp.Subquery) else query
        inner = kept.args["from_"].this.this  # the sub-query, inside the one that leaves nulls out
        if not isinstance(inner, exp.Select):
            raise outside("its IN has a sub-query of another form.", "Write IN (SELECT link FROM dataset WHERE ...).")
        apart = Flat(self.flat.bases, self.flat.equations)
        before = set(self.flat.bases)
        below = _Flattening(apart, self.rows)
        outputs = below._source(exp.Subquery(this=inner), inside=True, optional=False)
        assert isinstance(outputs, dict)
        left = scope.resolved(node.this).unnest()
        right = outputs[inner.selects[0].alias_or_name].unnest()
        if not (isinstance(left, exp.Column) and isinstance(right, exp.Column)):
            raise outside("its IN compares a calculated value.", "Compare link columns.")
        self.flat.equations.append(((left.table, left.name), (right.table, right.name)))
        # A condition that nulls can meet is also met where there is no record.
        named = {
            column.table
            for part in apart.predicates
            if not part.find(exp.Is, exp.Coalesce, exp.Case, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Concat, exp.Or)
            for column in base_columns(part)
        }
        ends = [end[0] for pair in self.flat.equations for end in pair]
        # A record further on implies those on the way to it; a condition on a record implies that there is one.
        found: list[exp.Expr] = [
            exp.Not(this=exp.Is(this=exp.column(MEMBER, table=alias), expression=exp.Null()))
            for alias in self.flat.bases
            if alias not in before and alias not in named and ends.count(alias) == 1
        ]
        return exp.Paren(this=exp.and_(*found, *apart.predicates))

    def _per_entity(self, select: exp.Select, *, inside: bool, optional: bool) -> Mapping[str, exp.Expr]:
        """Add a sub-query grouped by its entity as a base with derived columns; return its outputs over them."""
        from_ = select.args["from_"].this
        if not isinstance(from_, exp.Table) or select.args.get("joins"):
            raise outside(
                "its sub-query makes one row a person or home from more than one dataset.",
                "Group one dataset by its key, and join the result.",
            )
        base = self._base(from_, inside=inside, optional=optional)
        base.derived = {}
        group = select.args["group"].expressions
        base.by = group[0].name if group and isinstance(group[0], exp.Column) else ""
        scope = Scope({from_.alias_or_name: base.alias})
        where = select.args.get("where")
        for part in conjuncts(where.this) if where else ():
            if optional:
                raise outside("it joins part of the records by LEFT JOIN.", "Use an inner join, or leave WHERE out.")
            self.flat.predicates.append(self.condition(part, scope))
        derive = _derivation(base)
        having = select.args.get("having")
        if having is not None:
            self.flat.predicates.append(scope.resolved(having.this.transform(derive)))
        return {
            p.alias_or_name: scope.resolved(p.unalias().transform(derive))
            for p in select.selects
            if not _is_hidden(p.alias_or_name)
        }


def _is_hidden(name: str) -> bool:
    return name.startswith(ENTITY_PREFIX) or name == RECORD_KEY


def _derivation(base: Base) -> Callable[[exp.Expr], exp.Expr]:
    """Return what puts a derived column of the base where an aggregate over an entity's records stands."""
    assert base.derived is not None
    derived = base.derived

    def column(form: Form, of: str) -> exp.Expr:
        name = f"__{form}_{of}"
        derived[name] = (form, of)
        return exp.column(name, table=base.alias)

    def replaced(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.AggFunc):
            return node
        argument = node.this.unnest() if node.this is not None else None
        if isinstance(node, exp.Count) and not isinstance(argument, exp.Distinct):
            return column(Form.EVENTS, "")
        if isinstance(argument, exp.Column) and isinstance(node, (exp.Sum, *_ONE_VALUE)):
            form = {exp.Sum: Form.TOTAL, exp.Min: Form.FIRST, exp.Max: Form.LAST}.get(type(node), Form.VALUE)
            return column(form, argument.name)
        raise outside(
            "its sub-query makes something of each person's records that the contract has no levels for.",
            "Use count(*), sum(column), min(date) or max(date) of each.",
        )

    return replaced


def base_columns(node: exp.Expr) -> Iterator[exp.Column]:
    """Yield the columns of an expression over bases."""
    return (column for column in node.find_all(exp.Column) if column.table)
