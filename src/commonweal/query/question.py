"""Questions: a text in SQL, read into what it reads, links and computes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlglot import exp

from commonweal.catalogue.contract import Contract
from commonweal.query.dialect import sql
from commonweal.query.differences import check_differences
from commonweal.query.idioms import rewritten
from commonweal.query.measure import Measure
from commonweal.query.overlap import check_overlap, check_totals
from commonweal.query.reading import parsed
from commonweal.query.relation import Level, Link, Use
from commonweal.query.resolution import resolved
from commonweal.query.splitting import Splitter
from commonweal.query.unreadable import unreadable

MOST_MEASURES = 12
"""Enough for any summary, too few to ask for one group in a hundred disguises at once."""


@dataclass(frozen=True)
class Query:
    """A question, read: every value's lineage is known.

    `canonical` is the resolved question as SQL, the same for the same question in other words of layout. `level` is ROWS
    when it would show rows; then there is no presentation to speak of. `measures` are what engines will compute and
    `presentation` what is done above them, over tables named like the measures.
    """

    canonical: str
    level: Level
    uses: tuple[Use, ...]
    links: tuple[Link, ...]
    measures: tuple[Measure, ...]
    presentation: exp.Query
    titles: tuple[str, ...]

    @cached_property
    def datasets(self) -> tuple[str, ...]:
        """Return the references of all datasets the question reads."""
        tables = (table for m in self.measures for table in _tables(m))
        read = {use.column.dataset for use in self.uses} | set(tables)
        return tuple(sorted(read | {f"{t.db}/{t.name}" for t in self.presentation.find_all(exp.Table) if t.db}))


def _tables(measure: Measure) -> list[str]:
    trees: list[exp.Expr] = [measure.relation, *measure.predicates]
    return [f"{table.db}/{table.name}" for tree in trees for table in tree.find_all(exp.Table) if table.db]


def read_query(
    text: str, contracts: Mapping[str, Contract], *, agreed: Collection[str] = (), by_rules: bool = True
) -> Query:
    """Read a question against the datasets that exist; `agreed` names are preferred for bare table names.

    `by_rules`: the answer will be protected by rules, to which numbers that could be subtracted are a danger.

    Raises:
        Refused: for anything that is not one question commonweal can read, with the reason and a remedy.
    """
    tree = resolved(rewritten(parsed(text)), contracts, agreed)
    canonical = sql(tree)
    titles = tuple(projection.alias_or_name for projection in tree.selects)
    splitter = Splitter(contracts)
    shape = splitter.query(tree, {})
    found = splitter.found
    if len(found.measures) > MOST_MEASURES:
        raise unreadable(
            f"it aggregates rows in more than {MOST_MEASURES} places.", "Ask it as several questions, or use ROLLUP."
        )
    if by_rules:
        check_overlap(found.measures)
        check_totals(found.measures)
        check_differences(found.measures)
    return Query(
        canonical,
        shape.level,
        tuple(sorted(found.uses)),
        tuple(sorted(found.links)),
        tuple(found.measures),
        tree,
        titles,
    )
