"""Treated tables: what an engine reads in place of raw data.

For each agreement version and snapshot of a dataset, one Parquet file holds the agreed columns as the agreement treats
them, the agreed rows, and what is needed to protect answers (keys of entities as tokens, ages, record keys). It is made
once, by reading the raw snapshot in a connection locked to that one file; after that no question comes near raw data.
The file describes itself in its footer, so reusing it needs no other state.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from commonweal.catalogue.dataset import Dataset
from commonweal.deidentification.treatment import Treatment
from commonweal.engines.engine import Limits
from commonweal.engines.failures import FailureLog
from commonweal.engines.locked_connection import literal, open_locked
from commonweal.errors import Unavailable
from commonweal.gateway.recipe import Recipe, recipe
from commonweal.gateway.treated_place import name_of
from commonweal.held import HeldFolder

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    from sqlglot import exp

FOOTER = b"commonweal"
ROW_GROUP = 122_880
BATCH = 8 * ROW_GROUP


@dataclass(frozen=True)
class TreatedColumn:
    """A column that a question may name, and the DuckDB type it has in the file."""

    name: str
    physical_type: str


@dataclass(frozen=True)
class TreatedTable:
    """A treated table on disk.

    `reference` is the dataset's; `entities` are (kind, column of the file that holds its key, or `ROW`); `ages` are the
    hidden columns that hold the age in years at the snapshot's day, by date column; `record_key` is the hidden column
    with the record keys, if the profile needs them. `columns` are those a question may name: hidden ones are not there.
    `most_rows` is the most rows that one entity has, for each kind that has a key.
    """

    reference: str
    path: Path
    rows: int
    columns: tuple[TreatedColumn, ...]
    entities: tuple[tuple[str, str], ...]
    ages: Mapping[str, str]
    record_key: str | None = None
    most_rows: Mapping[str, int] = field(default_factory=dict)


def no_progress(done: int, total: int) -> None:
    """Tell nobody how far it is."""


def treated_table(
    dataset: Dataset,
    columns: Mapping[str, Treatment],
    rows: exp.Expression | None,
    *,
    token_domains: Mapping[str, str],
    token_key: Callable[[str], bytes],
    record_key: bytes | None,
    folder: Path,
    progress: Callable[[int, int], None] = no_progress,
    limits: Limits | None = None,
    log: FailureLog | None = None,
) -> TreatedTable:
    """Return the treated table of a dataset under one agreement, making it if it is not there.

    `columns` are the agreed columns with their treatments; `rows` the agreement's filter, on raw values, null meaning
    no. `token_domains` gives the identifier domain of every link column and entity key, `token_key` a domain's 32-byte
    key, so that equal identifiers of a domain get equal tokens in every dataset of the agreement. `folder` is the
    agreement's (`agreement_folder`); `progress` gets rows done and rows in the snapshot, which is an upper bound.
    Nothing is half written: the file appears when it is complete, mode 0600. Two processes may make it at once.

    Raises `BadInput` when the agreement and the contract do not fit, `Unavailable` when the snapshot or the folder
    cannot be used, `EngineFailed` (cause in `log`) when DuckDB cannot compute it.
    """
    wanted = recipe(dataset, columns, rows, domain_of=token_domains.__getitem__, with_record_key=record_key is not None)
    keys = {made.token_domain: token_key(made.token_domain) for made in wanted.made if made.token_domain}
    name = f"{name_of(dataset)}{wanted.digest(folder.name, keys, record_key)[:32]}.parquet"
    path = folder / name
    existing = _described(path)
    if existing is not None:
        return existing
    with usable(dataset):
        _check_snapshot(dataset)
        private = HeldFolder(folder, "engine-")
        try:
            partial = private.path / name
            _write(wanted, partial, keys, record_key, limits or Limits(), progress, log or FailureLog(None))
            kept_once(partial, path)
            if _described(path) is None:  # what has the name is damaged
                kept(partial, path)
        finally:
            private.remove()
    table = _described(path)
    if table is None:
        raise _unavailable(dataset)
    return table


def _write(
    wanted: Recipe,
    partial: Path,
    keys: Mapping[str, bytes],
    record_key: bytes | None,
    limits: Limits,
    progress: Callable[[int, int], None],
    log: FailureLog,
) -> None:
    """Read the raw snapshot batch by batch and write the treated file; bounded memory whatever the number of rows."""
    import duckdb
    import pyarrow as pa
    import pyarrow.parquet as pq

    raw = str(wanted.dataset.snapshot.path.resolve(strict=True))
    source = f"read_parquet({literal(raw)}, file_row_number = {wanted.needs_row_number})"
    sql = wanted.select(source)
    total = wanted.dataset.snapshot.rows
    done = 0
    try:
        connection = _opened({"raw": raw}, partial.parent, limits)
        with contextlib.closing(connection):
            kinds, counting = wanted.select_most_rows(source)
            most_rows = dict(zip(kinds, connection.execute(counting).fetchall()[0], strict=False))
            reader = connection.sql(sql).to_arrow_reader(BATCH)
            schema = _schema(wanted, reader.schema)
            footer = _footer(wanted, _types(schema, partial.parent, limits), most_rows)
            schema = schema.with_metadata({FOOTER: footer})
            with pq.ParquetWriter(partial, schema, **_layout(schema)) as out:
                for batch in reader:
                    arrays = _treated(wanted, batch, keys, record_key)
                    out.write_table(pa.Table.from_arrays(arrays, schema=schema), row_group_size=ROW_GROUP)
                    done += batch.num_rows
                    progress(done, total)
    except (duckdb.Error, pa.ArrowException) as error:
        raise log.failed(type(error).__name__, sql) from None
    progress(total, total)


def _opened(tables: Mapping[str, str | Path], folder: Path, limits: Limits) -> duckdb.DuckDBPyConnection:
    return open_locked(
        tables,
        spill_folder=folder / "spill",
        memory_bytes=limits.memory_bytes,
        spill_bytes=limits.spill_bytes,
        threads=limits.threads,
        in_order=True,
    )


def _treated(
    wanted: Recipe, batch: pa.RecordBatch, keys: Mapping[str, bytes], record_key: bytes | None
) -> list[pa.Array]:
    """Return the columns of the file for one batch: what DuckDB computed, with identifiers replaced by tokens."""
    # Lazy: this loads numpy and cryptography, which reusing a table does not need.
    from commonweal.deidentification.tokens import as_uuid, record_keys, tokens

    arrays = []
    for made, values in zip(wanted.made, batch.columns, strict=True):
        if made.token_domain:
            values = as_uuid(tokens(values, keys[made.token_domain]))
        elif made.is_record_key and record_key is not None:
            values = record_keys(values, record_key)
        arrays.append(values)
    return arrays


def _layout(schema: pa.Schema) -> dict[str, object]:
    """Return how the file is laid out for DuckDB: measured, zstd nearly doubles the time of a group-by over 4 M rows."""
    import pyarrow as pa

    # Dictionaries of tokens and of amounts would be as long as the column.
    repeating = [field.name for field in schema if field.type != pa.uuid() and not pa.types.is_floating(field.type)]
    return {
        "compression": "snappy",
        "use_dictionary": repeating,
        "data_page_size": 8 * 2**20,
        "max_rows_per_page": 2 * ROW_GROUP,
    }


def _schema(wanted: Recipe, raw: pa.Schema) -> pa.Schema:
    """Return the Arrow schema of the file: tokens as UUID, which DuckDB joins and hashes fast."""
    import pyarrow as pa

    def type_of(number: int) -> pa.DataType:
        made = wanted.made[number]
        if made.token_domain:
            return pa.uuid()
        return pa.uint8() if made.is_record_key else raw.field(number).type

    return pa.schema([pa.field(made.name, type_of(number)) for number, made in enumerate(wanted.made)])


def _types(schema: pa.Schema, folder: Path, limits: Limits) -> dict[str, str]:
    """Return the DuckDB type each column will have when it is read back, learnt from an empty file of that schema."""
    import pyarrow.parquet as pq

    path = folder / "types.parquet"
    pq.write_table(schema.empty_table(), path)
    with contextlib.closing(_opened({"types": path}, folder, limits)) as connection:
        described = connection.execute("DESCRIBE types").fetchall()
    return {field.name: str(row[1]) for field, row in zip(schema, described, strict=True)}


def _footer(wanted: Recipe, types: Mapping[str, str], most_rows: Mapping[str, int]) -> bytes:
    """Return the description that travels in the file: names, and how many rows an entity can have."""
    description = {
        "reference": wanted.dataset.reference,
        "columns": [(name, types[name]) for name in wanted.visible],
        "entities": wanted.entities,
        "ages": dict(wanted.ages),
        "record_key": next((made.name for made in wanted.made if made.is_record_key), None),
        "most_rows": most_rows,
    }
    return json.dumps(description).encode()


def _described(path: Path) -> TreatedTable | None:
    """Return the treated table a file describes, None when there is no such file or it is not whole."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.exists():
        return None
    try:
        metadata = pq.read_metadata(path)
        described = json.loads(metadata.metadata[FOOTER])
    except (OSError, pa.ArrowException, KeyError, ValueError):
        return None
    return TreatedTable(
        described["reference"],
        path,
        metadata.num_rows,
        tuple(TreatedColumn(name, physical_type) for name, physical_type in described["columns"]),
        tuple((kind, column) for kind, column in described["entities"]),
        described["ages"],
        described["record_key"],
        described["most_rows"],
    )


