"""Questions composed by chance about one person: conditions on what is known of them, and statistics of what is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

COLUMNS = ("ward", "age", "sex", "ethnicity", "tenancy", "band")
SQL = {name: name for name in COLUMNS} | {"age": "age_in_years(date_of_birth)"}
NUMERIC = {"age"}

STATISTICS = (
    "count(*) FILTER (WHERE arrears > 0)",
    "count(*) FILTER (WHERE arrears > 200)",
    "count(*) FILTER (WHERE owes = 'yes')",
    "count(*) FILTER (WHERE owes = 'no')",
    "count(DISTINCT CASE WHEN arrears > 0 THEN person_id END)",
    "sum(CASE WHEN arrears > 200 AND arrears <= 500 THEN 1 ELSE 0 END)",
    "sum(arrears)",
    "avg(arrears)",
    "avg(CASE WHEN arrears > 0 THEN 1.0 ELSE 0.0 END)",
    "quantile_cont(arrears, 0.9)",
    "median(arrears)",
    "stddev(arrears)",
    "max(arrears)",
    "sum(arrears) / nullif(count(*) FILTER (WHERE arrears > 0), 0)",
    "corr(arrears, cost)",
    "sum(CASE WHEN owes = 'yes' THEN 1 ELSE -1 END)",
)
EXTRAS = (
    "",
    "arrears > 0",
    "owes = 'yes'",
    "owes = 'no'",
    "arrears <= 500",
    "arrears_last_year = 0",
    "contacts = 0",
    "person_id IN (SELECT person_id FROM spell)",
    "person_id NOT IN (SELECT person_id FROM known)",
    "person_id IN (SELECT person_id FROM resident WHERE arrears > 0)",
    "1 = 1",
)
SHAPES = (
    "SELECT {statistic} AS v FROM resident WHERE {where}",
    "SELECT {statistic} AS v FROM resident WHERE {where} HAVING count(*) >= 10",
    "WITH q AS (SELECT * FROM resident WHERE {where}) SELECT {statistic} AS v FROM q",
    "SELECT v FROM (SELECT {statistic} AS v, count(*) AS n FROM resident WHERE {where}) AS t WHERE n > 0",
    "SELECT {statistic} AS v FROM resident WHERE NOT (NOT ({where}))",
    "SELECT sum(v) OVER (ORDER BY sex) AS v FROM (SELECT sex, {statistic} AS v FROM resident WHERE {where} GROUP BY sex) AS t",
    "SELECT {statistic} AS v FROM resident WHERE {where} GROUP BY sex ORDER BY v DESC LIMIT 1",
    "SELECT coalesce({statistic}, 0) AS v FROM resident WHERE {where} AND person_id IN (SELECT person_id FROM resident)",
)
COMPARISONS = ("is", "is not", "up to", "among", "not among")

Condition = tuple[str, str]


@dataclass(frozen=True)
class Question:
    """One composed question, still about anybody: a shape, a statistic, conditions on columns, and one more."""

    shape: str
    statistic: str
    conditions: tuple[Condition, ...]
    extra: str
    left_out: tuple[str, ...] = ()
    """Columns by which the target alone is taken out again, as "and not (all of these are as the target's)"."""

    def about(self, person: Mapping[str, object], values: Mapping[str, list[object]]) -> str:
        """Return the question in SQL about one person."""
        parts = [_condition(each, person, values) for each in self.conditions]
        if self.left_out:
            own = " AND ".join(f"{SQL[name]} = {person[name]!r}" for name in self.left_out)
            parts.append(f"NOT ({own})")
        if self.extra:
            parts.append(self.extra)
        return self.shape.format(statistic=self.statistic, where=" AND ".join(parts) or "1 = 1")


def _condition(condition: Condition, person: Mapping[str, object], values: Mapping[str, list[object]]) -> str:
    name, comparison = condition
    own, place = person[name], values[name].index(person[name])
    some = [each for number, each in enumerate(values[name]) if number == place or (number * 7 + len(name)) % 3 == 0]
    listed = ", ".join(map(repr, some))
    if comparison == "up to" and name in NUMERIC:
        return f"{SQL[name]} <= {own!r}"
    forms = {
        "is not": f"{SQL[name]} <> {own!r}",
        "among": f"{SQL[name]} IN ({listed})",
        "not among": f"{SQL[name]} NOT IN ({listed})",
    }
    return forms.get(comparison, f"{SQL[name]} = {own!r}")


def composed(chance: np.random.Generator) -> Question:
    """Return a question by chance; one in three takes the target out again."""
    names = chance.choice(COLUMNS, int(chance.integers(0, 5)), replace=False).tolist()
    weights = [0.6, 0.12, 0.08, 0.1, 0.1]
    conditions = tuple((name, str(chance.choice(COMPARISONS, p=weights))) for name in names)
    left_out: tuple[str, ...] = ()
    if chance.random() < 1 / 3:
        kept = [name for name, comparison in conditions if comparison == "is"]
        more = [name for name in COLUMNS if name not in kept]
        wanted = len(COLUMNS) if chance.random() < 0.5 else 4
        left_out = tuple(kept + chance.permutation(more).tolist()[: max(0, wanted - len(kept))])
    extra = str(chance.choice(EXTRAS)) if chance.random() < 0.6 else ""
    shape = str(chance.choice(SHAPES, p=[0.5, *[0.5 / (len(SHAPES) - 1)] * (len(SHAPES) - 1)]))
    return Question(shape, str(chance.choice(STATISTICS)), conditions, extra, left_out)


def changed(question: Question, chance: np.random.Generator) -> Question:
    """Return a question near another: one part composed anew, or the same with or without the target."""
    other = composed(chance)
    turn = int(chance.integers(5))
    parts = [question.shape, question.statistic, question.conditions, question.extra, question.left_out]
    if turn == 4 and question.left_out:
        return Question(question.shape, question.statistic, question.conditions, question.extra)
    parts[turn] = (other.shape, other.statistic, other.conditions, other.extra, other.left_out or COLUMNS)[turn]
    return Question(*parts)  # type: ignore[arg-type]
