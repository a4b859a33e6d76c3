"""One question, many wordings: what is asked is drawn once, how it is written as often as one likes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hypothesis import strategies as st

LETTERS = {"person": "p", "housing": "h", "social_care": "c", "school": "s", "police_incident": "i", "council_tax": "t"}

LINKS = {
    frozenset(("person", "housing")): "uprn",
    frozenset(("person", "council_tax")): "uprn",
    frozenset(("person", "social_care")): "person_id",
    frozenset(("person", "school")): "person_id",
    frozenset(("person", "police_incident")): "person_id",
}

CONDITIONS = {
    "person": [
        "sex = 'F'",
        "ethnicity <> 'white'",
        "age_in_years(dob) >= 20",
        "postcode IN ('ZN1', 'ZN2', 'ZN3', 'ZN4')",
    ],
    "housing": ["tenancy <> 'owner'", "arrears > 0", "ward < 'W07'", "arrears BETWEEN 10 AND 1000"],
    "social_care": ["need <> 'learning'", "cost > 600", "year(start_date) >= 2024"],
    "school": ["absence_pct >= 4", "school_year <= 8"],
    "police_incident": ["category <> 'theft'"],
    "council_tax": ["band IN ('A', 'B', 'C')", "balance > 20"],
}
SAID_OTHERWISE = {
    "sex = 'F'": "'F' = sex",
    "ethnicity <> 'white'": "NOT ethnicity = 'white'",
    "age_in_years(dob) >= 20": "20 <= age_in_years(dob)",
    "tenancy <> 'owner'": "tenancy != 'owner'",
    "arrears BETWEEN 10 AND 1000": "(arrears >= 10 AND arrears <= 1000)",
    "cost > 600": "NOT (cost <= 600)",
    "year(start_date) >= 2024": "start_date >= DATE '2024-01-01'",
    "need <> 'learning'": "need NOT IN ('learning')",
    "school_year <= 8": "school_year < 9",
    "band IN ('A', 'B', 'C')": "(band = 'A' OR band = 'B' OR band = 'C')",
}
"""Conditions that hold for the same rows."""

KEYS = {
    "person": ["sex", "ethnicity", "age_in_years(dob)"],
    "housing": ["tenancy", "ward"],
    "social_care": ["need", "year(start_date)"],
    "school": ["school_year"],
    "police_incident": ["category"],
    "council_tax": ["band"],
}
NUMBERS = {"housing": "arrears", "social_care": "cost", "school": "absence_pct", "council_tax": "balance"}
JOINED = [
    ("housing",),
    ("person",),
    ("social_care",),
    ("person", "housing"),
    ("person", "social_care"),
    ("person", "school"),
    ("person", "housing", "social_care"),
    ("person", "council_tax", "police_incident"),
]


@dataclass(frozen=True)
class Asked:
    """What is asked: tables, conditions (table and text), keys (the same), and measures (function, table, column)."""

    tables: tuple[str, ...]
    conditions: tuple[tuple[str, str], ...]
    keys: tuple[tuple[str, str], ...]
    measures: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Manner:
    """How it is written: the order of tables and conditions, names, and turns of SQL."""

    tables: tuple[int, ...]
    conditions: tuple[int, ...]
    letters: str
    using: bool
    nested: str
    grouping: str
    loud: bool
    airy: bool
    full_names: bool
    otherwise: bool


@st.composite
def asked(draw: st.DrawFn) -> Asked:
    """Draw a question that the agreement permits."""
    tables = draw(st.sampled_from(JOINED))
    conditions = [(table, text) for table in tables for text in CONDITIONS[table]]
    keys = [(table, text) for table in tables for text in KEYS[table]]
    numbers = [
        (kind, table, NUMBERS[table]) for table in tables if table in NUMBERS for kind in ("sum", "avg", "median")
    ]
    return Asked(
        tables,
        tuple(draw(st.lists(st.sampled_from(conditions), max_size=3, unique=True))),
        tuple(draw(st.lists(st.sampled_from(keys), min_size=1, max_size=2, unique=True))),
        (("count", "", "*"), *draw(st.lists(st.sampled_from(numbers), max_size=2, unique=True))) if numbers
        else (("count", "", "*"),),
    )  # fmt: skip


@st.composite
def manner(draw: st.DrawFn) -> Manner:
    """Draw a way of writing; orders are drawn as weights, so that they fit any number of things."""
    weights = st.tuples(*[st.integers(0, 9)] * 4)
    return Manner(
        draw(weights), draw(weights), draw(st.sampled_from(["", "x", "of_"])), draw(st.booleans()),
        draw(st.sampled_from(["flat", "with", "sub-query", "twice"])), draw(st.sampled_from(["names", "numbers", "all"])),
        draw(st.booleans()), draw(st.booleans()), draw(st.booleans()), draw(st.booleans()),
    )  # fmt: skip


def written(what: Asked, how: Manner) -> str:
    """Return the question as SQL; every manner means the same."""
    tables = [table for _, table in sorted(zip(how.tables, what.tables, strict=False))]
    if "person" in tables and len(tables) > 2:  # all links lead through it
        tables = [
            *tables[:1],
            *(["person"] if tables[0] != "person" else []),
            *(t for t in tables[1:] if t != "person"),
        ]
    conditions = [each for _, each in sorted(zip(how.conditions, what.conditions, strict=False))]
    name = {table: how.letters + LETTERS[table] for table in tables}
    home = {
        table: {"social_care": "riverside_nhs", "police_incident": "county_police"}.get(table, "northbank")
        for table in tables
    }
    source = " FROM "
    for number, table in enumerate(tables):
        full = f"{home[table]}.{table}" if how.full_names else table
        if number:
            column = (
                LINKS[frozenset((table, "person"))] if table != "person" else LINKS[frozenset((tables[0], "person"))]
            )
            other = "person" if table != "person" else tables[0]
            on = f"USING ({column})" if how.using else f"ON {name[table]}.{column} = {name[other]}.{column}"
            source += f" JOIN {full} AS {name[table]} {on}"
        else:
            source += f"{full} AS {name[table]}"

    def own(table: str, text: str) -> str:
        return _qualified(text, name[table])

    where = " AND ".join(
        own(table, SAID_OTHERWISE.get(text, text) if how.otherwise else text) for table, text in conditions
    )
    keys = [(own(*key), f"k{number}") for number, key in enumerate(what.keys)]
    inputs = [own(table, column) for _, table, column in what.measures if table]
    if how.nested == "flat":
        sql = _grouped(what, keys, [own(table, column) if table else "*" for _, table, column in what.measures], how)
        sql = f"SELECT {sql[0]}{source}{' WHERE ' + where if where else ''} {sql[1]}"
    else:
        columns = [f"{text} AS {alias}" for text, alias in keys] + [f"{t} AS v{n}" for n, t in enumerate(inputs)]
        inner = f"SELECT {', '.join(columns)}{source}{' WHERE ' + where if where else ''}"
        if how.nested == "twice":
            inner = f"SELECT * FROM ({inner}) AS once"
        values = iter(f"v{n}" for n in range(len(inputs)))
        outer = _grouped(
            what, [(alias, alias) for _, alias in keys], [next(values) if t else "*" for _, t, _ in what.measures], how
        )
        if how.nested == "with":
            sql = f"WITH base AS ({inner}) SELECT {outer[0]} FROM base {outer[1]}"
        else:
            sql = f"SELECT {outer[0]} FROM ({inner}) AS base {outer[1]}"
    return _laid_out(sql, how)


def _grouped(what: Asked, keys: list[tuple[str, str]], inputs: list[str], how: Manner) -> tuple[str, str]:
    """Return the SELECT list and the GROUP BY."""
    selected = [f"{text} AS g{number}" for number, (text, _) in enumerate(keys)]
    selected += [
        f"{kind}({text}) AS m{number}"
        for number, ((kind, _, _), text) in enumerate(zip(what.measures, inputs, strict=True))
    ]
    by = {
        "names": ", ".join(text for text, _ in keys),
        "numbers": ", ".join(str(number + 1) for number in range(len(keys))),
        "all": "ALL",
    }
    return ", ".join(selected), f"GROUP BY {by[how.grouping]}"


def _qualified(text: str, name: str) -> str:
    """Put a table's name before the column that a text names."""
    columns = sorted({column for texts in COLUMNS.values() for column in texts}, key=len, reverse=True)
    for column in columns:
        if column in text:
            return re.sub(rf"\b{column}\b", f"{name}.{column}", text)
    raise AssertionError(f"no column in {text}")


def _laid_out(sql: str, how: Manner) -> str:
    """Change the case of keywords and the white space; what is in quotes stays."""
    if how.loud:
        parts = sql.split("'")
        sql = "'".join(part.lower() if number % 2 == 0 else part for number, part in enumerate(parts))
    if how.airy:
        sql = sql.replace(" FROM ", "\n  FROM /* here */ ").replace(" from ", "\nfrom ").replace(" AND ", "\n\tAND ")
    return sql


COLUMNS = {
    "person": ("sex", "ethnicity", "dob", "postcode"),
    "housing": ("tenancy", "arrears", "ward"),
    "social_care": ("need", "cost", "start_date"),
    "school": ("absence_pct", "school_year"),
    "police_incident": ("category",),
    "council_tax": ("band", "balance"),
}
