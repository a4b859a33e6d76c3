"""The SQL of a measure: base aggregates per cell, with the evidence that disclosure control needs.

Three forms, of the same columns. *Exact* counts every entity. *Marks* sets one of 62 bits for each entity, by its hash: a
cell has at least as many entities as bits, and nobody contributes more than the most rows that one entity can have times
the largest row. *Buckets* adds up what the entities of each of 256 hashes contribute: dearer, and needed where the rows of
one entity have no known bound. So a cell that passes every rule on marks or buckets passes on exact evidence too. Cells
that do not pass are measured again exactly, which is cheap since they are few or small. A kind of entity that is unique
per row needs neither: its rows are its entities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlglot import exp

from commonweal.disclosure.cells import Aggregate, Measured
from commonweal.query.dialect import sql
from commonweal.query.measure import SET, BaseAggregate, Function, Measure, Purpose
from commonweal.query.relation import Entity
from commonweal.query.sources import RECORD_KEY

BUCKETS = 256
MARKS = 62

ROWS = "rows"
"""The column with the number of rows behind a cell: an upper bound on its entities of every kind."""


SUMMED = (Purpose.AMOUNT, Purpose.MOMENT)
"""What one or two entities may make up."""


class Form(StrEnum):
    """How entities that repeat are counted."""

    EXACT = "exact"
    MARKS = "marks"
    BUCKETS = "buckets"


@dataclass(frozen=True)
class EvidenceQuery:
    """One statement that brings a measure's cells: its SQL, and what its columns are called."""

    statement: str
    keys: tuple[str, ...]
    kinds: tuple[str, ...]
    aggregates: tuple[Aggregate, ...]


def kinds_of(entities: tuple[Entity, ...]) -> tuple[str, ...]:
    """Return a name for each entity of a measure: its kind, numbered from the second of a kind on."""
    names: list[str] = []
    for place, entity in enumerate(entities, 1):
        number = sum(other.kind == entity.kind for other in entities[:place])
        names.append(entity.kind if number == 1 else f"{entity.kind}_{number}")
    return tuple(names)


def described(aggregate: BaseAggregate) -> Aggregate:
    """Return a base aggregate as disclosure control knows it."""
    return Aggregate(
        aggregate.name,
        Measured(aggregate.purpose.value),
        aggregate.partial,
        aggregate.fraction,
        aggregate.same_as,
        aggregate.times,
    )


def evidence_query(
    measure: Measure,
    form: Form,
    *,
    most: Sequence[int | None] = (),
    record_key: exp.Expr | None = None,
    only: Sequence[Sequence[object]] = (),
) -> EvidenceQuery:
    """Return the statement that measures the cells of `measure` in the given form.

    `most` bounds the rows of one entity, for each of the measure's entities (wanted for marks). `record_key` is the column
    of the first entity's record key, wanted for the cell key method (exact form only). `only` lists the key values of the
    cells that are wanted; empty for all of them.
    """
    writer = _Writer(measure, form, most, record_key, only)
    return EvidenceQuery(
        writer.statement(),
        tuple(key.name for key in measure.keys),
        writer.kinds,
        tuple(described(aggregate) for aggregate in measure.aggregates),
    )


def sketch_query(measure: Measure, record_key: exp.Expr, buckets: int, groups: tuple[int, ...]) -> str:
    """Return the statement that counts a measure's entities of the first kind by bucket of their record keys.

    Columns: whether the row is about all rows together, the bucket, the count, and the measure's keys (null but for those in
    `groups`, by which entities are counted too unless it is empty). Where every row is another entity the groups add up to
    all rows together, and there are no rows about those.
    """
    writer = _Writer(measure, Form.EXACT, (), record_key, ())
    entity = measure.entities[0]
    bucket = f"CAST({RECORD_KEY} % {buckets} AS INTEGER)"
    present = f"WHERE {RECORD_KEY} IS NOT NULL"
    keys = [f"{key} AS {key}" if place in groups else f"NULL AS {key}" for place, key in enumerate(writer.keys)]
    once = entity.unique or entity.by_row

    def counted(whole: bool) -> str:
        own = [] if whole else [writer.keys[place] for place in groups]
        shown = [f"NULL AS {key}" for key in writer.keys] if whole else keys
        rows = "r" if once else f"(SELECT DISTINCT {', '.join([*own, 'e0', RECORD_KEY])} FROM r)"
        columns = [f"{str(whole).lower()} AS whole", f"{bucket} AS b", "count(*) AS n", *shown]
        by = ", ".join([bucket, *own])
        return f"SELECT {', '.join(columns)} FROM {rows} {present} GROUP BY {by}"

    if not groups:
        body = counted(True)
    elif once:  # the groups add up to all
        body = counted(False)
    else:
        body = f"{counted(False)} UNION ALL {counted(True)}"
    return _with({"r": writer.rows()}, body)


