"""Explain: what each step of the path decides about a question, and what the answer would lose, without releasing it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from commonweal.agreement.ruling import Ruling
from commonweal.disclosure.duties import duties, metered_duties
from commonweal.disclosure.metered.profile import Metered
from commonweal.disclosure.reasons import plural
from commonweal.errors import Refused
from commonweal.gateway import ask as path
from commonweal.gateway.metered.foretelling import as_facts, costs, precision_in_words, tables_in_words
from commonweal.gateway.metered.path import previewed
from commonweal.gateway.plan import Plan
from commonweal.gateway.question import Question
from commonweal.gateway.surroundings import Surroundings
from commonweal.gateway.timing import Pace
from commonweal.gateway.together import together
from commonweal.query.dialect import sql
from commonweal.query.measure import BaseAggregate, Measure, Purpose
from commonweal.query.question import Query

if TYPE_CHECKING:
    import pyarrow as pa
    from sqlglot import exp

    from commonweal.disclosure.cells import Withheld

_COUNTED = {
    Purpose.ROWS: "a count of rows",
    Purpose.ENTITIES: "a count of distinct {}",
    Purpose.VALUES: "a count of different values of {}",
    Purpose.INDICATOR: "a count of the rows that meet a condition",
    Purpose.AMOUNT: "the sum of {}",
    Purpose.MOMENT: "a sum of squares or products, for deviations and correlations",
    Purpose.QUANTILE: "a quantile of {}",
}


@dataclass(frozen=True)
class Step:
    """One step: its name, what it decided, the details behind it in words, and the same as JSON-ready values."""

    name: str
    decided: str
    details: tuple[str, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Explanation:
    """The steps of a question, in order. When it is refused, the last step says why and `refusal` what would help.

    `ruling` is what every clause says; None when the question did not come so far.
    """

    steps: tuple[Step, ...]
    ruling: Ruling | None = None
    refusal: Refused | None = None

    def as_dict(self) -> dict[str, object]:
        """Return the explanation as JSON-ready values."""
        steps = [
            {"step": step.name, "decided": step.decided, "details": list(step.details)} | dict(step.facts)
            for step in self.steps
        ]
        return {"explanation": steps} | (self.refusal.as_dict() if self.refusal else {})


def explain(question: Question, around: Surroundings) -> Explanation:
    """Return the explanation of a question. It is measured and recorded like any question; only the answer stays here."""
    pace = Pace(around.steps)
    steps: list[Step] = []
    ruling: Ruling | None = None
    try:
        admitted, query = _read_by(question, around, steps)
        ruling = path.ruled(admitted, query)
        steps.append(_ruled(ruling))
        permitted = path.assessed(path.with_obligations(admitted, query, ruling), around)
    except Refused as refusal:
        return Explanation(tuple(steps), ruling, path.recorded_refusal(question, refusal, around))
    steps += [_obliged(permitted), _assessed(permitted)]
    profile = permitted.obligations.metered
    if profile is not None:
        return _metered(question, permitted, steps, around)
    intended = path.intend(permitted, around)
    steps.append(Step("record", f"the question is recorded as entry {intended.entry.index}, before anything is run"))
    with path.recording_failure(intended, around, pace):
        plan = path.prepare(intended, around)
        assert isinstance(plan, Plan), "a profile of rules has such a plan"
        steps.append(_split(permitted, plan))
        protected = path.measure(intended, plan, around)
        shown = around.presenter.present(plan.presentation, plan.titles, protected)
        table, withheld = shown.table, shown.withheld
    steps.append(_protected(table, withheld, path.notes_for(table, plan, protected)))
    steps.append(_cost(permitted.admitted.agreement.safeguards.profile))
    pace.wait()
    with around.transaction() as connection:
        around.ledger.append(connection, "question.explained", {"asked": intended.entry.index})
    return Explanation(tuple(steps), ruling)


def _metered(question: Question, permitted: path.Permitted, steps: list[Step], around: Surroundings) -> Explanation:
    """Return the explanation of a question under a metered profile: nothing is measured, opened or charged."""
    try:
        plan = path.as_metered(permitted, around).metered
    except Refused as refusal:
        steps.append(Step("plan", "refused: no shared table can answer it", refusal.reasons))
        return Explanation(tuple(steps), permitted.ruling, path.recorded_refusal(question, refusal, around))
    assert plan is not None
    with around.reading() as connection:
        preview = previewed(plan, connection, around.shared)
    tables = tables_in_words(preview, plan)
    steps.append(Step("plan", f"read from {len(tables)} shared tables", tables, {"tables": list(tables)}))
    found = costs(preview, plan)
    dearest = found[0] if found else None
    decided = (
        "nothing new is opened" if dearest is None or not dearest.added else f"it opens {len(preview.tables)} tables"
    )
    if preview.beyond(plan.profile.cap):
        decided = "it would be refused: an account would go over its cap"
    said = (*(cost.in_words() for cost in found), *precision_in_words(plan))
    steps.append(Step("cost", decided, said, {"metered": True, "accounts": as_facts(found)}))
    with around.transaction() as connection:
        body = {"agreement": question.agreement, "person": around.ledger.person(connection, question.person)}
        around.ledger.append(connection, "question.explained", body)
    return Explanation(tuple(steps), permitted.ruling)


def _read_by(question: Question, around: Surroundings, steps: list[Step]) -> tuple[path.Admitted, Query]:
    """Admit and read a question, adding both steps to `steps`; the last one says why when Refused is raised."""
    name = "agreement"
    try:
        admitted = path.admit(question, around)
        agreement = admitted.agreement
        until = f"{agreement.term.until.day} {agreement.term.until:%B %Y}"
        named = f"{agreement.reference} is in force and names {question.person}"
        steps.append(Step(name, named, (f'"{agreement.title}", until {until}',)))
        name = "query"
        query = path.read(admitted, around)
    except Refused as refusal:
        steps.append(Step(name, f"refused by the clause {refusal.clause}", refusal.reasons))
        raise
    steps.append(_read(query))
    return admitted, query


def _read(query: Query) -> Step:
    """What the question reads, and what it does with each column."""
    roles: dict[str, list[str]] = {}
    for use in query.uses:
        roles.setdefault(str(use.column), []).append(use.role.value)
    details = [f"{column}: {', '.join(dict.fromkeys(found))}" for column, found in roles.items()]
    details += [f"{link.left} is linked with {link.right}" for link in query.links]
    return Step("query", f"reads {', '.join(query.datasets) or 'no dataset'}", tuple(details))


def _ruled(ruling: Ruling) -> Step:
    """What each clause says."""
    against = [finding for finding in ruling.findings if not finding.permitted]
    decided = "permitted by every clause" if not against else f"refused by the clause {against[0].clause}"
    details = tuple(
        f"{'permits' if finding.permitted else 'REFUSES'}: {finding.clause}: {finding.reason}"
        for finding in ruling.findings
    )
    facts = [
        {"clause": finding.clause, "permitted": finding.permitted, "reason": finding.reason}
        for finding in ruling.findings
    ]
    return Step("ruling", decided, details, {"findings": facts})


def _obliged(permitted: path.Permitted) -> Step:
    """What the agreement has done to columns before, and to numbers after."""
    agreement, query = permitted.admitted.agreement, permitted.query
    treated: list[str] = []
    for reference in query.datasets:
        terms = agreement.terms(reference)
        assert terms is not None, "a permitted question reads agreed datasets only"
        used = dict.fromkeys(use.column.column for use in query.uses if use.column.dataset == reference)
        columns = ", ".join(f"{name} {terms.columns[name].describe()}" for name in used) or "no column"
        only = f"; only rows where {terms.rows}" if terms.rows else ""
        treated.append(f"before: {reference} is read with {columns}{only}")
    protection = permitted.obligations.protection
    if isinstance(protection, Metered):
        after = metered_duties(protection, _kinds(query.measures))
    else:
        after = duties(protection, _kinds(query.measures))
    return Step(
        "obligations",
        f"answers are protected by the profile {agreement.safeguards.profile}",
        (*treated, *(f"after: {duty}" for duty in after)),
        {"profile": str(agreement.safeguards.profile), "duties": list(after)},
    )


def _assessed(permitted: path.Permitted) -> Step:
    """What risk adds: the level without anything measured on the data, so that it tells nothing about anyone."""
    risk = permitted.risk
    assert risk is not None, "a question is assessed before it is explained"
    return Step("risk", f"{risk.level.word}, and nothing in it stops the question", risk.reasons)


def _kinds(measures: Iterable[Measure]) -> list[str]:
    return list(dict.fromkeys(entity.kind for measure in measures for entity in measure.entities))


def _split(permitted: path.Permitted, plan: Plan) -> Step:
    """The measured parts, with the evidence that is counted beside each, and how much is read."""
    query, datasets = permitted.query, permitted.admitted.datasets
    details, facts = [], []
    for number, measure in enumerate(query.measures, 1):
        numbers = list(dict.fromkeys(number_in_words(aggregate) for aggregate in measure.aggregates)) or [
            "which groups exist"
        ]
        by = ", ".join(key.title or _plain(key.expression) for key in measure.keys) or "nothing: one group"
        evidence = _evidence(measure)
        details += [f"part {number}, by {by}: {'; '.join(numbers)}", f"part {number}, counted beside it: {evidence}"]
        facts.append({"by": by, "numbers": numbers, "evidence": evidence})
    runs = len(together(plan.measures, plan.known))
    if runs < len(plan.measures):
        details.append("parts over the same rows are measured and protected together, so that none undoes another")
    details.append("ratios, HAVING, ORDER BY and LIMIT are worked out afterwards, from protected numbers only")
    rows = {reference: _at_most(datasets[reference].snapshot.rows) for reference in query.datasets}
    details += [f"reads up to {most:,} rows of {reference}" for reference, most in rows.items()]
    parts = "1 part" if len(query.measures) == 1 else f"{len(query.measures)} parts"
    return Step("plan", f"measured in {parts}", tuple(details), {"parts": facts, "rows_at_most": rows})


def number_in_words(aggregate: BaseAggregate) -> str:
    """Return what a base aggregate tells, in words."""
    argument = _plain(aggregate.argument) if aggregate.argument is not None else ""
    counted = _COUNTED[aggregate.purpose].format(argument)
    return counted + (", for a part of the group" if aggregate.partial else "")


def _plain(expression: exp.Expr) -> str:
    return sql(expression).replace('"', "")


def _evidence(measure: Measure) -> str:
    """Say what is counted beside a measure's numbers for the rules to judge."""
    kinds = _kinds([measure])
    if not kinds:
        return "nothing, as the data is about nobody"
    purposes = {aggregate.purpose for aggregate in measure.aggregates}
    counted = [f"how many {' and how many '.join(plural(kind) for kind in kinds)}"]
    if any(aggregate.partial for aggregate in measure.aggregates):
        counted.append("the rest of the group")
    if Purpose.AMOUNT in purposes:
        counted.append("the largest contributions, and whether all are the same")
    if Purpose.QUANTILE in purposes:
        counted.append("how many lie on each side")
    return "; ".join(counted)


