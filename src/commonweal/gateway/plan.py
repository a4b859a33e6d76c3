"""Split and rewrite: from a query and its ruling to measures that read treated tables only, and a presentation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from sqlglot import exp

from commonweal.agreement.document import Agreement
from commonweal.catalogue.contract import ROW
from commonweal.catalogue.dataset import Dataset
from commonweal.gateway.safety import made_safe
from commonweal.gateway.treated import TreatedTable
from commonweal.query.measure import BaseAggregate, Measure
from commonweal.query.question import Query
from commonweal.query.relation import BaseColumn
from commonweal.query.sources import AGE_PREFIX, ENTITY_PREFIX, RECORD_KEY
from commonweal.query.unreadable import unreadable


@dataclass(frozen=True)
class Plan:
    """Measures over treated tables, and the presentation above them.

    `tables` maps the names that the measures' SQL uses to Parquet files; `known` holds, for each measure, the values of
    each key that may be named, and `most` the most rows that one entity of a kind has in a dataset; `rows` is how many rows the
    largest table has, which decides how evidence is gathered.
    """

    measures: tuple[Measure, ...]
    presentation: exp.Query
    titles: tuple[str, ...]
    tables: Mapping[str, Path]
    known: tuple[tuple[tuple[object, ...] | None, ...], ...]
    rows: int
    most: Mapping[tuple[str, str], int]
    notes: tuple[str, ...] = ()

    def most_rows(self, measure: Measure) -> tuple[int | None, ...]:
        """Return the most rows one entity of each kind can have in a measure's relation; None where there is no bound."""
        return tuple(
            None if entity.most is None else math.prod(self.most[factor] for factor in entity.most)
            for entity in measure.entities
        )


def planned(
    query: Query, treated: Mapping[str, TreatedTable], datasets: Mapping[str, Dataset], agreement: Agreement
) -> Plan:
    """Return the plan of a permitted query over the treated tables of its datasets (by reference).

    Raises:
        Refused: for an age asked of a column that is no date.
    """
    names = {reference: f"t{number}" for number, reference in enumerate(sorted(treated), 1)}
    as_of = max((datasets[reference].snapshot.as_of for reference in query.datasets), default=date.min)
    measures = tuple(_over_treated(_as_kept(m, agreement), treated, names, as_of) for m in query.measures)
    presentation = with_date(query.presentation, as_of)
    assert isinstance(presentation, exp.Query)
    return Plan(
        measures,
        presentation,
        query.titles,
        {names[reference]: table.path for reference, table in treated.items()},
        tuple(_known(measure, datasets, agreement) for measure in query.measures),
        max((table.rows for table in treated.values()), default=0),
        {(reference, kind): most for reference, table in treated.items() for kind, most in table.most_rows.items()},
        notes_of(query, agreement),
    )


def _as_kept(measure: Measure, agreement: Agreement) -> Measure:
    """Forget that a condition chooses among a column's codes where the agreement reads the column in another form."""

    def kept(a: BaseAggregate) -> bool:
        terms = agreement.terms(a.choice.column.dataset) if a.choice is not None else None
        return terms is not None and a.choice is not None and terms.columns[a.choice.column.column].name == "keep"

    return replace(measure, aggregates=tuple(a if kept(a) else replace(a, choice=None) for a in measure.aggregates))


def _over_treated(
    measure: Measure, treated: Mapping[str, TreatedTable], names: Mapping[str, str], as_of: date
) -> Measure:
    def rewritten(node: exp.Expr) -> exp.Expr:
        return over_treated(node, treated, names, as_of)

    ages = {AGE_PREFIX + column for table in treated.values() for column in table.ages}
    parts: list[exp.Expr] = [measure.relation, *measure.predicates, *(key.expression for key in measure.keys)]
    parts += [part for a in measure.aggregates for part in (a.argument, a.condition) if part is not None]
    for part in parts:
        for column in part.find_all(exp.Column):
            if column.name.startswith(AGE_PREFIX) and column.name not in ages and column.table:
                raise unreadable("age_in_years needs a date of birth that is shared as a date.", "Use a date column.")
    relation = rewritten(measure.relation.copy())
    assert isinstance(relation, exp.Select)
    return replace(
        measure,
        relation=relation,
        predicates=tuple(rewritten(part.copy()) for part in measure.predicates),
        keys=tuple(replace(key, expression=rewritten(key.expression.copy())) for key in measure.keys),
        aggregates=tuple(
            replace(
                a,
                argument=rewritten(a.argument.copy()) if a.argument is not None else None,
                condition=rewritten(a.condition.copy()) if a.condition is not None else None,
            )
            for a in measure.aggregates
        ),
    )


