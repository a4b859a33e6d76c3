"""Rows about single people, for checkers: treated columns only, tokens in the place of identifiers, and how alike rows are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from commonweal.catalogue.contract import Kind
from commonweal.engines.engine import Limits
from commonweal.gateway.ask import Intended, still_in_force, treated_for
from commonweal.gateway.output_checking.content import Content, table_content
from commonweal.gateway.output_checking.figures import too_much
from commonweal.gateway.plan import over_treated
from commonweal.gateway.surroundings import Surroundings
from commonweal.query.dialect import sql
from commonweal.query.sources import ENTITY_PREFIX

if TYPE_CHECKING:
    import pyarrow as pa

MOST_ROWS = 100_000
"""Rows in one output of this kind."""


def record_rows(intended: Intended, around: Surroundings) -> Content:
    """Return the rows that a record-level request asks for, with what a checker needs to judge them beside.

    Beside: how many rows and entities, and the sizes of the classes of rows that are alike in every column that is not secret
    (k-anonymity: Sweeney 2002), of which the smallest is k.

    Raises: as `exception_figures`.
    """
    permitted = intended.permitted
    query, datasets = permitted.query, permitted.admitted.datasets
    treated = treated_for(intended, around)
    names = {reference: f"t{number}" for number, reference in enumerate(sorted(treated), 1)}
    as_of = max((datasets[reference].snapshot.as_of for reference in query.datasets), default=date.min)
    statement = over_treated(query.presentation.copy(), treated, names, as_of)
    assert isinstance(statement, exp.Query)
    count = len(query.titles)
    order = [exp.Ordered(this=exp.Literal.number(n), nulls_first=False) for n in range(1, count + 1)]
    statement.set("order", exp.Order(expressions=order))
    table = around.engine.run(
        sql(statement),
        {names[reference]: each.path for reference, each in treated.items()},
        limits=_one_more(around.limits),
        still_allowed=still_in_force(intended, around),
    )
    if table.num_rows > MOST_ROWS:
        raise too_much(f"more than {MOST_ROWS:,} rows")
    shown = _as_text_tokens(table.select(list(range(count))).rename_columns(list(query.titles)))
    hidden = [name for name in table.column_names[count:] if name.startswith(ENTITY_PREFIX)]
    entities = {name.removeprefix(ENTITY_PREFIX): len(set(table.column(name).to_pylist()) - {None}) for name in hidden}
    return table_content(shown, {"rows": table.num_rows, "entities": entities, **_alike(shown, _not_quasi(intended))})


def _one_more(limits: Limits) -> Limits:
    return replace(limits, rows=min(limits.rows, MOST_ROWS + 1))


def _as_text_tokens(table: pa.Table) -> pa.Table:
    """Return the table with tokens as text, which every format can hold."""
    import pyarrow as pa

    for place, field in enumerate(table.schema):
        if field.type == pa.uuid() or pa.types.is_fixed_size_binary(field.type):
            values = [None if value is None else str(value) for value in table.column(place).to_pylist()]
            table = table.set_column(place, field.name, pa.array(values, pa.string()))
    return table


def _not_quasi(intended: Intended) -> frozenset[str]:
    """Return the names of columns that say nothing of who somebody is: tokens, and what is to be kept secret.

    Every other column shown counts as one that somebody could know about a person, so classes are never too large.
    """
    datasets = intended.permitted.admitted.datasets
    secret = {Kind.LINK, Kind.SENSITIVE, Kind.SPECIAL}
    uses = intended.permitted.query.uses
    return frozenset(
        use.column.column.lower()
        for use in uses
        if datasets[use.column.dataset].contract.by_name[use.column.column].kind in secret
    )


def _alike(table: pa.Table, aside: frozenset[str]) -> Mapping[str, Any]:
    """Return how many rows are alike in all columns but those set aside: the smallest class, and rows that are alone."""
    columns: Sequence[str] = [name for name in table.column_names if name.lower() not in aside]
    classes = Counter(zip(*(table.column(name).to_pylist() for name in columns), strict=True)) if columns else Counter()
    return {
        "compared": list(columns),
        "smallest_class": min(classes.values(), default=table.num_rows),
        "rows_alone": sum(1 for size in classes.values() if size == 1),
    }