def _check_snapshot(dataset: Dataset) -> None:
    """Refuse a snapshot whose file does not hold the rows it was added with, rather than answer from what is left."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        rows = pq.read_metadata(dataset.snapshot.path).num_rows
    except pa.ArrowException:
        raise _unavailable(dataset) from None
    if rows != dataset.snapshot.rows:
        raise _unavailable(dataset)


def kept(partial: Path, path: Path) -> None:
    """Give the finished file its name, in a way that survives a power cut."""
    partial.chmod(0o600)
    for place, flags in ((partial, os.O_RDWR), (None, os.O_RDONLY)):
        if place is None:
            partial.replace(path)
        descriptor = os.open(place or path.parent, flags)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def kept_once(partial: Path, path: Path) -> None:
    """Give a finished file its name as `kept` does, unless a file has that name already; then leave that one.

    Another process may be about to read that one: its engine is held to the very file that it was told of, not to the name.
    """
    partial.chmod(0o600)
    descriptor = os.open(partial, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    with contextlib.suppress(FileExistsError):
        os.link(partial, path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def usable(dataset: Dataset) -> Iterator[None]:
    """Turn trouble with files (absent, full disk, no right) into `Unavailable`."""
    try:
        yield
    except OSError:
        raise _unavailable(dataset) from None


def _unavailable(dataset: Dataset) -> Unavailable:
    return Unavailable(
        f"The data of {dataset.reference} cannot be prepared for this agreement.",
        why="Its snapshot is damaged or absent, or there is no room or no right to write beside it.",
        remedy="Tell the data steward: look at the disk, then add the dataset again if its file is damaged.",
    )