def _at_most(rows: int) -> int:
    """Return the next of 1, 2, 5, 10, 20 ... that is not less: near enough to know the cost, too coarse to tell a row."""
    scale = 1
    while True:
        for step in (1, 2, 5):
            if rows <= step * scale:
                return step * scale
        scale *= 10


def _protected(table: pa.Table, withheld: tuple[Withheld, ...], notes: tuple[str, ...]) -> Step:
    """What the answer would show, and what it would lose, by column and reason."""
    rows, columns = table.num_rows, table.num_columns
    cells = rows * columns
    by_reason = Counter((cell.column, cell.reason) for cell in withheld)
    lost = [
        {"column": column, "reason": reason, "cells": count, "of": rows}
        for (column, reason), count in by_reason.items()
    ]
    details = [f"{each['column']}: {each['cells']} of {rows} withheld: {each['reason']}" for each in lost]
    lines = "1 row" if rows == 1 else f"{rows} rows"
    lost_in_all = f"{len(withheld)} of their {cells} cells" if withheld else "none of their cells"
    decided = f"{lines} would be shown, {lost_in_all} withheld"
    if not rows:
        decided = "nothing would be shown"
    return Step(
        "protect", decided, (*details, *notes), {"rows": rows, "cells": cells, "withheld": lost, "notes": list(notes)}
    )


def _cost(profile: object) -> Step:
    """What asking would use up."""
    return Step(
        "cost",
        f"nothing is metered under {profile}",
        (
            "asking uses nothing up, and gives no right to ask without end: every question is in the record, and it is read",
        ),
        {"metered": False},
    )
