"""Noisy tables: counted once a snapshot, given their noise, and kept for every later question.

The exact count tables lie beside the treated tables, readable by the installation alone. Exact margins live only as long
as it takes to add noise to them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from commonweal.catalogue.dataset import Dataset
from commonweal.catalogue.document import content_hash
from commonweal.disclosure.metered.axis import Axis, ColumnSet, shape
from commonweal.disclosure.metered.charge import LEVEL
from commonweal.disclosure.metered.discrete import formal_table
from commonweal.disclosure.metered.noise import noise, noise_of_sums, on_grid
from commonweal.engines.failures import FailureLog
from commonweal.engines.locked_connection import open_locked
from commonweal.gateway.metered.counting import NUMBER, SQUARES, SUM, CountTable, band_sql, count_sql, edges_of
from commonweal.gateway.metered.feature import Feature
from commonweal.gateway.metered.opening import Table, levels_tag, tag
from commonweal.gateway.metered.released import released
from commonweal.gateway.remembered import Remembered
from commonweal.gateway.surroundings import Surroundings
from commonweal.gateway.treated import kept_once, usable
from commonweal.gateway.treated_place import COUNTED, counted_name
from commonweal.held import HeldFolder

if TYPE_CHECKING:
    import pyarrow as pa

    from commonweal.disclosure.metered.axis import Real
    from commonweal.disclosure.metered.bands import Bands
    from commonweal.disclosure.metered.histogram import Noisy

FORMAT = "1"
MOST_CELLS = 4_000_000
MOST_KEPT = 256


@dataclass(frozen=True)
class Need:
    """A noisy table to open, and where its exact counts come from; `sums`: it is one of sums in the levels of a secret."""

    table: Table
    place: Place
    sums: bool = False


@dataclass(frozen=True)
class Place:
    """Where a noisy table's exact counts come from: a count table, and which of its lattice columns at which depth."""

    count: CountTable
    columns: tuple[tuple[Feature, int], ...]

    @property
    def secrets(self) -> tuple[Feature, ...]:
        """Return the secrets."""
        return self.count.secrets

    def levels(self) -> int:
        """Return how many levels a row of the table has."""
        return math.prod(feature.levels.size for feature in self.secrets)


def axis_of(feature: Feature, datasets: Mapping[str, Dataset]) -> Axis:
    """Return the axis of a lattice column: another with other levels, and over links after each snapshot that is read."""
    snapshots = "".join(f"@{tag(datasets[hop.dataset])}" for hop in feature.path)
    return _axis(feature, snapshots)


@lru_cache(maxsize=1024)
def _axis(feature: Feature, snapshots: str) -> Axis:
    return Axis(f"{feature.name}{snapshots} [{levels_tag(feature)}]", feature.levels.parents)


def column_set(columns: Sequence[tuple[Feature, int]], datasets: Mapping[str, Dataset]) -> ColumnSet:
    """Return the column set, sorted by name."""
    return tuple(sorted((axis_of(feature, datasets).name, depth) for feature, depth in columns))


