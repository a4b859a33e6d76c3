"""Step 6: a question under a metered profile: margins in place of withheld groups, and a meter in place of trust."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonweal.demonstration.documents import FOR_EVERYONE
from commonweal.demonstration.facts import Account, Metered
from commonweal.demonstration.signing import settle
from commonweal.demonstration.stage import Stage

if TYPE_CHECKING:
    from commonweal.gateway.answer import Answer

HOMES_WITH_CARE = """\
select tenancy, count(*) as homes, avg(arrears) as mean_arrears
from housing
where uprn in (select uprn from adult_care)
group by tenancy
order by homes desc"""

IN_OTHER_WORDS = """\
select h.tenancy, count(*) as homes, avg(h.arrears) as mean_arrears
from housing h
where exists (select 1 from adult_care c where c.uprn = h.uprn)
group by h.tenancy
order by count(*) desc"""


def ask_for_everyone(stage: Stage) -> Metered:
    """Settle the second agreement, ask under it, ask again in other words, and read the meter."""
    agreement, _ = settle(stage, FOR_EVERYONE)
    gateway = stage.gateway()
    answer = gateway.ask(HOMES_WITH_CARE, agreement=FOR_EVERYONE)
    before = _accounts(stage)
    again = gateway.ask(IN_OTHER_WORDS, agreement=FOR_EVERYONE)
    after = _accounts(stage)
    true = {str(row[0]): row for row in stage.bare(HOMES_WITH_CARE)[0]}
    rows = tuple(tuple(row) for row in answer.rows)
    bare = tuple(true.get(str(row[0]), (row[0], *(0 for _ in row[1:]))) for row in rows)
    return Metered(
        reference=agreement.reference,
        question="What do council homes owe where somebody receives adult care, by tenancy?",
        sql=HOMES_WITH_CARE,
        other_words=IN_OTHER_WORDS,
        columns=answer.columns,
        rows=rows,
        shown=tuple(tuple(row) for row in answer.shown()),
        bare=bare,
        margins=tuple(margin.as_dict() for margin in answer.margins),
        numbers=len(answer.margins),
        within=_within(answer, bare),
        notes=tuple(answer.notes),
        accounts=after,
        again=again.rows == answer.rows and again.margins == answer.margins,
        again_cost=sum(account.rho for account in after) - sum(account.rho for account in before),
    )


def _within(answer: Answer, bare: tuple[tuple[object, ...], ...]) -> int:
    """Return how many numbers of the bare engine lie within the margins of the answer."""
    found = 0
    for margin in answer.margins:
        truth = bare[margin.row][answer.columns.index(margin.column)]
        assert isinstance(truth, int | float)
        found += margin.low <= truth <= margin.high
    return found


def _accounts(stage: Stage) -> tuple[Account, ...]:
    """Return what every secret has cost so far, the dearest first."""
    from commonweal.gateway.metered.accounts import accounts  # it loads the engine's rooms

    with stage.installation.reading() as connection:
        found = accounts(connection)
    return tuple(Account(each.secret, each.rho, each.cap, each.guess) for each in found)
