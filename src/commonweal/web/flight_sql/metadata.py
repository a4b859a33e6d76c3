"""What Flight SQL clients ask before they ask a question: what this server is, and which tables there are.

A catalogue is an agreement, a schema an organisation, a table one of its datasets as the agreement has it. The schemas of
these answers are those of the specification (arrow.apache.org/docs/format/FlightSql.html).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

import commonweal
from commonweal.agreement.column_types import family
from commonweal.deidentification.as_it_is import Withhold

if TYPE_CHECKING:
    from commonweal.agreement.document import Agreement
    from commonweal.catalogue.contract import Contract

TABLE = "TABLE"

_TYPES = {
    "whole number": pa.int64(),
    "number": pa.float64(),
    "date": pa.date32(),
    "time stamp": pa.timestamp("us"),
    "yes or no": pa.bool_(),
}

_INFO_VALUE = pa.dense_union(
    [
        pa.field("string_value", pa.string()),
        pa.field("bool_value", pa.bool_()),
        pa.field("bigint_value", pa.int64()),
        pa.field("int32_bitmask", pa.int32()),
        pa.field("string_list", pa.list_(pa.string())),
        pa.field("int32_to_int32_list_map", pa.map_(pa.int32(), pa.list_(pa.int32()))),
    ]
)
INFO = pa.schema([pa.field("info_name", pa.uint32(), nullable=False), pa.field("value", _INFO_VALUE, nullable=False)])
CATALOGUES = pa.schema([pa.field("catalog_name", pa.string(), nullable=False)])
SCHEMAS = pa.schema([pa.field("catalog_name", pa.string()), pa.field("db_schema_name", pa.string(), nullable=False)])
TABLES = pa.schema(
    [
        pa.field("catalog_name", pa.string()),
        pa.field("db_schema_name", pa.string()),
        pa.field("table_name", pa.string(), nullable=False),
        pa.field("table_type", pa.string(), nullable=False),
    ]
)
WITH_SCHEMA = TABLES.append(pa.field("table_schema", pa.binary(), nullable=False))
KINDS = pa.schema([pa.field("table_type", pa.string(), nullable=False)])

WITHHELD = Withhold()

_INFO: dict[int, str | bool] = {
    0: "commonweal",  # FLIGHT_SQL_SERVER_NAME
    1: commonweal.__version__,  # FLIGHT_SQL_SERVER_VERSION
    2: pa.__version__,  # FLIGHT_SQL_SERVER_ARROW_VERSION
    3: True,  # FLIGHT_SQL_SERVER_READ_ONLY
    4: True,  # FLIGHT_SQL_SERVER_SQL
    5: False,  # FLIGHT_SQL_SERVER_SUBSTRAIT
    500: False,  # SQL_DDL_CATALOG
    501: False,  # SQL_DDL_SCHEMA
    502: False,  # SQL_DDL_TABLE
    504: '"',  # SQL_IDENTIFIER_QUOTE_CHAR
}


@dataclass(frozen=True)
class AgreedTable:
    """One dataset under one agreement, with the Arrow types of the columns as the agreement treats them."""

    agreement: str
    organisation: str
    name: str
    columns: pa.Schema


def agreed_tables(agreement: Agreement, contracts: Mapping[str, Contract]) -> Iterator[AgreedTable]:
    """Yield the tables of an agreement, leaving out columns that are withheld."""
    for terms in agreement.data:
        contract = contracts.get(terms.dataset)
        if contract is None:
            continue
        fields = [
            pa.field(column.name, arrow_type(terms.columns[column.name].result_type(column.physical_type)))
            for column in contract.columns
            if not isinstance(terms.columns.get(column.name, WITHHELD), Withhold)
        ]
        organisation, _, name = terms.dataset.partition("/")
        yield AgreedTable(agreement.id, organisation, name, pa.schema(fields))


def arrow_type(physical_type: str) -> pa.DataType:
    """Return the Arrow type for a DuckDB type: text for whatever is no number, date, time or truth value."""
    return _TYPES.get(family(physical_type), pa.string())


def info(wanted: Sequence[int]) -> pa.Table:
    """Return what is known of this server, all of it or what is wanted, by the codes of the specification."""
    codes = [code for code in _INFO if not wanted or code in wanted]
    texts = [str(_INFO[code]) for code in codes if not isinstance(_INFO[code], bool)]
    truths = [bool(_INFO[code]) for code in codes if isinstance(_INFO[code], bool)]
    kinds = pa.array([int(isinstance(_INFO[code], bool)) for code in codes], pa.int8())
    places, seen = [], [0, 0]
    for code in codes:
        kind = int(isinstance(_INFO[code], bool))
        places.append(seen[kind])
        seen[kind] += 1
    children = [pa.array(texts, pa.string()), pa.array(truths, pa.bool_())]
    children += [pa.array([], _INFO_VALUE.field(number).type) for number in range(2, 6)]
    names = [_INFO_VALUE.field(number).name for number in range(6)]
    values = pa.UnionArray.from_dense(kinds, pa.array(places, pa.int32()), children, names)
    return pa.Table.from_arrays([pa.array(codes, pa.uint32()), values], schema=INFO)


def catalogues(tables: Collection[AgreedTable]) -> pa.Table:
    """Return the agreements."""
    return pa.table([sorted({table.agreement for table in tables})], schema=CATALOGUES)


def schemas(tables: Collection[AgreedTable], catalogue: str | None, pattern: str | None) -> pa.Table:
    """Return the organisations by agreement."""
    pairs = {
        (table.agreement, table.organisation)
        for table in tables
        if _is(catalogue, table.agreement) and _like(pattern, table.organisation)
    }
    return _rows(sorted(pairs), SCHEMAS)


def listed(
    tables: Collection[AgreedTable],
    catalogue: str | None,
    schema_pattern: str | None,
    name_pattern: str | None,
    kinds: Collection[str],
    *,
    with_schema: bool,
) -> pa.Table:
    """Return the tables, with their columns' types (an Arrow schema message) if wanted."""
    chosen = [
        table
        for table in sorted(tables, key=lambda each: (each.agreement, each.organisation, each.name))
        if _is(catalogue, table.agreement)
        and _like(schema_pattern, table.organisation)
        and _like(name_pattern, table.name)
        and (not kinds or TABLE in kinds)
    ]
    rows = [(table.agreement, table.organisation, table.name, TABLE) for table in chosen]
    if not with_schema:
        return _rows(rows, TABLES)
    schemas_ = [table.columns.serialize().to_pybytes() for table in chosen]
    return _rows([(*row, schema) for row, schema in zip(rows, schemas_, strict=True)], WITH_SCHEMA)


def kinds() -> pa.Table:
    """Return the kinds of tables there are: one."""
    return pa.table([[TABLE]], schema=KINDS)


def _rows(rows: Sequence[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    columns = [[row[number] for row in rows] for number in range(len(schema))]
    return pa.Table.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
    )


def _is(wanted: str | None, name: str) -> bool:
    return wanted is None or wanted == name


def _like(pattern: str | None, name: str) -> bool:
    """Return whether a name matches an SQL pattern (% and _), any name when there is none."""
    if pattern is None:
        return True
    parts = (".*" if mark == "%" else "." if mark == "_" else re.escape(mark) for mark in pattern)
    return re.fullmatch("".join(parts), name, re.DOTALL) is not None