class Tables:
    """Gives noisy tables. Thread-safe; one question counts, others wait for it.

    `made` keeps tables as reading takes them, the very same for every question, so that what was worked out of one is
    found again; `bands` what is known of the values inside levels.
    """

    def __init__(self, around: Surroundings) -> None:
        """Take what the gateway has around it."""
        self._around = around
        self._lock = threading.RLock()
        self._noisy: OrderedDict[tuple[Table, str], Real] = OrderedDict()
        self._names: Remembered[str] = Remembered(MOST_KEPT)
        self.made: Remembered[Noisy] = Remembered(MOST_KEPT)
        self.bands: Remembered[Bands] = Remembered(MOST_KEPT)

    def noisy(self, table: Table, place: Place, still_allowed: Callable[[], bool]) -> Real:
        """Return noisy counts, shape (values of each column ..., levels), columns in the order of `table.columns`."""
        if table.separate:
            return self._kept(table, "noisy", lambda: self._released(table, place, still_allowed))
        return self._kept(table, "noisy", lambda: self._exact(place, still_allowed) + self._noise(table, place))

    def prepare(self, needs: Sequence[Need], still_allowed: Callable[[], bool]) -> None:
        """Make those of a question's tables that are not there yet, all from one count table with one look at it.

        The largest margin is read and the others are added up from it, which gives the same whole numbers.
        """
        with self._lock:
            groups: dict[object, list[Need]] = {}
            for need in needs:
                if not need.sums and not need.table.separate and (need.table, "noisy") not in self._noisy:
                    groups.setdefault(need.place.count.identity, []).append(need)
            for group in groups.values():
                largest = _all_together([need.place for need in group])
                if len(group) > 1 and largest is not None:
                    exact = self._exact(largest, still_allowed)
                    for need in group:
                        self._add(need, _margin(exact, largest, need.place))

    def _add(self, need: Need, exact: Real) -> None:
        table = need.table
        self._kept(table, "noisy", lambda: exact + self._noise(table, need.place))
        if not table.charges:  # being there is known to all
            self._kept(table, "exact", lambda: exact)

    def _released(self, table: Table, place: Place, still_allowed: Callable[[], bool]) -> Real:
        sensitivity = max((charge.sensitivity for charge in table.charges), default=LEVEL)

        def draw() -> Real:
            exact = np.rint(self._exact(place, still_allowed)).astype(np.int64)
            return formal_table(exact, sensitivity, table.sd).counts.astype(np.float64)

        return released(self._around, table, draw)

    def exact_sizes(self, table: Table, place: Place, still_allowed: Callable[[], bool]) -> Real:
        """Return exact numbers of subjects where being there is known to all, for the threshold of groups alone."""
        return self._kept(table, "exact", lambda: self._exact(place, still_allowed))

    def noisy_bands(self, table: Table, place: Place, still_allowed: Callable[[], bool]) -> Real:
        """Return, for each level of one secret, noisy sums and sums of squares over everybody, shape (levels, 2)."""

        def exact_sums() -> Real:
            (secret,) = place.secrets
            size = secret.levels.size
            rows = self._run(place, f"SELECT s0, {SUM}, {SQUARES} FROM bands", still_allowed, bands=True)
            exact = np.zeros((size, 2))
            codes = rows.column(0).to_numpy().astype(np.int64)
            for column in (0, 1):
                exact[codes, column] = np.asarray(rows.column(column + 1).to_pylist(), dtype=np.float64)
            return exact

        def made() -> Real:
            exact, edge = exact_sums(), upper_edges(place.secrets[0])
            some = edge > 0  # below, there is nothing to add up
            scales = table.sd * np.stack([edge[some], edge[some] ** 2], axis=1)
            found = np.zeros(exact.shape)
            if table.separate:
                scales[:, 1] += table.sd  # a sum of squares is rounded to a whole number, which may add one
                found[some] = _whole_sums(exact[some], scales)
            else:
                found[some] = on_grid(exact[some]) + noise_of_sums(self._key(), table.label, scales)
            return found

        if table.separate:
            return self._kept(table, "bands", lambda: released(self._around, table, made))
        return self._kept(table, "bands", made)

    def _kept(self, table: Table, what: str, make: Callable[[], Real]) -> Real:
        with self._lock:
            known = self._noisy.get((table, what))
            if known is None:
                known = make()
                known.setflags(write=False)
                self._noisy[table, what] = known
                while len(self._noisy) > MOST_KEPT:
                    self._noisy.popitem(last=False)
            self._noisy.move_to_end((table, what))
            return known

    def _key(self) -> bytes:
        return self._around.secret("noise")

    def _noise(self, table: Table, place: Place) -> Real:
        return noise(self._key(), table.label, table.columns, table.axes, place.levels(), table.sd)

    def _exact(self, place: Place, still_allowed: Callable[[], bool]) -> Real:
        """Return the exact margin of a count table, its columns in the order of their axes' names."""
        datasets = place.count.datasets
        ordered = _ordered(place)
        names = [place.count.name_of(feature) for feature, _ in ordered]
        secrets = [place.count.name_of(feature) for feature in place.secrets]
        listed = "".join(f"{name}, " for name in (*names, *secrets))
        rows = self._run(
            place, f"SELECT {listed}CAST(sum({NUMBER}) AS BIGINT) AS {NUMBER} FROM counts GROUP BY ALL", still_allowed
        )
        codes = [np.asarray(rows.column(name)).astype(np.int64) for name in (*names, *secrets)]
        for position, (feature, depth) in enumerate(ordered):
            codes[position] = axis_of(feature, datasets).values(depth)[codes[position]]
        dims = [axis_of(f, datasets).sizes[depth] for f, depth in ordered] + [f.levels.size for f in place.secrets]
        flat = np.zeros(rows.num_rows, dtype=np.int64)
        for code, size in zip(codes, dims, strict=True):
            flat = flat * size + code
        numbers = np.asarray(rows.column(NUMBER).fill_null(0)).astype(np.float64)
        counts = np.bincount(flat, numbers, math.prod(dims)) if rows.num_rows else np.zeros(math.prod(dims))
        return counts.reshape(*dims[: len(ordered)], place.levels()).astype(np.float64)

    def _run(self, place: Place, sql: str, still_allowed: Callable[[], bool], *, bands: bool = False) -> pa.Table:
        path = self._counted(place.count, bands=bands)
        return self._around.engine.run(
            sql, {"bands" if bands else "counts": path}, limits=self._around.limits, still_allowed=still_allowed
        )

    def _counted(self, table: CountTable, *, bands: bool) -> Path:
        """Return the file of a count table, or of its band sums, counting it when it is not there."""
        folder = self._around.treated / COUNTED
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / self._names.get((table.of, bands), lambda: _file_name(table, bands=bands))
        if path.exists():
            return path
        import duckdb
        import pyarrow.parquet as pq

        raw = {f"raw{n}": str(d.snapshot.path.resolve(strict=True)) for n, d in enumerate(table.datasets.values())}
        sources = {reference: f'"raw{n}"' for n, reference in enumerate(table.datasets)}
        private = HeldFolder(folder, "counting-")
        try:
            with contextlib.ExitStack() as stack:
                for dataset in table.datasets.values():
                    stack.enter_context(usable(dataset))
                connection = stack.enter_context(
                    contextlib.closing(
                        open_locked(
                            raw,
                            spill_folder=private.path / "spill",
                            memory_bytes=self._around.limits.memory_bytes,
                            spill_bytes=self._around.limits.spill_bytes,
                            threads=self._around.limits.threads,
                        )
                    )
                )
                sql = band_sql(table, sources) if bands else count_sql(table, sources)
                try:
                    counted = connection.sql(sql).to_arrow_table()
                except duckdb.Error as error:
                    log = FailureLog(self._around.treated.parent / "logs" / "engine.log")
                    raise log.failed(type(error).__name__, sql) from None
                partial = private.path / path.name
                pq.write_table(counted, partial, compression="snappy")
                kept_once(partial, path)
        finally:
            private.remove()
        return path


