"""Measure: run a plan's measures where the data lives, and bring back cells with their evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from commonweal.disclosure.cells import Cells, Difference, Partition, ProtectedCells
from commonweal.disclosure.profile import Rules
from commonweal.disclosure.protect import protect
from commonweal.disclosure.unsure import unsure
from commonweal.engines.engine import Engine, Limits
from commonweal.gateway.evidence import ROWS, Form, evidence_query, repeats
from commonweal.gateway.plan import Plan
from commonweal.gateway.together import Together, taken_apart, together
from commonweal.query.measure import Measure
from commonweal.query.sources import RECORD_KEY

if TYPE_CHECKING:
    import pyarrow as pa

EXACT_UP_TO = 300_000
"""Rows up to which repeated entities are counted exactly at once; above, bounds come first and exact counts where needed."""

MOST_MARKED = 30
"""The largest threshold for which 62 marks are enough: so many entities hit at least as many bits but for rare bad luck."""

MOST_REMEASURED = 1_000
"""Cells that are measured again by name; when more are in doubt, all cells are measured again."""


@dataclass(frozen=True)
class Run:
    """How measures are run: the engine, its limits, and whether the question may still be answered."""

    engine: Engine
    limits: Limits
    still_allowed: Callable[[], bool]


def measured_and_protected(plan: Plan, rules: Rules, run: Run) -> dict[str, ProtectedCells]:
    """Return the protected cells of every measure, by its name; exact cells never leave this function."""
    protected: dict[str, ProtectedCells] = {}
    for joined in together(plan.measures, plan.known):
        protected |= taken_apart(joined, protect(measured(joined, plan, rules, run), rules))
    return protected


def exactly_measured(joined: Together, plan: Plan, rules: Rules, run: Run) -> Cells:
    """Return the cells of measures with exact evidence, whatever it costs: for people who check outputs."""
    return _cells(joined, Form.EXACT, plan, rules, run)


def measured(joined: Together, plan: Plan, rules: Rules, run: Run) -> Cells:
    """Return the cells of measures over the same rows, with evidence on which every rule decides as on exact counts."""
    measure = joined.whole
    most = plan.most_rows(measure)
    # Totals are guarded by subtracting counts, for which bounds are no good.
    totals = len(measure.grouping_sets) > 1 or bool(measure.partitions)
    if rules.perturbation is not None or (repeats(measure) and (totals or plan.rows <= EXACT_UP_TO)):
        return _cells(joined, Form.EXACT, plan, rules, run)
    enough_marks = rules.threshold <= MOST_MARKED and rules.quantile_side <= MOST_MARKED
    form = Form.MARKS if enough_marks and all(bound is not None for bound in most) else Form.BUCKETS
    cells = _cells(joined, form, plan, rules, run)
    doubtful = _doubtful(cells, rules)
    if not doubtful:
        return cells
    if totals or len(doubtful) > MOST_REMEASURED or not cells.keys:
        return _cells(joined, Form.EXACT, plan, rules, run)
    return _with_exact(cells, doubtful, _cells(joined, Form.EXACT, plan, rules, run, only=doubtful))


def _cells(
    joined: Together, form: Form, plan: Plan, rules: Rules, run: Run, only: tuple[tuple[object, ...], ...] = ()
) -> Cells:
    measure = joined.whole
    record_key = _record_key(measure) if rules.perturbation is not None else None
    query = evidence_query(measure, form, most=plan.most_rows(measure), record_key=record_key, only=only)
    table = run.engine.run(query.statement, plan.tables, limits=run.limits, still_allowed=run.still_allowed)
    differences = tuple(Difference(d.shown, d.other, d.by) for d in measure.differences)
    partitions = tuple(Partition(p.whole, p.rest, p.parts, p.complete) for p in measure.partitions)
    return Cells(
        table,
        query.keys,
        query.kinds,
        query.aggregates,
        measure.grouping_sets,
        joined.known,
        differences,
        partitions,
        tuple(i for i, key in enumerate(measure.keys) if key.sensitive),
    )


def _record_key(measure: Measure) -> exp.Expr:
    return exp.column(RECORD_KEY, table=measure.entities[0].alias)


def _doubtful(cells: Cells, rules: Rules) -> tuple[tuple[object, ...], ...]:
    """Return the keys of cells that some rule would withhold on bounds, and that exact counts could save."""
    if not cells.kinds:
        return ()
    import numpy as np
    import pyarrow as pa

    # A cell of fewer rows than the threshold cannot hold enough entities, however they are counted.
    enough = np.asarray(cells.table.column(ROWS)) >= rules.threshold
    flags = unsure(cells, rules) & enough
    if not flags.any():
        return ()

    rows = cells.table.filter(pa.array(flags))
    if not cells.keys:
        return ((),)
    columns = [rows.column(key).to_pylist() for key in cells.keys]
    return tuple(zip(*columns, strict=True))


def _with_exact(cells: Cells, doubtful: tuple[tuple[object, ...], ...], exact: Cells) -> Cells:
    """Return the cells with the doubtful ones replaced by exact ones."""
    import pyarrow as pa

    wanted = set(doubtful)
    columns = [cells.table.column(key).to_pylist() for key in cells.keys]
    keep = [key not in wanted for key in zip(*columns, strict=True)]
    kept: pa.Table = cells.table.filter(pa.array(keep))
    return replace(cells, table=pa.concat_tables([kept, exact.table.select(kept.column_names).cast(kept.schema)]))
