"""A few homes, the people in them, and their records, as small tables that can be changed one fact at a time."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from commonweal.catalogue.contract import ROW, Column, Contract, EntityKey, Kind
from commonweal.catalogue.dataset import Dataset, Snapshot
from commonweal.catalogue.levels import Levels, Scale
from commonweal.gateway.metered.counting import CountTable, band_sql, count_sql
from commonweal.gateway.metered.feature import Feature

AS_OF = date(2026, 1, 1)
Row = dict[str, Any]
World = dict[str, list[Row]]
"""Rows by dataset: `home`, `person`, `visit` (records of a person that name a home), `note` (records of nobody)."""

WARD = Levels(Scale.VALUES, values=("A", "B"))
SEX = Levels(Scale.VALUES, values=("F", "M"))
NEED = Levels(Scale.VALUES, values=("n1", "n2", "n3", "n4"), most=2)
DEBT = Levels(Scale.AMOUNTS, edges=(0.0, 100.0, 500.0), top=2000.0)
TIMES = Levels(Scale.COUNTS, edges=(0.0, 1.0, 5.0), top=12.0)
MONTH = Levels(Scale.MONTHS, months=(date(2025, 1, 1), date(2025, 6, 1)))
COLUMNS: Mapping[str, Sequence[tuple[str, str, Kind, Levels | None]]] = {
    "home": (("uprn", "BIGINT", Kind.LINK, None), ("ward", "VARCHAR", Kind.QUASI, WARD), ("debt", "DOUBLE", Kind.SENSITIVE, DEBT)),
    "person": (
        ("person_id", "BIGINT", Kind.LINK, None), ("uprn", "BIGINT", Kind.LINK, None), ("sex", "VARCHAR", Kind.QUASI, SEX),
        ("times", "BIGINT", Kind.SENSITIVE, TIMES),
    ),
    "visit": (
        ("person_id", "BIGINT", Kind.LINK, None), ("uprn", "BIGINT", Kind.LINK, None), ("need", "VARCHAR", Kind.SPECIAL, NEED),
        ("cost", "DOUBLE", Kind.SENSITIVE, DEBT), ("day", "DATE", Kind.SENSITIVE, MONTH), ("times", "BIGINT", Kind.SENSITIVE, TIMES),
    ),
    "note": (("uprn", "BIGINT", Kind.LINK, None), ("need", "VARCHAR", Kind.SPECIAL, NEED), ("cost", "DOUBLE", Kind.SENSITIVE, DEBT)),
}  # fmt: skip
KEYS = {"home": "uprn", "person": "person_id", "visit": "person_id", "note": ROW}
UNIQUE = {"home": "uprn", "person": "person_id", "visit": "", "note": ""}


def dataset(name: str, **changed: Any) -> Dataset:
    columns = tuple(
        Column(column, "", physical, kind, unique=UNIQUE[name] == column, levels=levels)
        for column, physical, kind, levels in COLUMNS[name]
    )
    contract = Contract(name, name, "1", columns, (EntityKey("home" if name == "home" else "person", KEYS[name]),))
    return Dataset("town", name, replace(contract, **changed), Snapshot("0" * 64, Path(), 0, AS_OF))


DATASETS = {f"town/{name}": dataset(name) for name in COLUMNS}
DEBTS = (None, -5.0, 0.0, 50.0, 100.0, 100.00001, 350.0, 1e30, float("nan"))
TIMES_SEEN = (None, -1, 0, 1, 3, 4, 5, 11, 500)
NEEDS = (None, "n1", "n2", "n3", "n4", "nonsense")
DAYS = (None, date(2024, 12, 31), date(2025, 1, 1), date(2025, 3, 31), date(2025, 6, 30), date(2025, 7, 1))


def drawn(seed: int, *, homes: int = 5, people: int = 8, visits: int = 16) -> World:
    """Return a world with whatever real data have: nulls, strangers, people at several homes, repeated records."""
    r = random.Random(seed)
    places = [*range(homes), None, 99]
    return {
        "home": [{"uprn": n, "ward": r.choice(("A", "B", None)), "debt": r.choice(DEBTS)} for n in range(homes)],
        "person": [
            {"person_id": n, "uprn": r.choice(places), "sex": r.choice(("F", "M", "?")), "times": r.choice(TIMES_SEEN)}
            for n in range(people)
        ],
        "visit": [visit(r, r.choice([*range(people), None, 77]), r.choice(places)) for _ in range(visits)],
        "note": [{"uprn": r.choice(places), "need": r.choice(NEEDS), "cost": r.choice(DEBTS)} for _ in range(visits)],
    }


def visit(r: random.Random, person: int | None, home: int | None) -> Row:
    need, cost, day, times = r.choice(NEEDS), r.choice(DEBTS), r.choice(DAYS), r.choice(TIMES_SEEN)
    return {"person_id": person, "uprn": home, "need": need, "cost": cost, "day": day, "times": times}


def counted(table: CountTable, world: World, *, bands: bool = False) -> dict[tuple[int, ...], tuple[float, ...]]:
    """Return what the SQL of a count table (or of its band sums) finds in a world: numbers by cell and level."""
    read = {reference: reference.partition("/")[2] for reference in table.datasets}
    sources = {reference: f"({_rows(name, world[name])})" for reference, name in read.items()}
    found = _CONNECTION.execute((band_sql if bands else count_sql)(table, sources)).fetchall()
    keys = 1 if bands else len(table.columns) + len(table.secrets)
    return {tuple(row[:keys]): tuple(float(value) for value in row[keys:]) for row in found}


_CONNECTION = duckdb.connect(config={"threads": 1})


def _rows(name: str, rows: Sequence[Row]) -> str:
    """Return rows as SQL, typed as their columns are."""
    columns = [(column, physical) for column, physical, _, _ in COLUMNS[name]]
    typed = ", ".join(f"CAST({column} AS {physical}) AS {column}" for column, physical in columns)
    listed = ", ".join(f"({', '.join(_literal(row[column]) for column, _ in columns)})" for row in rows)
    some = listed or f"({', '.join('NULL' for _ in columns)})"
    return (
        f"SELECT {typed} FROM (VALUES {some}) AS t({', '.join(c for c, _ in columns)}){'' if rows else ' WHERE false'}"
    )


def _literal(value: object) -> str:
    return "NULL" if value is None else f"'{value}'"


def table_of(frame: str, columns: Sequence[Feature], secrets: Sequence[Feature]) -> CountTable:
    read = {frame} | {hop.dataset for feature in (*columns, *secrets) for hop in feature.path}
    return CountTable(frame, tuple(columns), tuple(secrets), {name: DATASETS[name] for name in sorted(read)})