def over_treated(
    node: exp.Expr, treated: Mapping[str, TreatedTable], names: Mapping[str, str], as_of: date
) -> exp.Expr:
    """Return an expression or SELECT with treated tables (under `names`) in the place of datasets, that cannot fail."""
    node = with_date(node, as_of)
    for table in list(node.find_all(exp.Table)):
        if table.db:
            reference = f"{table.db}/{table.name}"
            _replace_table(table, treated[reference], names[reference], node)
    return made_safe(node)


def _replace_table(table: exp.Table, treated: TreatedTable, name: str, root: exp.Expr) -> None:
    """Put the treated table, with its hidden columns under their common names, where a dataset stood."""
    columns = [
        exp.alias_(exp.column(column.name, quoted=True), column.name.lower(), quoted=True) for column in treated.columns
    ]
    for kind, column in treated.entities:
        if column != ROW:
            columns.append(exp.alias_(exp.column(column, quoted=True), ENTITY_PREFIX + kind))
    for column, hidden in treated.ages.items():
        columns.append(exp.alias_(exp.column(hidden, quoted=True), AGE_PREFIX + column.lower()))
    record_key = exp.null() if treated.record_key is None else exp.column(treated.record_key, quoted=True)
    columns.append(exp.alias_(record_key, RECORD_KEY))
    visible = {projection.alias_or_name: projection for projection in columns}
    select = exp.select(*visible.values()).from_(exp.to_table(name))
    alias = exp.TableAlias(this=exp.to_identifier(table.alias_or_name, quoted=True))
    table.replace(exp.Subquery(this=select, alias=alias))


def with_date(node: exp.Expr, as_of: date) -> exp.Expr:
    """Put the data's own date where a question says today, so that the same question keeps its answer."""
    return node.transform(
        lambda part: (
            exp.cast(exp.Literal.string(as_of.isoformat()), "DATE") if isinstance(part, exp.CurrentDate) else part
        )
    )


def with_dates(measure: Measure, as_of: date) -> Measure:
    """Return a measure with the data's own date where it says today; one that does not say it as it is."""
    trees = [measure.relation, *measure.predicates, *(key.expression for key in measure.keys)]
    trees += [part for a in measure.aggregates for part in (a.argument, a.condition) if part is not None]
    if not any(tree.find(exp.CurrentDate) for tree in trees):
        return measure
    relation = with_date(measure.relation, as_of)
    assert isinstance(relation, exp.Select)
    return replace(
        measure,
        relation=relation,
        predicates=tuple(with_date(part, as_of) for part in measure.predicates),
        keys=tuple(replace(key, expression=with_date(key.expression, as_of)) for key in measure.keys),
        aggregates=tuple(
            replace(
                a,
                argument=with_date(a.argument, as_of) if a.argument is not None else None,
                condition=with_date(a.condition, as_of) if a.condition is not None else None,
            )
            for a in measure.aggregates
        ),
    )


def _known(
    measure: Measure, datasets: Mapping[str, Dataset], agreement: Agreement
) -> tuple[tuple[object, ...] | None, ...]:
    """Return, for each key, the values that may be named: a CASE's own, public codes, or very common ones."""
    return tuple(
        _known_values(key.column, datasets[key.column.dataset], agreement) if key.column is not None else key.labels
        for key in measure.keys
    )


def _known_values(column: BaseColumn, dataset: Dataset, agreement: Agreement) -> tuple[object, ...] | None:
    """Return what may be named of a column that is kept as it is; nothing of one that is treated."""
    terms = agreement.terms(column.dataset)
    if terms is None or terms.columns[column.column].name != "keep":
        return None
    described = dataset.contract.by_name[column.column]
    return described.codes or dataset.snapshot.known_values.get(column.column)


def notes_of(query: Query, agreement: Agreement) -> tuple[str, ...]:
    """Return a sentence for each column that the question reads in another form than it is held in."""
    found = {}
    for use in query.uses:
        terms = agreement.terms(use.column.dataset)
        treatment = terms.columns.get(use.column.column) if terms else None
        if treatment is not None and treatment.name not in {"keep", "link", "withhold"}:
            found[use.column.column] = f"{use.column.column} is read {treatment.describe()}."
    return tuple(found.values())