def repeats(measure: Measure) -> bool:
    """Return whether some kind of entity may stand in several rows, so that exact evidence is dear."""
    return any(not entity.unique for entity in measure.entities)


class _Writer:
    """Writes one statement; the parts are small SQL texts over the row columns made in `rows`."""

    def __init__(
        self,
        measure: Measure,
        form: Form,
        most: Sequence[int | None],
        record_key: exp.Expr | None,
        only: Sequence[Sequence[object]],
    ) -> None:
        self.most = most
        self.only = only
        self.measure = measure
        self.form = form
        self.record_key = record_key
        self.kinds = kinds_of(measure.entities)
        # Where rows are not entities anyway, a kind of which a row may have none is counted with those that repeat.
        some = repeats(measure)
        self.repeated = [
            i for i, entity in enumerate(measure.entities) if not entity.unique or (some and entity.nullable)
        ]
        self.keys = [key.name for key in measure.keys]

    def statement(self) -> str:
        parts = {"r": self.rows()}
        if not self.repeated or self.form is Form.MARKS:
            parts["t"] = self.one_level()
            return _with(parts, self.outputs("t"))
        for number, position in enumerate(self.repeated):
            parts[f"e{number}"] = self.two_level(position, number == 0)
        if self.whole():
            parts["v"] = self.one_level_values()
        return _with(parts, self.joined(list(parts)[1:]))

    # -- rows -----------------------------------------------------------------------------------------------------

    def rows(self) -> str:
        """Return the SELECT of all that the aggregates need, a row for each row of the relation."""
        outputs = [exp.alias_(key.expression.copy(), key.name) for key in self.measure.keys]
        for i, entity in enumerate(self.measure.entities):
            if not entity.by_row:
                outputs.append(exp.alias_(exp.column(entity.column, table=entity.alias), f"e{i}"))
        for aggregate in self.measure.aggregates:
            if aggregate.condition is not None:
                outputs.append(exp.alias_(aggregate.condition.copy(), f"{aggregate.name}_c"))
            if aggregate.argument is not None:
                outputs.append(exp.alias_(_argument(aggregate), f"{aggregate.name}_v"))
        if self.record_key is not None:
            outputs.append(exp.alias_(self.record_key.copy(), RECORD_KEY))
        select = self.measure.relation.copy()
        select.set("expressions", outputs or [exp.alias_(exp.Literal.number(1), "one")])
        if self.measure.predicates:
            select.set("where", exp.Where(this=exp.and_(*(part.copy() for part in self.measure.predicates))))
        if self.form is Form.MARKS and self.repeated:
            return f"SELECT *, {', '.join(_mark(i) for i in self.repeated)} FROM ({sql(select)})"
        if not self.only:
            return sql(select)
        values = ", ".join("(" + ", ".join(sql(exp.convert(value)) for value in cell) + ")" for cell in self.only)
        same = " AND ".join(f"q.{key} IS NOT DISTINCT FROM u.{key}" for key in self.keys)
        return f"SELECT q.* FROM ({sql(select)}) q SEMI JOIN (VALUES {values}) u({', '.join(self.keys)}) ON {same}"

    def sets(self, *more: str) -> str:
        """Return the GROUP BY for the measure's grouping sets, each with `more` columns added."""
        sets = [", ".join([*(self.keys[i] for i in members), *more]) for members in self.measure.grouping_sets]
        if len(sets) == 1:
            return f"GROUP BY {sets[0]}" if sets[0] else ""
        return "GROUP BY GROUPING SETS (" + ", ".join(f"({members})" for members in sets) + ")"

    def set_number(self) -> str:
        """Return the expression for which grouping set a row belongs to."""
        sets = self.measure.grouping_sets
        if len(sets) == 1:
            return "0"
        cases = []
        for number, members in enumerate(sets):
            mask = sum(1 << (len(self.keys) - 1 - i) for i in range(len(self.keys)) if i not in members)
            cases.append(f"WHEN {mask} THEN {number}")
        return f"CASE GROUPING({', '.join(self.keys)}) {' '.join(cases)} END"

    # -- entities that are unique per row ---------------------------------------------------------------------------

    def one_level(self) -> str:
        columns = [*self.keys, f"{self.set_number()} AS {SET}", f"count(*) AS {ROWS}"]
        columns += [f"{self.counted(i)} AS n_{kind}" for i, kind in enumerate(self.kinds)]
        for aggregate in self.measure.aggregates:
            columns += [f"{text} AS {name}" for name, text in self.unique_parts(aggregate).items()]
            if self.record_key is not None:
                columns.append(f"{_cell_key(_counts(aggregate))} AS {aggregate.name}__cell_key")
        if self.record_key is not None:
            columns.append(f"{_cell_key('')} AS cell_key")
        return f"SELECT {', '.join(columns)} FROM r {self.sets()}"

    def counted(self, position: int, condition: str = "", rows: str = "count(*)") -> str:
        """Return how many entities of a kind meet a condition: the rows where they are unique, else at least the marks."""
        where = f" FILTER (WHERE {condition})" if condition else ""
        if position in self.repeated:
            return f"CAST(bit_count(coalesce(bit_or(m{position}){where}, 0)) AS BIGINT)"
        if self.measure.entities[position].nullable:
            condition = f"{condition} AND e{position} IS NOT NULL" if condition else f"e{position} IS NOT NULL"
        return f"count(*) FILTER (WHERE {condition})" if condition else rows

    def unique_parts(self, a: BaseAggregate) -> dict[str, str]:
        """Return value and evidence of one aggregate where every row is another entity, or entities are marked."""
        v, f, n = f"{a.name}_v", _filter(a), a.name
        own = f"{n}_c" if a.condition is not None else ""
        if a.function is Function.COUNT:
            parts = {n: f"count(*){f}", **self.contributing(a, own)}
            if a.purpose is Purpose.ROWS and self.repeated:
                most = f"CAST(least(count(*){f}, {self.most_rows()}) AS DOUBLE)"
                parts |= {f"{n}__max1": most, f"{n}__max2": most, f"{n}__total": f"CAST(count(*){f} AS DOUBLE)"}
            return parts
        present = _and(a, f"{v} IS NOT NULL")
        if a.function is Function.COUNT_DISTINCT:
            return {
                n: f"count(DISTINCT {v}){f}",
                f"{n}__rows": f"count({v}){f}",
                **self.contributing(a, present, distinct=True),
            }
        if a.function is Function.SUM:
            parts = {n: f"sum({v}){f}", f"{n}__rows": f"count({v}){f}", **self.contributing(a, _and(a, f"{v} <> 0"))}
            return parts | (self.largest_in_row(a) if a.purpose in SUMMED else {})
        most = self.most_rows() if self.repeated else "1"
        return {n: _quantile(a), f"{n}__rows": f"count({v}){f}", f"{n}__most": most, **self.contributing(a, present)}

    def contributing(self, a: BaseAggregate, condition: str, *, distinct: bool = False) -> dict[str, str]:
        value = f"count(DISTINCT {a.name}_v){_filter(a)}" if distinct else "count(*)"
        return {
            f"{a.name}__n_{kind}": value if distinct and self._rows_are(i) else self.counted(i, condition)
            for i, kind in enumerate(self.kinds)
        }

    def _rows_are(self, position: int) -> bool:
        return position not in self.repeated and not self.measure.entities[position].nullable

    def most_rows(self) -> str:
        """Return the most rows that one entity of any kind can have."""
        return str(max((self.most[i] or 1) for i in self.repeated))

    def largest_in_row(self, a: BaseAggregate) -> dict[str, str]:
        """Return the largest contributions: exact where rows are entities, else the largest row as often as it can come."""
        v, f, n = f"{a.name}_v", _filter(a), a.name
        low, high, top = f"min({v}){f}", f"max({v}){f}", f"max(abs({v}), 2){f}"
        if self.form is Form.EXACT:
            first, second, total = f"({top})[1]", f"coalesce(({top})[2], 0)", f"sum(abs({v})){f}"
        else:
            times = f"{self.most_rows()} * " if self.repeated else ""
            first = second = f"{times}greatest(abs({low}), abs({high}))"
            # Contributions of one entity may cancel out, so the sum itself is all that is sure of their total.
            total = f"abs(sum({v}){f})"
        parts = {f"{n}__max1": first, f"{n}__max2": second, f"{n}__total": total}
        if a.purpose is Purpose.MOMENT:
            return parts
        size = f"sum(abs({v})){f} / nullif(count(*) FILTER (WHERE {_and(a, f'{v} <> 0')}), 0)"
        return parts | {f"{n}__low": low, f"{n}__high": high, f"{n}__size": size}

    # -- entities that repeat -----------------------------------------------------------------------------------------

    def two_level(self, position: int, leading: bool) -> str:
        """Return the evidence for one kind that repeats; the leading one brings the additive values too."""
        entity = f"e{position}"
        bucket = (
            entity if self.form is Form.EXACT else f"CASE WHEN {entity} IS NOT NULL THEN hash({entity}) % {BUCKETS} END"
        )
        inner = [*self.keys, f"{self.set_number()} AS {SET}", "b", "count(*) AS c"]
        outer = [*self.keys, SET, f"count(b) AS n_{position}", "CAST(sum(c) AS BIGINT) AS c"]
        for a in self.measure.aggregates:
            for name, text in _inner_parts(a).items():
                inner.append(f"{text} AS {name}")
            for name, text in self.outer_parts(a, position, leading).items():
                outer.append(f"{text} AS {name}")
        if self.record_key is not None and leading:
            inner.append(f"any_value({RECORD_KEY}) AS {RECORD_KEY}")
            outer.append(f"{_cell_key('')} AS cell_key")
            outer += [f"{_cell_key(f'{a.name}_n > 0')} AS {a.name}__cell_key" for a in self.measure.aggregates]
        by = ", ".join([*self.keys, SET])
        rows = f"(SELECT *, {bucket} AS b FROM r)"
        return f"SELECT {', '.join(outer)} FROM (SELECT {', '.join(inner)} FROM {rows} {self.sets('b')}) GROUP BY {by}"

    def outer_parts(self, a: BaseAggregate, position: int, leading: bool) -> dict[str, str]:
        n = a.name
        parts: dict[str, str] = {f"{n}__n_{position}": f"count(b) FILTER (WHERE {n}_n > 0)"}
        if leading and a.function in {Function.COUNT, Function.SUM}:
            whole = f"sum({n}_s)" if a.function is Function.SUM else f"CAST(sum({n}_n) AS BIGINT)"
            parts[n] = whole
            parts[f"{n}__u"] = f"CAST(sum({n}_n) AS BIGINT)"
        if a.purpose is Purpose.ROWS:
            # Rows of nobody are nobody's share.
            parts |= {f"{n}__top": f"max({n}_n, 2) FILTER (WHERE b IS NOT NULL)", f"{n}__total": f"sum({n}_n)"}
        if a.function is Function.SUM and leading:
            parts[f"{n}__rows"] = f"CAST(sum({n}_r) AS BIGINT)"
            if a.purpose is Purpose.AMOUNT:
                parts[f"{n}__size"] = f"sum({n}_a) / nullif(sum({n}_n), 0)"
        if a.purpose is Purpose.MOMENT:
            most = f"abs({n}_s)" if self.form is Form.EXACT else f"{n}_a"
            parts |= {f"{n}__top": f"max({most}, 2) FILTER (WHERE b IS NOT NULL)", f"{n}__total": f"sum(abs({n}_s))"}
        if a.purpose is Purpose.AMOUNT:
            exact, alike = self.form is Form.EXACT, f"min({n}_l) = max({n}_h)"
            most, low, high = (f"abs({n}_s)", f"{n}_s", f"{n}_s") if exact else (f"{n}_a", f"{n}_l", f"{n}_h")
            parts |= {
                f"{n}__top": f"max({most}, 2) FILTER (WHERE b IS NOT NULL)",
                f"{n}__total": f"sum(abs({n}_s))",
                # Rows that are all alike are told apart from entities that are: either gives everybody's value away.
                f"{n}__low": f"CASE WHEN {alike} THEN min({n}_l) ELSE min({low}) END",
                f"{n}__high": f"CASE WHEN {alike} THEN min({n}_l) ELSE max({high}) END",
            }
        if a.function in {Function.QUANTILE_CONT, Function.QUANTILE_DISC}:
            parts[f"{n}__most"] = f"CAST(max({n}_n) AS BIGINT)"
        return parts

    def whole(self) -> list[BaseAggregate]:
        """Return the aggregates whose value does not add up from parts, and needs the rows themselves."""
        return [a for a in self.measure.aggregates if a.function not in {Function.COUNT, Function.SUM}]

    def one_level_values(self) -> str:
        columns = [*self.keys, f"{self.set_number()} AS {SET}"]
        for a in self.whole():
            value = _quantile(a) if a.fraction is not None else f"count(DISTINCT {a.name}_v){_filter(a)}"
            columns += [f"{value} AS {a.name}", f"count({a.name}_v){_filter(a)} AS {a.name}__rows"]
        return f"SELECT {', '.join(columns)} FROM r {self.sets()}"

    def joined(self, tables: list[str]) -> str:
        """Join the parts of a measure whose entities repeat, on their keys."""
        columns = [f"e0.{key}" for key in self.keys] + [f"e0.{SET}", f"e0.c AS {ROWS}"]
        for i, kind in enumerate(self.kinds):
            source = f"e{self.repeated.index(i)}.n_{i}" if i in self.repeated else "e0.c"
            columns.append(f"{source} AS n_{kind}")
        for a in self.measure.aggregates:
            columns += self.joined_aggregate(a)
        if self.record_key is not None:
            columns += ["e0.cell_key", *(f"e0.{a.name}__cell_key" for a in self.measure.aggregates)]
        joins = [f"JOIN {table} ON {self.same_cell(table)}" for table in tables[1:]]
        return f"SELECT {', '.join(columns)} FROM e0 {' '.join(joins)}"

    def same_cell(self, table: str) -> str:
        return " AND ".join(f"e0.{name} IS NOT DISTINCT FROM {table}.{name}" for name in [*self.keys, SET])

    def joined_aggregate(self, a: BaseAggregate) -> list[str]:
        n = a.name
        additive = a.function in {Function.COUNT, Function.SUM}
        columns = [f"{'e0' if additive else 'v'}.{n} AS {n}"]
        for i, kind in enumerate(self.kinds):
            if i in self.repeated:
                text = f"e{self.repeated.index(i)}.{n}__n_{i}"
            else:
                text = f"e0.{n}__u" if additive else f"v.{n}__rows"
            columns.append(f"{text} AS {n}__n_{kind}")
        if a.function is not Function.COUNT:
            columns.append(f"{'e0' if additive else 'v'}.{n}__rows AS {n}__rows")
        if a.purpose is Purpose.AMOUNT:
            columns.append(f"e0.{n}__size AS {n}__size")
        if a.purpose in {*SUMMED, Purpose.ROWS}:
            columns += self.largest(n, ("low", "high") if a.purpose is Purpose.AMOUNT else ())
        if a.fraction is not None:
            most = [f"e{number}.{n}__most" for number in range(len(self.repeated))]
            columns.append(f"greatest({', '.join(most)}) AS {n}__most")
        return columns

    def largest(self, n: str, more: Sequence[str]) -> list[str]:
        """Return the contributions as they are worst for any kind that repeats: the largest two, and the least total.

        A kind that repeats gathers rows of those that do not, so its largest contribution is at least as large. The least
        and the largest value are those of the kind that differs least, as all of one kind may be alike and of another not.
        """
        tables = [f"e{number}" for number in range(len(self.repeated))]

        def of_all(function: str, text: str) -> str:
            parts = [text.format(table) for table in tables]
            return f"{function}({', '.join(parts)})" if len(parts) > 1 else parts[0]

        def of_the_most_alike(what: str) -> str:
            result = f"{tables[0]}.{n}__{what}"
            for table in tables[1:]:
                spreads = [f"({other}.{n}__high - {other}.{n}__low)" for other in tables]
                own = f"({table}.{n}__high - {table}.{n}__low)"
                result = f"CASE WHEN {own} <= least({', '.join(spreads)}) THEN {table}.{n}__{what} ELSE {result} END"
            return result

        columns = [f"CAST({of_all('greatest', 'coalesce({}.' + n + '__top[1], 0)')} AS DOUBLE) AS {n}__max1"]
        columns.append(f"CAST({of_all('greatest', 'coalesce({}.' + n + '__top[2], 0)')} AS DOUBLE) AS {n}__max2")
        columns.append(f"CAST({of_all('least', '{}.' + n + '__total')} AS DOUBLE) AS {n}__total")
        return columns + [f"{of_the_most_alike(what)} AS {n}__{what}" for what in more]

    def outputs(self, table: str) -> str:
        return f"SELECT * FROM {table}"


