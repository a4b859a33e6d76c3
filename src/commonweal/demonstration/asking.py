"""Steps 3 to 5: a question that is answered, one that is refused, and two that differ by one person."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from commonweal.agreement import store
from commonweal.agreement.document import Agreement
from commonweal.demonstration.documents import AGREEMENT
from commonweal.demonstration.facts import Asked, Difference, Refusal
from commonweal.demonstration.pictures import WITHHELD, BarChart
from commonweal.demonstration.stage import Stage
from commonweal.errors import Refused

if TYPE_CHECKING:
    from commonweal.gateway.answer import Answer
    from commonweal.gateway.gateway import Gateway

WHERE_THEY_MEET = """\
select h.ward, count(*) as homes, avg(h.arrears) as mean_arrears
from housing h
where h.arrears > 0
  and h.uprn in (select c.uprn
                 from adult_care c
                 join community_care n on n.person_id = c.person_id)
group by h.ward
order by homes desc"""

WHO_IS_IT = """\
select r.name, r.date_of_birth
from resident r
join housing h on h.uprn = r.uprn
where h.address like '%Larkspur Close%'
  and r.date_of_birth between date '1931-10-01' and date '1932-09-30'"""

EVERYBODY = """\
select count(distinct c.person_id) as people
from adult_care c
join housing h on h.uprn = c.uprn
where h.ward = 'Aldermarsh' and h.tenancy = 'secure'"""

EVERYBODY_BUT_ONE = EVERYBODY + "\n  and c.start_date >= date '2012-01-01'"


def ask_where_they_meet(stage: Stage) -> Asked:
    """Ask where arrears and care meet, across three agencies, and draw the answer."""
    gateway = stage.gateway()
    began = time.perf_counter()
    answer = gateway.ask(WHERE_THEY_MEET, agreement=AGREEMENT)
    asked = time.perf_counter()
    again = gateway.ask(WHERE_THEY_MEET, agreement=AGREEMENT)
    asked_again = time.perf_counter()
    _, bare = stage.bare(WHERE_THEY_MEET)
    table = answer.to_arrow()
    columns = tuple(table.column_names)
    rows = tuple(zip(*(column.to_pylist() for column in table.columns), strict=True))
    withheld: tuple[dict[str, object], ...] = tuple(
        {"row": cell.row, "column": cell.column, "reason": cell.reason} for cell in answer.withheld
    )
    with stage.installation.reading() as connection:
        agreement = store.agreement(connection, AGREEMENT)
    svg, html = _chart(columns, rows, sorted({str(cell["reason"]) for cell in withheld})).write(
        stage.folder.pictures, "arrears-and-care-by-ward"
    )
    return Asked(
        question="Where do rent arrears and adult care meet, in homes that a community nurse already visits?",
        sql=WHERE_THEY_MEET,
        ruling=_ruling(gateway),
        obligations=obligations(agreement, WHERE_THEY_MEET),
        columns=columns,
        rows=rows,
        withheld=withheld,
        notes=tuple(answer.notes),
        receipt=answer.receipt.as_dict(),
        first_seconds=asked - began,
        again_seconds=asked_again - asked,
        same_again=again.to_arrow().equals(table),
        bare_seconds=bare,
        svg=str(svg),
        html=str(html),
    )


def ask_who_it_is(stage: Stage) -> Refusal:
    """Ask who the 94-year-old in Larkspur Close is. It is refused; were it answered, the demonstration would stop here."""
    told, _ = stage.bare(WHO_IS_IT)
    try:
        stage.gateway().ask(WHO_IS_IT, agreement=AGREEMENT)
    except Refused as refused:
        return Refusal(
            question="Who is the 94-year-old in Larkspur Close?",
            sql=WHO_IS_IT,
            would_tell=len(told),
            clause=refused.clause,
            reasons=refused.reasons,
            remedy=refused.remedy,
            who=refused.who,
            nearest=refused.nearest,
            reference=refused.reference,
        )
    raise AssertionError("a question for one person's name was answered")


def ask_slyly(stage: Stage) -> Difference:
    """Ask for everybody in care in a ward, and for everybody but the one whose care began before 2012."""
    first, second = (_count(stage, sql) for sql in (EVERYBODY, EVERYBODY_BUT_ONE))
    bare = tuple(int(stage.bare(sql)[0][0][0]) for sql in (EVERYBODY, EVERYBODY_BUT_ONE))
    return Difference(
        question="Her neighbours know that she has had carers for longer than anyone. So somebody counts the ward's people "
        "in care, counts them again without her, and would subtract. One more condition in both, and a secret of hers is "
        "told.",
        first_sql=EVERYBODY,
        second_sql=EVERYBODY_BUT_ONE,
        bare=(bare[0], bare[1]),
        answers=(first, second),
        told=first != second,
    )


def _ruling(gateway: Gateway) -> dict[str, str]:
    """Return what each clause says of the first question: clause -> finding."""
    explained = gateway.explain(WHERE_THEY_MEET, agreement=AGREEMENT)
    assert explained.ruling is not None, "the first question is one that the agreement permits"
    said: dict[str, str] = {}
    for finding in explained.ruling.findings:
        clause, reason = finding.clause, finding.reason
        said[clause] = f"{said[clause]} {reason}" if clause in said else reason
    return said


def obligations(agreement: Agreement, sql: str) -> dict[str, str]:
    """Return the clauses that bind `sql` and what each asks for, from the agreement itself."""
    duties: dict[str, str] = {}
    for terms in agreement.data:
        if not re.search(rf"\b{terms.dataset.partition('/')[2]}\b", sql):
            continue
        used = [
            f"{name} ({treatment.describe()})"
            for name, treatment in terms.columns.items()
            if re.search(rf"\b{name}\b", sql)
        ]
        only = f"; only rows where {terms.rows}" if terms.rows else ""
        duties[f"data: {terms.dataset}"] = ", ".join(used) + only + "."
    safeguards = agreement.safeguards
    duties["links"] = "Joined by tokens made for this agreement."
    duties["safeguards"] = f"At least {safeguards.minimum_count} of everyone counted in every cell."
    return duties


def _count(stage: Stage, sql: str) -> int | str:
    """Return the one number that a question gives, or why it gives none."""
    try:
        answer: Answer = stage.gateway().ask(sql, agreement=AGREEMENT)
    except Refused as refused:
        return f"refused: {refused.reasons[0]}"
    value = answer.to_arrow().column(0)[0].as_py()
    if value is None:
        return "withheld: " + "; ".join(cell.reason for cell in answer.withheld)
    return int(value)


def _chart(columns: tuple[str, ...], rows: tuple[tuple[object, ...], ...], reasons: list[str]) -> BarChart:
    """Return the chart of homes by ward, with the whole answer as its table."""
    numbers = [row[columns.index("homes")] for row in rows]
    return BarChart(
        title="Where rent arrears and adult care meet",
        measure="Council homes in arrears where somebody receives adult care and community nursing",
        labels=[str(row[0]) for row in rows],
        values=[float(number) if isinstance(number, int | float) else None for number in numbers],
        columns=[name.replace("_", " ") for name in columns],
        rows=[[_cell(value) for value in row] for row in rows],
        why="; ".join(reasons) or "nothing is withheld here",
    )


def _cell(value: object) -> str:
    """Return a value of the answer as the page shows it."""
    if value is None:
        return WITHHELD
    return f"{value:,.0f}" if isinstance(value, int | float) else str(value)
