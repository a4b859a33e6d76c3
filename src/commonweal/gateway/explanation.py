"""Explain: what each step of the path decides about a question, and what the answer would lose, without releasing it."""

from __future__ import annotations

from dataclasses import dataclass

from commonweal.errors import CommonwealError, Refused
from commonweal.gateway import ask as path
from commonweal.gateway.question import Question
from commonweal.gateway.surroundings import Surroundings
from commonweal.query.dialect import sql


@dataclass(frozen=True)
class Step:
    """One step: its name, what it decided, and the details behind it."""

    name: str
    decided: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """The steps of a question, in order. When it is refused, the last step says why and `refusal` what would help."""

    steps: tuple[Step, ...]
    refusal: Refused | None = None

    def as_dict(self) -> dict[str, object]:
        """Return the explanation as JSON-ready values."""
        steps = [{"step": step.name, "decided": step.decided, "details": list(step.details)} for step in self.steps]
        return {"explanation": steps} | (self.refusal.as_dict() if self.refusal else {})


def explain(question: Question, around: Surroundings) -> Explanation:
    """Return the explanation of a question. It is measured and recorded like any question; only the answer stays here."""
    try:
        permitted = path.permit(question, around)
    except Refused as refusal:
        return Explanation((Step("ruling", f"refused by the clause {refusal.clause}", refusal.reasons),), refusal)
    query = permitted.query
    steps = [
        Step("agreement", f"{permitted.admitted.agreement.reference} is in force and names {question.person}"),
        Step(
            "query",
            f"reads {', '.join(query.datasets)}",
            (
                *(f"{use.column} as {use.role.value}" for use in query.uses),
                *(f"links {link.left} with {link.right}" for link in query.links),
            ),
        ),
        Step("ruling", "permitted", tuple(f"{f.clause}: {f.reason}" for f in permitted.ruling.findings)),
    ]
    intended = path.intend(permitted, around)
    try:
        plan = path.prepare(intended, around)
        protected = path.measure(intended, plan, around)
    except CommonwealError as error:
        path.failed(intended, error, around)
        raise
    steps.append(Step("record", f"intent recorded as entry {intended.entry.index}"))
    measures = tuple(
        f"{measure.name.strip('_')}: by {', '.join(key.title or sql(key.expression) for key in measure.keys) or 'nothing'}, "
        f"counting every {' and '.join(dict.fromkeys(e.kind for e in measure.entities)) or 'row'}"
        for measure in plan.measures
    )
    steps.append(Step("plan", f"{len(plan.measures)} measured part(s) over {plan.rows:,} rows at most", measures))
    for cells in protected.values():
        total = cells.table.num_rows * max(len(cells.aggregates), 1)
        reasons = tuple(dict.fromkeys(cell.reason for cell in cells.withheld)) + cells.notes
        steps.append(Step("protect", f"{total - len(cells.withheld)} of {total} cells would be shown", reasons))
    with around.transaction() as connection:
        around.ledger.append(connection, "question.explained", {"asked": intended.entry.index})
    return Explanation(tuple(steps))
