"""Counting: the SQL of a count table, which says how many subjects there are in every cell and level.

It reads raw snapshots in a locked connection, once a snapshot, and is made from contracts alone: no word of any question
is in it. A subject is one entity of the frame; one without a key is nobody and is not counted. Where records differ in a
column that a subject has once, the least level stands. A record that could be counted at several subjects is counted at
the one with the least key, and a subject is in at most as many levels of a flag as its contract says, chosen by a hash.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from commonweal.catalogue.contract import ROW
from commonweal.catalogue.dataset import Dataset
from commonweal.catalogue.level_codes import code_expression
from commonweal.catalogue.levels import Levels, Scale
from commonweal.gateway.metered.feature import Feature, Form, Hop

COUNTING = "2"
"""Part of every table's label: raise it when subjects are counted in another way, so that the noise is another too."""
NUMBER = "n"
SUM, SQUARES = "total", "squares"
EXACT = "DECIMAL(28, 4)"
"""Totals are added up as decimals, so that the order of rows cannot move anybody across an edge."""


@dataclass(frozen=True)
class CountTable:
    """What a count table is about: the frame, its lattice columns and its secrets, each under the name of its place.

    `datasets` are all that it reads, by reference; `key` the column that tells subjects apart where that is not the first
    entity's.
    """

    frame: str
    columns: tuple[Feature, ...]
    secrets: tuple[Feature, ...]
    datasets: Mapping[str, Dataset]
    key: str = ""

    def key_of_frame(self) -> str:
        """Return the column of the frame that tells subjects apart."""
        return self.key or self.datasets[self.frame].contract.entities[0].key

    @property
    def repeats(self) -> bool:
        """Return whether a subject can have several rows in the frame."""
        key = self.key_of_frame()
        return key != ROW and not self.datasets[self.frame].contract.by_name[key].unique

    @property
    def identity(self) -> Hashable:
        """Return what tells it from other count tables of the same datasets."""
        return self.frame, self.key, self.columns, self.secrets

    @property
    def of(self) -> Hashable:
        """Return all that decides what is in it."""
        states = ((name, d.snapshot.id, d.snapshot.as_of, d.contract) for name, d in sorted(self.datasets.items()))
        return self.identity, tuple(states)

    def name_of(self, feature: Feature) -> str:
        """Return the name of a feature's column in the table."""
        if feature in self.columns:
            return f"q{self.columns.index(feature)}"
        return f"s{self.secrets.index(feature)}"


def count_sql(table: CountTable, sources: Mapping[str, str]) -> str:
    """Return the SQL of the count table; `sources` names the raw rows of each dataset in SQL."""
    if not _is_gathered(table) and any(_is_listed_text(table, feature) for feature in table.columns):
        return _grouped_first(table, sources)
    names = [table.name_of(feature) for feature in (*table.columns, *table.secrets)]
    listed = "".join(f"{name}, " for name in names)
    where = " AND ".join(f"{name} IS NOT NULL" for name in names) or "true"
    return f"SELECT {listed}count(*) AS {NUMBER} FROM ({_subjects(table, sources)}) WHERE {where} GROUP BY ALL"


def _is_gathered(table: CountTable) -> bool:
    """Return whether anything is gathered from several rows: of the frame, or over links."""
    features = (*table.columns, *table.secrets)
    return table.repeats or any(feature.path or feature.form is not Form.VALUE for feature in features)


def _is_listed_text(table: CountTable, feature: Feature) -> bool:
    """Return whether a column's levels are listed texts, of which there are few different ones."""
    column = table.datasets[table.frame].contract.by_name[feature.column]
    return feature.levels.scale is Scale.VALUES and not feature.levels.of and column.physical_type.upper() == "VARCHAR"


