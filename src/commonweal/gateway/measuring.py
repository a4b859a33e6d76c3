"""Measure: run a plan's measures where the data lives, and bring back cells with their evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from commonweal.disclosure.cells import Cells, ProtectedCells
from commonweal.disclosure.profile import Rules
from commonweal.disclosure.protect import protect
from commonweal.engines.engine import Engine, Limits
from commonweal.gateway.evidence import EvidenceQuery, Form, evidence_query, repeats
from commonweal.gateway.plan import Plan
from commonweal.query.measure import Measure
from commonweal.query.relation import Entity
from commonweal.query.sources import RECORD_KEY

EXACT_UP_TO = 500_000
"""Rows up to which repeated entities are counted exactly at once; above, bounds come first and exact counts where needed."""


def measured_and_protected(
    plan: Plan, rules: Rules, engine: Engine, limits: Limits, still_allowed: Callable[[], bool]
) -> dict[str, ProtectedCells]:
    """Return the protected cells of every measure, by its name; exact cells never leave this function."""
    return {
        measure.name: _protected(measure, position, plan, rules, engine, limits, still_allowed)
        for position, measure in enumerate(plan.measures)
    }


def _protected(
    measure: Measure, position: int, plan: Plan, rules: Rules, engine: Engine, limits: Limits, still_allowed: Callable[[], bool]
) -> ProtectedCells:
    def run(form: Form) -> ProtectedCells:
        record_key = _record_key(measure) if rules.perturbation is not None else None
        query = evidence_query(measure, form, record_key=record_key)
        table = engine.run(query.statement, plan.tables, limits=limits, still_allowed=still_allowed)
        return protect(_cells(query, table, measure, plan.known[position]), rules)

    if plan.rows <= EXACT_UP_TO or rules.perturbation is not None:
        return run(Form.EXACT)
    protected = run(Form.BOUNDS)
    # Bounds can only withhold too much. Where they withhold nothing, exact evidence would not either.
    return run(Form.EXACT) if _withholds(protected, measure) else protected


def _withholds(protected: ProtectedCells, measure: Measure) -> bool:
    return bool(protected.withheld) or protected.vanished > 0


def _cells(query: EvidenceQuery, table: object, measure: Measure, known: tuple[tuple[object, ...] | None, ...]) -> Cells:
    return Cells(table, query.keys, query.kinds, query.aggregates, measure.grouping_sets, known)  # type: ignore[arg-type]


def _record_key(measure: Measure) -> object:
    from sqlglot import exp

    first: Entity = measure.entities[0]
    return exp.column(RECORD_KEY, table=first.alias)
