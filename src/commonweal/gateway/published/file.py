"""The file of a published answer: Parquet that any reader of Delta tables takes, with margins as columns beside numbers."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.errors import BadInput

if TYPE_CHECKING:
    import pyarrow as pa

    from commonweal.gateway.answer import Answer


@dataclass(frozen=True)
class File:
    """The bytes, how many rows they hold, and the schema as JSON in Spark's words (what Delta calls schemaString)."""

    body: bytes
    rows: int
    columns: str


def as_file(answer: Answer) -> File:
    """Return the file of an answer. Withheld cells are null; the metadata (``commonweal``) says why, and holds the receipt.

    `BadInput` for columns that a table cannot have: of one name but for capitals, or of nested values.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = _with_margins(answer)
    names = [name.casefold() for name in table.column_names]
    if len(set(names)) < len(names):
        raise BadInput(
            "This answer has two columns of one name.",
            why="In a table that is published, names differ by more than capitals and the words low and high.",
            remedy="Ask again with other names: select ... as NAME.",
        )
    kinds = [_kind(field.name, field.type) for field in table.schema]
    wanted = pa.schema([pa.field(name, kind) for name, (kind, _) in zip(table.column_names, kinds, strict=True)])
    table = table.cast(wanted).replace_schema_metadata(table.schema.metadata)
    fields = [
        {"name": name, "type": word, "nullable": True, "metadata": {}}
        for name, (_, word) in zip(table.column_names, kinds, strict=True)
    ]
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return File(sink.getvalue(), table.num_rows, json.dumps({"type": "struct", "fields": fields}))


def _with_margins(answer: Answer) -> pa.Table:
    """Return the answer's table with the lowest and highest of each number that has margins behind it, as in CSV."""
    import pyarrow as pa

    table = answer.with_notes()
    ends: dict[str, dict[int, tuple[object, object]]] = {}
    for margin in answer.margins:
        said = margin.as_dict()
        ends.setdefault(margin.column, {})[margin.row] = (said["low"], said["high"])
    columns: list[tuple[str, object]] = []
    for name in answer.columns:
        columns.append((name, table.column(name)))
        for place, word in enumerate(("low", "high") if name in ends else ()):
            values = [ends[name].get(row, (None, None))[place] for row in range(table.num_rows)]
            floats = [None if value is None else float(str(value)) for value in values]
            columns.append((f"{name} {word}", pa.array(floats, pa.float64())))
    made = pa.table([column for _, column in columns], names=[name for name, _ in columns])
    return made.replace_schema_metadata(table.schema.metadata)


def _kind(name: str, kind: pa.DataType) -> tuple[pa.DataType, str]:
    """Return the type that a column has in the file, and Spark's word for it."""
    import pyarrow as pa
    import pyarrow.types as types

    plain = {
        pa.bool_(): "boolean",
        pa.int8(): "byte",
        pa.int16(): "short",
        pa.int32(): "integer",
        pa.int64(): "long",
        pa.float32(): "float",
        pa.float64(): "double",
        pa.string(): "string",
        pa.date32(): "date",
    }
    if kind in plain:
        return kind, plain[kind]
    if types.is_decimal128(kind):
        return kind, f"decimal({kind.precision},{kind.scale})"
    if types.is_timestamp(kind):
        return pa.timestamp("us", kind.tz), "timestamp"
    if kind == pa.uint64():
        return pa.decimal128(20, 0), "decimal(20,0)"
    if types.is_unsigned_integer(kind):
        return pa.int64(), "long"
    if types.is_large_string(kind) or types.is_dictionary(kind) or types.is_null(kind) or types.is_time(kind):
        return pa.string(), "string"
    raise BadInput(
        f"The column {name} cannot be published.",
        why="It holds lists, parts of time or other values that tables of other programs do not know.",
        remedy="Ask again with a number, a text or a day in its place.",
    )