def _grouped_first(table: CountTable, sources: Mapping[str, str]) -> str:
    """Return the SQL of a count table whose subjects have a row each: rows that are alike are counted first, and get
    their codes then, a few thousand instead of all of them; it is the same table, in half the time and less."""
    frame = table.datasets[table.frame]
    features = (*table.columns, *table.secrets)
    alike, codes = [], []
    for feature in features:
        name = table.name_of(feature)
        if _is_listed_text(table, feature):
            alike.append(f"{_quoted(feature.column)} AS {name}")
            codes.append(f"{_code(exp.column(name), feature, 'VARCHAR', frame.snapshot.as_of)} AS {name}")
        else:
            alike.append(_own(table, frame, feature))
            codes.append(name)
    names = [table.name_of(feature) for feature in features]
    key = table.key_of_frame()
    known = "" if key == ROW else f" WHERE {_quoted(key)} IS NOT NULL"
    rows = f"SELECT {', '.join(alike)}, count(*) AS {NUMBER} FROM {_once_each(table, sources[frame.reference])}{known}"
    where = " AND ".join(f"{name} IS NOT NULL" for name in names)
    return (
        f"SELECT {', '.join(names)}, CAST(sum({NUMBER}) AS BIGINT) AS {NUMBER} "
        f"FROM (SELECT {', '.join(codes)}, {NUMBER} FROM ({rows} GROUP BY ALL)) WHERE {where} GROUP BY ALL"
    )


def band_sql(table: CountTable, sources: Mapping[str, str]) -> str:
    """Return the SQL of what the values in each level of the table's one secret add up to, and their squares."""
    (secret,) = table.secrets
    # A value is held inside its own level, so that nobody adds more than the level's upper edge, whatever the data hold.
    held = " ".join(
        f"WHEN {leaf} THEN least(greatest(coalesce(CAST(x AS DOUBLE), {high}), {low}), {high})"
        for leaf, (low, high) in enumerate(edges_of(secret.levels))
    )
    value = f"(CASE s0 {held} ELSE 0 END)"
    return (
        f"SELECT s0, sum(CAST({value} AS {EXACT})) AS {SUM}, sum(CAST({value} * {value} AS DECIMAL(38, 4))) AS {SQUARES} "
        f"FROM ({_subjects(table, sources, values=True)}) WHERE s0 IS NOT NULL GROUP BY s0"
    )


def _subjects(table: CountTable, sources: Mapping[str, str], *, values: bool = False) -> str:
    """Return the SQL of one row a subject (and level of a flag), with the code of every feature."""
    frame = table.datasets[table.frame]
    own = [f for f in (*table.columns, *table.secrets) if not f.path and f.form is not Form.FLAGS]
    first_hops = dict.fromkeys(f.path[0].column for f in (*table.columns, *table.secrets) if f.path)
    select = [_own(table, frame, feature) for feature in own]
    select += [_raw_value(feature, grouped=table.repeats) for feature in table.secrets if values and not feature.path]
    key = table.key_of_frame()
    links = [f"{_grouped(table.repeats, _quoted(column))} AS {_link(column)}" for column in first_hops]
    entity = [] if key == ROW else [f"{_quoted(key)} AS e"]
    known = "" if key == ROW else f" WHERE {_quoted(key)} IS NOT NULL"
    source = _once_each(table, sources[frame.reference])
    group = f" GROUP BY {_quoted(key)}" if table.repeats else ""
    subjects = f"SELECT {', '.join([*entity, *links, *select]) or '1 AS one'} FROM {source}{known}{group}"
    outputs = [table.name_of(feature) for feature in own] + (["x"] if values and not table.secrets[0].path else [])
    joins = []
    for number, path in enumerate(dict.fromkeys(f.path for f in (*table.columns, *table.secrets) if f.path)):
        there = [f for f in (*table.columns, *table.secrets) if f.path == path and f.form is not Form.FLAGS]
        if there:
            alias = f"r{number}"
            records = _records(table, path, there, sources, values=values)
            joins.append(f"LEFT JOIN ({records}) AS {alias} ON {alias}.k = f.{_link(path[0].column)}")
            outputs += [f"coalesce({alias}.{table.name_of(f)}, {_without(f)}) AS {table.name_of(f)}" for f in there]
            outputs += [f"coalesce({alias}.x, 0) AS x"] if values and table.secrets[0] in there else []
    for feature in table.secrets:
        if feature.form is Form.FLAGS:
            near = "e" if not feature.path else _link(feature.path[0].column)
            joins.append(f"JOIN ({_flags(table, feature, sources)}) AS g ON g.k = f.{near}")
            outputs.append(f"g.c AS {table.name_of(feature)}")
    listed = ", ".join(f"f.{name}" if " " not in name and name != "1" else name for name in outputs)
    return f"SELECT {listed or '1 AS one'} FROM ({subjects}) AS f {' '.join(joins)}"


def _own(table: CountTable, frame: Dataset, feature: Feature) -> str:
    return f"{_of_records(frame, feature, grouped=table.repeats)} AS {table.name_of(feature)}"


