"""Levels proposed for a drafted contract, from counts of its clean rows, in round numbers; the steward decides.

Edges are 1, 2 or 5 times a power of ten, months are whole years, listed values have ten entities of every kind behind
them: no quantile and no rare value of the data is written into a contract. Source for amounts: bands of about 5 to 25 %
of those above nothing are read most precisely under the metered profiles (docs/reference/contract.md, "Levels").
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Literal

from sqlglot import exp

from commonweal.catalogue.contract import ROW, Column, Contract, Kind
from commonweal.catalogue.level_bounds import LARGEST, month_groups
from commonweal.catalogue.levels import Levels, Scale
from commonweal.catalogue.postcode_parts import postcode_part
from commonweal.catalogue.reading.parquet_staging import quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

LEVELLED = (Kind.QUASI, Kind.SENSITIVE, Kind.SPECIAL)
"""The kinds of columns that can be asked about under the metered profiles only by levels."""
HELD_BY = 10
"""A value is listed if so many entities of every kind have it."""
MOST_LISTED = 60
MOST_WHOLE = 20
"""Whole numbers of so few values are listed; others are amounts."""
MOST_MONTHS = 60
MOST_BANDS = 7
LEAST_SHARE = 0.05
MOST_FLAGS = 3
"""In so many levels of a repeated secret an entity counts: meter and noise grow with it."""
_AGE = re.compile(r"(^|_)(age|age_years|age_in_years)$")


def with_levels(connection: DuckDBPyConnection, contract: Contract, relation: str) -> tuple[Contract, list[str]]:
    """Return the draft with proposed levels and membership, and notes on values that were left to the missing level.

    `relation` is SQL of the clean rows. Columns that nothing fits keep no levels. Notes hold names and counts, no values.
    """
    if not contract.entities:
        return contract, []
    columns, notes = [], []
    for column in contract.columns:
        if column.kind in LEVELLED:
            levels, note = _proposed(connection, contract, column, relation)
            column = replace(column, levels=levels)
            notes += [note] if note else []
        columns.append(column)
    return replace(contract, columns=tuple(columns), membership=proposed_membership(contract)), notes


def proposed_membership(contract: Contract) -> Literal["known", "secret"]:
    """Return secret if the dataset tells of a special category, or persons have several rows in it (services, events)."""
    special = any(column.kind is Kind.SPECIAL for column in contract.columns)
    return "secret" if special or _repeats(contract, "person") else "known"


def _repeats(contract: Contract, kind: str = "") -> bool:
    """Tell whether an entity (of one kind, or any) may have several rows."""
    keys = [entity.key for entity in contract.entities if kind in ("", entity.kind)]
    return any(key != ROW and not contract.by_name[key].unique for key in keys)


def _proposed(
    connection: DuckDBPyConnection, contract: Contract, column: Column, relation: str
) -> tuple[Levels | None, str]:
    """Return the levels proposed for one column, and a note."""
    found, note = column.levels, ""
    if found is None and column.physical_type in ("DATE", "TIMESTAMP"):
        found = _ages() if column.standard == "date-of-birth" else _months(connection, contract, column, relation)
    elif found is None and column.physical_type == "BOOLEAN":
        found = Levels(Scale.VALUES, values=("false", "true"))
    elif found is None and column.physical_type == "VARCHAR":
        found, note = _listed(connection, contract, column, relation, MOST_LISTED)
    elif found is None and column.physical_type in ("BIGINT", "INTEGER", "SMALLINT"):
        if _AGE.search(column.name.casefold()):
            return _ages(), ""
        found, note = _listed(connection, contract, column, relation, MOST_WHOLE)
        if found is None:
            found, note = _amounts(connection, column, relation), ""
    elif found is None:
        found = _amounts(connection, column, relation)
    if found is not None and found.scale is Scale.VALUES and column.kind is not Kind.QUASI and _repeats(contract):
        found = replace(found, most=min(MOST_FLAGS, found.size))
    return found, note


def _ages() -> Levels:
    """Return five-year ages to 90, and ten-year ages above them."""
    edges = tuple(float(age) for age in range(0, 91, 5))
    return Levels(Scale.AGES, edges=edges, rungs=((*(int(age) // 10 for age in edges), 10),))


def _held(
    connection: DuckDBPyConnection, contract: Contract, value: str, relation: str
) -> list[tuple[object, int, int]]:
    """Return each value of an expression with its rows and its entities of the kind that has fewest behind it.

    Grouping twice spills to disk where a count(DISTINCT) of ten million keys would not. Empty for too many values.
    """
    estimate = connection.execute(f"SELECT approx_count_distinct({value}) FROM {relation}").fetchone()
    if not estimate or estimate[0] > 50 * MOST_LISTED:
        return []
    entities: dict[object, int] = {}
    rows: dict[object, int] = {}
    for entity in contract.entities:
        if entity.key == ROW:
            query = f"SELECT {value} AS v, count(*), count(*) FROM {relation} GROUP BY 1"
        else:
            key = quoted(entity.key)
            pairs = f"SELECT {value} AS v, {key} AS k, count(*) AS n FROM {relation} GROUP BY 1, 2"
            query = f"SELECT v, sum(n), count(k) FROM ({pairs}) GROUP BY 1"
        for found, count, held in connection.execute(query).fetchall():
            rows[found] = int(count)
            entities[found] = min(held, entities.get(found, held))
    return [(found, rows[found], held) for found, held in entities.items() if found is not None]


def _listed(
    connection: DuckDBPyConnection, contract: Contract, column: Column, relation: str, most: int
) -> tuple[Levels | None, str]:
    """Return the values that at least ten entities have, if they are few and cover nearly all rows, in their order."""
    of = "district" if column.standard == "postcode" else ""
    value = quoted(column.name)
    if of:
        value = postcode_part(exp.column(column.name, quoted=True), of).sql(dialect="duckdb")
    held = _held(connection, contract, value, relation)
    common = [found for found, _, entities in held if entities >= HELD_BY]
    covered = sum(rows for _, rows, entities in held if entities >= HELD_BY)
    whole = sum(rows for _, rows, _ in held)
    few = len(held) <= most or (column.physical_type == "VARCHAR" and covered >= 0.9 * whole)
    if not 1 <= len(common) <= most or not few:
        return None, ""
    numbers = [found for found in common if isinstance(found, int)]
    texts = [str(found) for found in (sorted(numbers) if numbers else sorted(common, key=str)) if str(found)]
    rare = len(held) - len(common)
    note = (
        f"{column.name}: {rare:,} values that fewer than {HELD_BY} have are in no level of their own." if rare else ""
    )
    try:
        return Levels(Scale.VALUES, values=tuple(texts), of=of), note
    except ValueError:
        return None, ""


def _months(connection: DuckDBPyConnection, contract: Contract, column: Column, relation: str) -> Levels | None:
    """Return months with quarters and years, or years alone if there are more than five, over whole years of ten entities."""
    name = quoted(column.name)
    held = _held(connection, contract, f"CASE WHEN isfinite({name}) THEN year({name}) END", relation)
    years = sorted(
        year for year, _, entities in held if isinstance(year, int) and entities >= HELD_BY and 1 <= year <= 9999
    )
    if not years:
        return None
    months = (date(years[0], 1, 1), date(years[-1], 12, 1))
    try:
        if 12 * (years[-1] - years[0] + 1) > MOST_MONTHS:
            return Levels(Scale.MONTHS, months=months, step="year")
        groups = [month_groups(months, "month", step) for step in ("quarter", "year")]
        return Levels(Scale.MONTHS, months=months, rungs=tuple((*group, group[-1] + 1) for group in groups))
    except ValueError:
        return None


def _amounts(connection: DuckDBPyConnection, column: Column, relation: str) -> Levels | None:
    """Return bands with edges of 1, 2 or 5 tens that hold 5 % or more of the amounts above nothing each, and a top."""
    name = f"CAST({quoted(column.name)} AS DOUBLE)"
    finite = f"isfinite({name}) AND {name} > 0"
    query = f"SELECT count(*), min({name}), quantile_disc({name}, 0.99) FROM {relation} WHERE {finite}"
    row = connection.execute(query).fetchone()
    if not row or row[0] < 2 * HELD_BY or not 1e-9 <= row[1] <= row[2] < LARGEST / 10:
        return None
    edges = round_numbers(row[1], row[2])
    counts = ", ".join(f"count_if({name} <= {edge!r})" for edge in edges)
    below = connection.execute(f"SELECT {counts} FROM {relation} WHERE {finite}").fetchone() or ()
    kept = merged_edges(edges, below, row[0])
    above = [edge for edge in round_numbers(kept[-1], 10 * max(kept[-1], row[2])) if edge > kept[-1] and edge >= row[2]]
    return Levels(Scale.AMOUNTS, edges=(0.0, *kept), top=above[0])


def round_numbers(low: float, high: float) -> list[float]:
    """Return the numbers of 1, 2 or 5 tens from the one at or above `low` (above 0) to the one at or above `high`."""
    found: list[float] = []
    for power in range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 2):
        for step in (1, 2, 5):
            number = float(f"{step}e{power}")
            if number >= low and (not found or found[-1] < high):
                found.append(number)
    return found


def merged_edges(edges: Sequence[float], below: Sequence[int], count: int) -> list[float]:
    """Return the edges left when the emptiest band is merged into its emptier neighbour, until all are full enough.

    `below[i]` of the `count` amounts are at most `edges[i]`. At most `MOST_BANDS` bands remain, the one above the last
    edge included, each with `LEAST_SHARE` of the amounts or more; at least one edge remains.
    """
    kept = list(edges)
    cuts = [0, *below, count]
    while len(kept) > 1:
        sizes = [high - low for low, high in itertools.pairwise(cuts)]
        least = min(range(len(sizes)), key=lambda band: sizes[band])
        if len(sizes) <= MOST_BANDS and sizes[least] >= LEAST_SHARE * count:
            break
        lower = sizes[least - 1] if least else math.inf
        upper = sizes[least + 1] if least + 1 < len(sizes) else math.inf
        gone = least - 1 if lower <= upper else least
        del kept[gone], cuts[gone + 1]
    return kept
