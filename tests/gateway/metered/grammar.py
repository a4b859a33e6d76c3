"""Random questions about the residents, in ordinary SQL, whose answers are exact when noise is off."""

from __future__ import annotations

import random

KEYS = (
    "ward", "sex", "tenancy", "owes", "ethnicity", "age_in_years(date_of_birth)",
    "CASE WHEN age_in_years(date_of_birth) < 20 THEN 'young' WHEN age_in_years(date_of_birth) >= 65 THEN 'old' ELSE 'other' END",
    "CASE WHEN tenancy IN ('council', 'association') THEN 'social' END", "start_month IS NULL", "arrears > 500",
    "CASE WHEN arrears > 1000 THEN 'much' WHEN arrears > 0 THEN 'some' ELSE 'none' END", "year(start_month)",
    "date_trunc('quarter', start_month)", "nullif(sex, 'M')", "least(contacts, 2)", "upper(tenancy)", "sex || tenancy",
    "floor(age_in_years(date_of_birth) / 10) * 10", "coalesce(nullif(band, 'A'), 'first')",
)  # fmt: skip
ATOMS = (
    "ward = 'W01'", "ward <> 'W03'", "ward IN ('W01', 'W02', 'W07')", "sex = 'F'", "tenancy LIKE 'p%'", "ward > 'W10'",
    "age_in_years(date_of_birth) >= 65", "age_in_years(date_of_birth) BETWEEN 20 AND 59", "arrears > 0", "arrears <= 200",
    "arrears BETWEEN 0 AND 1000", "owes = 'yes'", "start_month IS NULL", "start_month >= DATE '2025-06-01'",
    "start_month < DATE '2025-03-01'", "year(start_month) = 2025", "contacts = 0", "contacts >= 2", "cost > 0",
    "NOT (start_month > DATE '2025-10-01')", "nullif(sex, 'M') = 'F'", "nullif(sex, 'M') IS NULL", "band NOT IN ('A', 'B')",
    "band NOT IN ('A', NULL)", "sex IS DISTINCT FROM 'F'", "coalesce(arrears, 0) > 100", "tenancy = 'nowhere'", "1 = 1",
    "person_id IN (SELECT person_id FROM known)", "person_id NOT IN (SELECT person_id FROM known)",
    "person_id IN (SELECT person_id FROM spell WHERE need = 'nursing')",
    "person_id NOT IN (SELECT person_id FROM spell WHERE need = 'respite')", "person_id IN (SELECT person_id FROM spell)",
    "NOT (person_id IN (SELECT person_id FROM spell))", "EXISTS (SELECT 1 FROM known k WHERE k.person_id = resident.person_id)",
    "arrears_last_year > 100", "start_month = DATE '2025-05-01'", "quarter(start_month) = 2",
)  # fmt: skip
NUMBERS = (
    "count(*)", "count(DISTINCT person_id)", "count(*) FILTER (WHERE {c})", "sum(arrears)", "avg(arrears)", "sum(cost)",
    "sum(CASE WHEN {c} THEN 1 ELSE 0 END)", "avg(CASE WHEN {c} THEN 1.0 ELSE 0 END)", "count(start_month)",
    "sum(arrears) FILTER (WHERE {c})", "avg(arrears) FILTER (WHERE {c})", "count(CASE WHEN {c} THEN 1 END)", "count_if({c})",
    "sum(CASE WHEN {c} THEN arrears END)", "sum(CASE WHEN {c} THEN arrears ELSE 0 END)", "avg(contacts > 0)", "sum({c})",
    "count(DISTINCT CASE WHEN {c} THEN person_id END)", "sum(arrears) / nullif(count(*), 0)", "avg(CASE WHEN {c} THEN arrears END)",
)  # fmt: skip


def condition(r: random.Random, depth: int = 2) -> str:
    kind = r.random()
    if depth == 0 or kind < 0.45:
        return r.choice(ATOMS)
    if kind < 0.6:
        return f"NOT ({condition(r, depth - 1)})"
    if kind < 0.68:
        return f"CASE WHEN {condition(r, 0)} THEN {condition(r, 0)} ELSE {condition(r, 0)} END"
    return f"({condition(r, depth - 1)} {r.choice(('AND', 'AND', 'OR'))} {condition(r, depth - 1)})"


def simple(r: random.Random) -> str:
    """Return a condition without sub-queries, as aggregates have them."""
    while "SELECT" in (found := condition(r, 1)):
        pass
    return found


def question(seed: int) -> tuple[str, int]:
    """Return a question and how many of its first columns are keys."""
    r = random.Random(seed)
    keys = r.sample(KEYS, r.choice((0, 1, 1, 1, 2)))
    numbers = [r.choice(NUMBERS).format(c=simple(r)) for _ in range(r.choice((1, 1, 2)))]
    named = [f"{key} AS k{n}" for n, key in enumerate(keys)] + [f"{number} AS n{n}" for n, number in enumerate(numbers)]
    where = f" WHERE {condition(r)}" if r.random() < 0.7 else ""
    listed = ", ".join(str(n + 1) for n in range(len(keys)))
    group = (
        f" GROUP BY ROLLUP ({', '.join(keys)})" if keys and r.random() < 0.1 else f" GROUP BY {listed}" if keys else ""
    )
    return f"SELECT {', '.join(named)} FROM {r.choice(SOURCES)}{where}{group}", len(keys)


SOURCES = (
    *("resident",) * 8, "resident JOIN known USING (person_id)", "resident LEFT JOIN known USING (person_id)",
    "(SELECT * FROM resident WHERE tenancy <> 'owner' OR arrears > 0) AS resident",
    "resident JOIN (SELECT person_id AS p, count(*) AS spells FROM spell GROUP BY person_id) AS s ON resident.person_id = s.p",
    "resident LEFT JOIN (SELECT person_id AS p, count(*) AS spells FROM spell GROUP BY person_id) AS s ON resident.person_id = s.p",
)  # fmt: skip