def _raw_value(feature: Feature, *, grouped: bool) -> str:
    if feature.form is Form.EVENTS:
        return "count(*) AS x"
    raw = f"TRY_CAST({_quoted(feature.column)} AS {EXACT})"
    return f"sum({raw}) AS x" if feature.form is Form.TOTAL else f"{_grouped(grouped, raw)} AS x"


def _of_records(dataset: Dataset, feature: Feature, *, grouped: bool) -> str:
    """Return the code of a feature over rows of its dataset, aggregated when they are grouped by subject."""
    if feature.form is Form.MEMBER:
        return "min(0)" if grouped else "0"
    if feature.form is Form.EVENTS:
        return _code(exp.column("n"), feature, "BIGINT", dataset.snapshot.as_of).replace('"n"', "count(*)")
    column = dataset.contract.by_name[feature.column]
    raw = exp.column(feature.column, quoted=True)
    if feature.form is Form.TOTAL:
        total = _code(exp.column("n"), feature, "DOUBLE", dataset.snapshot.as_of)
        return total.replace('"n"', f"CAST(sum(TRY_CAST({_quoted(feature.column)} AS {EXACT})) AS DOUBLE)")
    code = _code(raw, feature, column.physical_type, dataset.snapshot.as_of)
    if not grouped:
        return code
    if feature.form is Form.FIRST or feature.form is Form.LAST:
        # The missing leaf is the last, so that the least level is the first month; for the last one it is left out.
        missing = feature.levels.size - 1
        return f"min({code})" if feature.form is Form.FIRST else f"coalesce(max(nullif({code}, {missing})), {missing})"
    return f"min({code})"


def _code(column: exp.Expression, feature: Feature, physical_type: str, as_of: date) -> str:
    return code_expression(column, feature.levels, physical_type, as_of).sql(dialect="duckdb", identify=True)


def _records(
    table: CountTable, path: tuple[Hop, ...], features: Sequence[Feature], sources: Mapping[str, str], *, values: bool
) -> str:
    """Return the SQL of what lies at the end of a path, one row for each value of the first link."""
    last = table.datasets[path[-1].dataset]
    codes = [f"{_of_records(last, feature, grouped=True)} AS {table.name_of(feature)}" for feature in features]
    codes += [_summed(feature) for feature in features if values and feature in table.secrets]
    return f"SELECT k, {', '.join(codes)} FROM ({_walked(table, path, sources)}) WHERE k IS NOT NULL GROUP BY k"


def _summed(feature: Feature) -> str:
    if feature.form is Form.EVENTS:
        return "count(*) AS x"
    raw = f"TRY_CAST({_quoted(feature.column)} AS {EXACT})"
    return f"{'sum' if feature.form is Form.TOTAL else 'min'}({raw}) AS x"


def _walked(table: CountTable, path: tuple[Hop, ...], sources: Mapping[str, str]) -> str:
    """Return the rows at the end of a path, each with ``k``, the first link's value that it belongs to."""
    *way, end = path
    last = table.datasets[end.dataset]
    if not way:
        rows = f"SELECT *, {_quoted(end.key)} AS k FROM {sources[end.dataset]}"
    else:
        joined = f"SELECT {_quoted(way[0].key)} AS k, {_quoted(_next(path, 0))} AS l FROM {sources[way[0].dataset]}"
        for place, hop in enumerate(way[1:], 1):
            further = f"SELECT {_quoted(hop.key)} AS j, {_quoted(_next(path, place))} AS l FROM {sources[hop.dataset]}"
            joined = f"SELECT a.k, b.l FROM ({joined}) AS a JOIN ({further}) AS b ON a.l = b.j"
        once = f"SELECT l, min(k) AS k FROM ({joined}) GROUP BY l"
        rows = f"SELECT z.*, w.k FROM {sources[end.dataset]} AS z JOIN ({once}) AS w ON w.l = z.{_quoted(end.key)}"
    key = _entity_key(last)
    if key == ROW or last.contract.by_name[key].unique:
        return rows
    if key == end.key:
        return f"SELECT * FROM ({rows}) WHERE {_quoted(key)} IS NOT NULL"
    least = f"k = min(k) OVER (PARTITION BY {_quoted(key)})"
    return f"SELECT * FROM ({rows}) WHERE {_quoted(key)} IS NOT NULL QUALIFY {least}"


