"""Random questions over the town: as often as not they ask for what may not be had."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from tests.properties.wording import KEYS, LETTERS, LINKS

HOMES = {"social_care": "riverside_nhs", "police_incident": "county_police"}
JOINED = [
    ("housing",),
    ("person",),
    ("social_care",),
    ("police_incident",),
    ("school",),
    ("person", "housing"),
    ("person", "social_care"),
    ("person", "police_incident"),
    ("person", "housing", "social_care"),
    ("person", "housing", "school"),
]
NUMBERS = {"housing": "arrears", "social_care": "cost", "school": "absence_pct"}
LINK_COLUMNS = {
    "housing": ["uprn"],
    "person": ["uprn", "person_id"],
    "social_care": ["person_id"],
    "police_incident": ["person_id"],
    "school": ["person_id"],
}
NEVER = {"person": ["name"], "police_incident": ["incident_id"]}
"""Columns that the agreement does not share."""

FINE = {
    "person": ["{}.sex = 'F'", "{}.ethnicity = 'asian'", "age_in_years({}.dob) >= 65", "{}.postcode = 'ZN4'"],
    "housing": ["{}.tenancy = 'council'", "{}.arrears > 500", "{}.ward IN ('W01', 'W02')", "{}.arrears = 0"],
    "social_care": ["{}.need = 'dementia'", "{}.cost > 4000", "{}.start_date < DATE '2023-03-01'"],
    "police_incident": ["{}.category = 'domestic'", "{}.occurred_on >= DATE '2026-01-01'"],
    "school": ["{}.absence_pct > 20", "{}.school_year IN (1, 2)"],
}
FORBIDDEN = {
    "person": ["{}.name = 'Zelda Quince'", "{}.person_id = 900001", "{}.uprn >= 999999999999", "{}.name LIKE 'Z%'"],
    "housing": ["{}.uprn = 999999999999", "{}.uprn % 2 = 0"],
    "social_care": ["{}.person_id = 900001", "{}.person_id BETWEEN 1 AND 50"],
    "police_incident": ["{}.incident_id = 7", "{}.person_id < 100"],
    "school": ["{}.person_id IN (1, 2, 3)"],
}


@dataclass(frozen=True)
class Wanted:
    """A question: its SQL, whether any part of it is forbidden, and what the plain truth about its cells is.

    `counts` and `amounts` name the columns of the answer that hold them, the amounts with what they are made of;
    `evidence` is SQL with, for each group, the entities of every kind, then per amount its sum, rows and contributors.
    """

    sql: str
    forbidden: bool
    keys: int
    counts: tuple[str, ...]
    amounts: tuple[tuple[str, str], ...]
    evidence: str
    limited: bool


@st.composite
def wanted(draw: st.DrawFn) -> Wanted:
    """Draw a question."""
    tables = draw(st.sampled_from(JOINED))
    name = {table: LETTERS[table] for table in tables}
    source = _source(tables, name)
    fine = [text.format(name[table]) for table in tables for text in FINE[table]]
    bad = [text.format(name[table]) for table in tables for text in FORBIDDEN[table]]
    conditions = draw(st.lists(st.sampled_from(fine), max_size=2, unique=True))
    keys = draw(st.lists(st.sampled_from(_keys(tables, name)), max_size=2, unique=True))
    secret = [f"{name[table]}.{column}" for table in tables for column in [*NEVER.get(table, []), *LINK_COLUMNS[table]]]
    forbidden = draw(st.sampled_from(["no", "no", "condition", "key", "sum", "having", "order", "label"]))
    if forbidden == "condition":
        conditions.append(draw(st.sampled_from(bad)))
    if forbidden == "key":
        keys.append(draw(st.sampled_from(secret)))
    measures = ["count(*)"]
    measures += draw(st.lists(st.sampled_from(_counts(tables, name, fine)), max_size=2, unique=True))
    amounts = (
        draw(st.lists(st.sampled_from(_amounts(tables, name)), max_size=2, unique=True))
        if _amounts(tables, name)
        else []
    )
    if forbidden == "sum":
        function = draw(
            st.sampled_from(["sum({0})", "avg({0} * 1.0)", "median({0})", "max({0})", "count(nullif({0}, 1))"])
        )
        amounts.append((function.format(draw(st.sampled_from(secret))), "", ""))
    selected = [f"{key} AS k{number}" for number, key in enumerate(keys)]
    selected += [f"{text} AS n{number}" for number, text in enumerate(measures)]
    selected += [f"{text} AS a{number}" for number, (text, _, _) in enumerate(amounts)]
    if forbidden == "label":
        selected.append(f"CASE WHEN {draw(st.sampled_from(bad))} THEN 'Zelda Quince' END AS label")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    by = f" GROUP BY {', '.join(keys)}" if keys else ""
    tail, limited = _tail(draw, keys, secret, forbidden)
    by_kind = [f"count(DISTINCT {text})" for text in _entities(tables, name)]
    parts = [
        part
        for _, value, _ in amounts
        if value
        for part in (f"sum({value})", f"count({value})", f"count(nullif({value}, 0))")
    ]
    evidence = ", ".join([*keys, f"least({', '.join(by_kind)})", *measures, *parts])
    return Wanted(
        f"SELECT {', '.join(selected)}{source}{where}{by}{tail}",
        forbidden != "no",
        len(keys),
        tuple(f"n{number}" for number in range(len(measures))),
        tuple((f"a{number}", kind) for number, (_, value, kind) in enumerate(amounts) if value),
        f"SELECT {evidence}{source}{where}{by}",
        limited,
    )


def _source(tables: tuple[str, ...], name: dict[str, str]) -> str:
    first, *others = tables
    text = f" FROM {HOMES.get(first, 'northbank')}.{first} {name[first]}"
    for table in others:
        column = LINKS[frozenset(("person", table))]
        text += f" JOIN {HOMES.get(table, 'northbank')}.{table} {name[table]} ON {name[table]}.{column} = p.{column}"
    return text


def _keys(tables: tuple[str, ...], name: dict[str, str]) -> list[str]:
    columns = ("sex", "ethnicity", "dob", "tenancy", "ward", "need", "start_date", "school_year", "category")
    found = []
    for table in tables:
        for text in KEYS[table]:
            for column in columns:
                text = text.replace(column, f"{name[table]}.{column}")
            found.append(text)
    return found


def _entities(tables: tuple[str, ...], name: dict[str, str]) -> list[str]:
    return [f"{name[table]}.{column}" for table in tables for column in LINK_COLUMNS[table]]


def _counts(tables: tuple[str, ...], name: dict[str, str], fine: list[str]) -> list[str]:
    found = [f"count(DISTINCT {text})" for text in _entities(tables, name)]
    found += [f"count(*) FILTER (WHERE {text})" for text in fine]
    found += [f"sum(CASE WHEN {text} THEN 1 ELSE 0 END)" for text in fine]
    return found


def _amounts(tables: tuple[str, ...], name: dict[str, str]) -> list[tuple[str, str, str]]:
    found = []
    for table in tables:
        if table in NUMBERS:
            column = f"{name[table]}.{NUMBERS[table]}"
            found += [(f"sum({column})", column, "sum"), (f"avg({column})", column, "avg")]
    return found


def _tail(draw: st.DrawFn, keys: list[str], secret: list[str], forbidden: str) -> tuple[str, bool]:
    """Return HAVING, ORDER BY and LIMIT, and whether they may hide rows."""
    text, limited = "", False
    if forbidden == "having":
        text += f" HAVING count(DISTINCT CASE WHEN {draw(st.sampled_from(secret))} IS NOT NULL THEN 1 END) > 0"
        text += f" AND max({draw(st.sampled_from(secret))}) IS NOT NULL"
    elif keys and draw(st.booleans()):
        text += f" HAVING count(*) {draw(st.sampled_from(['>', '<', '=']))} {draw(st.sampled_from([1, 5, 9, 10, 50]))}"
        limited = True
    if forbidden == "order":
        text += f" ORDER BY min({draw(st.sampled_from(secret))})"
    elif draw(st.booleans()):
        text += f" ORDER BY n0 {draw(st.sampled_from(['', 'DESC']))}"
        if draw(st.booleans()):
            text += f" LIMIT {draw(st.integers(1, 4))}"
            limited = True
    return text, limited