def _ordered(place: Place) -> list[tuple[Feature, int]]:
    """Return the columns of a place in the order of their axes' names."""
    return sorted(place.columns, key=lambda pair: axis_of(pair[0], place.count.datasets).name)


def _all_together(places: Sequence[Place]) -> Place | None:
    """Return the place of all columns of several on one count table; None where it is too large or depths differ."""
    columns = tuple(dict.fromkeys(pair for place in places for pair in place.columns))
    if len({feature for feature, _ in columns}) != len(columns):
        return None
    found = Place(places[0].count, columns)
    datasets = found.count.datasets
    axes = {axis.name: axis for axis in (axis_of(feature, datasets) for feature, _ in columns)}
    return found if check_size(column_set(columns, datasets), axes, found.levels()) else None


def _margin(exact: Real, of: Place, wanted: Place) -> Real:
    """Return the margin of exact counts over the columns that are not wanted."""
    others = tuple(axis for axis, pair in enumerate(_ordered(of)) if pair not in wanted.columns)
    margin: Real = exact.sum(axis=others)
    return margin


def _whole_sums(exact: Real, scales: Real) -> Real:
    """Return sums with whole-number noise, in units fine enough that rounding a sum hardly adds to what one person adds."""
    unit = np.array([10_000.0, 1.0])  # sums are of decimals with four places
    found = np.empty(exact.shape)
    for place, value in np.ndenumerate(exact):
        fine = float(unit[place[1]])
        whole = np.array([int(np.rint(float(value) * fine))], dtype=np.int64)
        found[place] = formal_table(whole, 1.0, float(scales[place] * fine)).counts[0] / fine
    return found


def upper_edges(secret: Feature) -> Real:
    """Return the largest amount that one subject can add in each level: what a band's sum is as sensitive as."""
    highs = [high for _, high in edges_of(secret.levels)]
    return np.array([*highs, *([0.0] * secret.levels.missing)])


def _file_name(table: CountTable, *, bands: bool) -> str:
    begins = counted_name(table.datasets.values(), _name(table, bands=bands))
    return f"{begins}{'bands' if bands else 'counts'}.parquet"


def _name(table: CountTable, *, bands: bool = False) -> str:
    """Return the name of a count table's file: everything that decides what is in it."""
    whole = {
        "format": FORMAT,
        "frame": table.frame,
        "key": table.key,
        "columns": [feature.name for feature in table.columns],
        "secrets": [feature.name for feature in table.secrets],
        "datasets": {
            reference: [d.snapshot.id, d.snapshot.as_of.isoformat(), content_hash(d.contract)]
            for reference, d in table.datasets.items()
        },
        "sql": count_sql(table, dict.fromkeys(table.datasets, "raw")),
        "bands": band_sql(table, dict.fromkeys(table.datasets, "raw")) if bands else "",
    }
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:40]


def check_size(columns: ColumnSet, axes: Mapping[str, Axis], levels: int) -> bool:
    """Return whether a table is small enough to be made."""
    return math.prod(shape(columns, axes)) * levels <= MOST_CELLS
