"""Examples: questions that an agreement permits, made from its own tables, for somebody who begins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.catalogue.contract import Kind
from commonweal.disclosure.reasons import plural

if TYPE_CHECKING:
    from commonweal.gateway.agreed import AgreedColumn, AgreedTable

MOST = 6
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True)
class Example:
    """A question: what it asks, in words and in SQL."""

    title: str
    sql: str


def examples(tables: Sequence[AgreedTable], links: Sequence[tuple[str, str]]) -> tuple[Example, ...]:
    """Return up to `MOST` questions over agreed tables, of different kinds; `links` as the agreement writes them."""
    counts = [_count(table, key) for table in tables for key in _keys(table)[:1]]
    single = [table for table in tables if not table.repeats]  # amounts of repeated rows add up within a person first
    means = [
        _mean(table, key, number) for table in single for key in _keys(table)[:1] for number in _numbers(table)[:1]
    ]
    medians = [_median(table, number) for table in single for number in _numbers(table)[:1]]
    trends = [_trend(table, moment) for table in tables for moment in _moments(table)[:1]]
    linked = _linked(tables, links)
    found = [*counts[:1], *means[:1], *linked[:1], *trends[:1], *medians[:1], *counts[1:2]]
    return tuple(found[:MOST])


def _count(table: AgreedTable, key: AgreedColumn) -> Example:
    who = plural(table.entity) if table.entity else "rows"
    sql = f"select {_quoted(key.name)}, {_counted(table)} as {_alias(who)}\nfrom {table.name}\ngroup by {_quoted(key.name)}"
    return Example(f"How many {who} by {key.name}?", sql)


def _mean(table: AgreedTable, key: AgreedColumn, number: AgreedColumn) -> Example:
    by, of = _quoted(key.name), _quoted(number.name)
    sql = f"select {by}, count(*) as number, avg({of}) as mean\nfrom {table.name}\ngroup by {by}"
    return Example(f"What is the mean {number.name} by {key.name}?", sql)


def _median(table: AgreedTable, number: AgreedColumn) -> Example:
    of = _quoted(number.name)
    sql = f"select median({of}) as middle\nfrom {table.name}\nwhere {of} > 0"
    return Example(f"What is the median {number.name} of those above nothing?", sql)


def _trend(table: AgreedTable, moment: AgreedColumn) -> Example:
    when, who = _quoted(moment.name), plural(table.entity) if table.entity else "rows"
    sql = f"select {when}, {_counted(table)} as {_alias(who)}\nfrom {table.name}\ngroup by {when}\norder by {when}"
    return Example(f"How many {who} by {moment.name}, over time?", sql)


def _linked(tables: Sequence[AgreedTable], links: Sequence[tuple[str, str]]) -> list[Example]:
    """Return questions about those of one table who are in another too."""
    found = []
    for left, right in links:
        (first, own), (second, other) = _split(left), _split(right)
        here = next((table for table in tables if table.reference == first), None)
        there = next((table for table in tables if table.reference == second), None)
        if here is None or there is None or here is there:
            continue
        if not _keys(here) and _keys(there):
            here, there, own, other = there, here, other, own
        for key in _keys(here)[:1]:
            by, who = _quoted(key.name), plural(here.entity) if here.entity else "rows"
            sql = (
                f"select {by}, {_counted(here)} as {_alias(who)}\nfrom {here.name}\n"
                f"where {_quoted(own)} in (select {_quoted(other)} from {there.name})\ngroup by {by}"
            )
            found.append(Example(f"How many {who} by {key.name}, of those who are in {there.name} too?", sql))
    return found


def _counted(table: AgreedTable) -> str:
    return f"count(distinct {_quoted(table.key)})" if table.repeats else "count(*)"


def _keys(table: AgreedTable) -> list[AgreedColumn]:
    """Return the columns that make good groups: few named levels first, then other text."""
    text = [
        column
        for column in table.columns
        if column.kind in {Kind.QUASI, Kind.PLAIN} and not (column.is_link or column.numeric or column.moment)
    ]
    return sorted(text, key=lambda column: (not column.levels, len(column.levels)))


def _numbers(table: AgreedTable) -> list[AgreedColumn]:
    return [c for c in table.columns if c.numeric and not c.is_link and c.kind is Kind.SENSITIVE]


def _moments(table: AgreedTable) -> list[AgreedColumn]:
    return [c for c in table.columns if c.moment and not c.is_link and c.treated_as in {"month", "quarter", "year"}]


def _split(reference: str) -> tuple[str, str]:
    dataset, _, column = reference.rpartition(".")
    return dataset, column


def _quoted(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def _alias(words: str) -> str:
    return re.sub(r"\W+", "_", words.lower()).strip("_") or "number"