def _cell_key(condition: str) -> str:
    """Return the sum of record keys, modulo 256, of the entities that meet a condition."""
    where = f" FILTER (WHERE {condition})" if condition else ""
    return f"CAST(coalesce(sum({RECORD_KEY}){where}, 0) % 256 AS BIGINT)"


def _counts(a: BaseAggregate) -> str:
    """Return the condition under which a row counts for an aggregate; empty for every row."""
    if a.argument is not None:
        return _and(a, f"{a.name}_v IS NOT NULL")
    return f"{a.name}_c" if a.condition is not None else ""


def _mark(position: int) -> str:
    """Return the bit of an entity, as the column m<position>; none where there is no entity."""
    return f"CASE WHEN e{position} IS NULL THEN 0 ELSE CAST(1 AS UBIGINT) << (hash(e{position}) % {MARKS}) END AS m{position}"


def _inner_parts(a: BaseAggregate) -> dict[str, str]:
    """Return what one aggregate needs for each entity or bucket: rows that count, and sums."""
    v, n, f = f"{a.name}_v", a.name, _filter(a)
    if a.function is Function.COUNT:
        return {f"{n}_n": f"count(*){f}"}
    if a.function is not Function.SUM:
        return {f"{n}_n": f"count({v}){f}"}
    parts = {
        f"{n}_n": f"count(*) FILTER (WHERE {_and(a, f'{v} <> 0')})",
        f"{n}_s": f"sum({v}){f}",
        f"{n}_r": f"count({v}){f}",
    }
    if a.purpose in SUMMED:
        parts[f"{n}_a"] = f"sum(abs({v})){f}"
    if a.purpose is Purpose.AMOUNT:
        parts |= {f"{n}_l": f"min({v}){f}", f"{n}_h": f"max({v}){f}"}
    return parts


def _argument(a: BaseAggregate) -> exp.Expr:
    """Return an aggregate's argument; numbers as finite doubles, so that no sum can be spoilt by one odd value."""
    assert a.argument is not None
    if a.function is Function.COUNT_DISTINCT:
        return a.argument.copy()
    number = exp.TryCast(this=a.argument.copy(), to=exp.DataType.build("DOUBLE"))
    finite = exp.Anonymous(this="isfinite", expressions=[number])
    return exp.Case(ifs=[exp.If(this=finite, true=number.copy())])


def _filter(a: BaseAggregate) -> str:
    return f" FILTER (WHERE {a.name}_c)" if a.condition is not None else ""


def _and(a: BaseAggregate, condition: str) -> str:
    return f"{condition} AND {a.name}_c" if a.condition is not None else condition


def _quantile(a: BaseAggregate) -> str:
    return f"{a.function.value}({a.name}_v, {a.fraction}){_filter(a)}"


def _with(parts: dict[str, str], body: str) -> str:
    return "WITH " + ", ".join(f"{name} AS ({text})" for name, text in parts.items()) + " " + body