def _once_each(table: CountTable, source: str) -> str:
    """Return the frame's rows; where it is not its first entity that is counted, with each of those at one subject."""
    frame = table.datasets[table.frame]
    first, key = _entity_key(frame), table.key_of_frame()
    if key == first or first == ROW:
        return source
    known = f"SELECT * FROM {source} WHERE {_quoted(first)} IS NOT NULL AND {_quoted(key)} IS NOT NULL"
    if frame.contract.by_name[first].unique:
        return f"({known})"
    return f"({known} QUALIFY {_quoted(key)} = min({_quoted(key)}) OVER (PARTITION BY {_quoted(first)}))"


def wanders(dataset: Dataset, key: str) -> bool:
    """Return whether one of a dataset's first entities can have records at several subjects told apart by `key`."""
    first = _entity_key(dataset)
    return bool(key) and key != first and first != ROW and not dataset.contract.by_name[first].unique


def roams(dataset: Dataset, end: Hop) -> bool:
    """Return whether one entity's records can lie at several values of a link, so that the one they are counted at can
    change with the records that it has."""
    key = _entity_key(dataset)
    return key not in {ROW, end.key} and not dataset.contract.by_name[key].unique


def _entity_key(dataset: Dataset) -> str:
    return dataset.contract.entities[0].key if dataset.contract.entities else ROW


def _next(path: tuple[Hop, ...], place: int) -> str:
    return path[place + 1].column


def _flags(table: CountTable, feature: Feature, sources: Mapping[str, str]) -> str:
    """Return the SQL of the levels that each subject is in: ``k`` and ``c``, every pair once."""
    dataset = table.datasets[feature.dataset]
    key = _entity_key(dataset) if feature.path else table.key_of_frame()
    column = dataset.contract.by_name[feature.column]
    code = _code(exp.column(feature.column, quoted=True), feature, column.physical_type, dataset.snapshot.as_of)
    if feature.path:
        rows = _walked(table, feature.path, sources)
    else:
        rows = f"SELECT *, {_quoted(key)} AS k FROM {sources[feature.dataset]}"
    if key == ROW:  # every record is an entity, which is in one level
        return (
            f"SELECT DISTINCT k, c FROM (SELECT k, {code} AS c FROM ({rows}) WHERE k IS NOT NULL) WHERE c IS NOT NULL"
        )
    known = f"k IS NOT NULL AND {_quoted(key)} IS NOT NULL"
    pairs = f"SELECT DISTINCT k, {_quoted(key)} AS e, {code} AS c FROM ({rows}) WHERE {known}"
    chosen = f"row_number() OVER (PARTITION BY e ORDER BY hash(e, c), c) <= {feature.levels.most}"
    return f"SELECT DISTINCT k, c FROM (SELECT * FROM ({pairs}) WHERE c IS NOT NULL QUALIFY {chosen})"


def _without(feature: Feature) -> int:
    """Return the level of a subject that has no record there."""
    if feature.form in {Form.EVENTS, Form.TOTAL} and (
        feature.levels.scale is Scale.AMOUNTS or not feature.levels.edges[0]
    ):
        return 0
    return feature.levels.size - 1


def _grouped(grouped: bool, expression: str) -> str:
    return f"min({expression})" if grouped else expression


def _link(column: str) -> str:
    return _quoted(f"l_{column}")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def edges_of(levels: Levels) -> tuple[tuple[float, float], ...]:
    """Return the least and the most that one subject adds to a sum in each level of amounts or counts but the missing
    one: below nothing counts as nothing, and nobody counts for more than the top."""
    edges = [float(edge) for edge in levels.edges]
    top = float(levels.top) if levels.top is not None else edges[-1] * 2
    if levels.scale is Scale.AMOUNTS:
        lows, highs = [0.0, *edges], [*edges, top]
    else:
        lows, highs = edges, [*(edge - 1 for edge in edges[1:]), max(top, edges[-1])]
    return tuple((max(low, 0.0), max(high, 0.0)) for low, high in zip(lows, highs, strict=True))


def has_bands(feature: Feature) -> bool:
    """Return whether sums can be read of a feature: its levels are amounts or counts."""
    return feature.form in {Form.VALUE, Form.TOTAL, Form.EVENTS} and feature.levels.scale in {
        Scale.AMOUNTS,
        Scale.COUNTS,
    }
