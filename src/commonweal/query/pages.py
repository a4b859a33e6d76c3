"""The reference page of the SQL that questions are written in, made from the allow-list itself."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from commonweal.query.differences import MOST_DIFFERENCES
from commonweal.query.limits import (
    MOST_AGGREGATES,
    MOST_CHARACTERS,
    MOST_DEPTH,
    MOST_TABLES,
    MOST_TERMS,
    MOST_TOKENS,
)
from commonweal.query.vocabulary import AGGREGATES, SCALARS, WINDOWS, sql_name

_INTRODUCTION = f"""# The SQL of questions

A question is one SELECT in DuckDB's SQL, or several joined by UNION ALL. What is not on this page is refused: the list says
what is allowed, not what is forbidden. The SQL that runs is written anew from the checked question; the text itself never
reaches an engine. At most {MOST_CHARACTERS:,} characters, {MOST_TOKENS:,} words and signs, {MOST_DEPTH} levels of nesting.

## Three kinds of SELECT

- **Rows** are about single people or homes. They are read, joined, filtered, and grouped by the person or home itself
  (`SELECT person_id, count(*) ... GROUP BY person_id`). They stay below: a question whose result is rows is refused.
- A **measure** groups or aggregates rows across people. Its cells are counted, protected and only then shown.
- **Presentation** is everything above: ratios, HAVING, ORDER BY, LIMIT, windows, joins and sub-queries over results. It sees
  protected cells only, so an average is a protected sum over a protected count.

## Names

Write `organisation.dataset`, or the dataset's name alone where it is clear; names that begin with two underscores are
ours. Unnamed results are named after what they are. `current_date` is the date of the data, not of the day, so that the
same question keeps its answer.

## What may be written

SELECT, DISTINCT, FROM, JOIN and LEFT JOIN on equal link columns, WHERE, GROUP BY with ROLLUP, CUBE and GROUPING SETS,
HAVING, ORDER BY, LIMIT, OFFSET, WITH, UNION ALL, FILTER, CASE, CAST, IN, EXISTS, BETWEEN, LIKE, IS NULL, arithmetic.

- A join of rows equates link columns that the agreement lists under `links`. Further conditions in ON may restrict the
  joined table. `link IN (SELECT link ...)` and `EXISTS (... WHERE t.link = outer.link)` keep rows that have a partner, NOT
  those that have none.
- A link column joins, is counted (`count(DISTINCT person_id)`), stands for the person or home in GROUP BY, and is tested
  for null after a LEFT JOIN. It is never compared with a value, shown or calculated with.
- `age_in_years(date_of_birth)` is the age in completed years on the data's date, as coarse as the agreement makes the
  date. `date_diff('year', date_of_birth, current_date)` and `extract(year FROM age(date_of_birth))` are read as the same.
- Rows are not compared with results (`WHERE arrears > (SELECT avg(arrears) ...)`): compare with a number.
- min and max over people are refused, as each is one person's value: ask for `quantile_cont(column, 0.05)` or `0.95`. Over
  results, and for each person in a sub-query, they are fine.
- Totals do not stand beside groups by a value calculated from a sensitive column, unless it is a yes or no or a CASE of
  written-out outcomes.
- One question does not aggregate the same dataset twice under different conditions, as its numbers could be subtracted:
  conditions that exclude each other are fine (`tenancy = 'council'` here, `tenancy = 'private'` there), and so are the same
  conditions over other joins. A total goes well with ROLLUP; beside a pivot written by hand it costs the last column of
  the pivot where hardly anybody is left over.
- At most {MOST_AGGREGATES} aggregates of one group, {MOST_TERMS} terms or branches in one, {MOST_TABLES} tables (a WITH
  sub-query counts as often as it is used), and {MOST_DIFFERENCES} pairs of numbers over nearly the same rows.
"""


def sql_page() -> str:
    """Return the page as Markdown."""
    parts = [_INTRODUCTION]
    parts += ["## Functions\n", "Aggregates: " + _names(AGGREGATES) + ".\n"]
    parts += ["Window functions, over results: " + _names(WINDOWS) + ", and every aggregate.\n"]
    parts += ["Others: " + _names(SCALARS) + ", `age_in_years`.\n"]
    return "\n".join(parts)


def _names(nodes: Iterable[type[exp.Expr]]) -> str:
    return ", ".join(sorted({f"`{sql_name(node)}`" for node in nodes}))
