"""An answer as an Arrow stream and back, whole: what is beside the table is in the metadata of its schema."""

from __future__ import annotations

import json
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

from commonweal.disclosure.cells import Withheld
from commonweal.gateway.answer import SAID, Answer, Margin
from commonweal.ledger.receipt import Receipt

if TYPE_CHECKING:
    import pyarrow as pa

EXACT = b"commonweal.exact"
"""The metadata of what `Answer.as_dict` leaves out or rounds: the question, the seconds, the margins to every digit."""


def write_stream(answer: Answer) -> bytes:
    """Return an answer as an Arrow IPC stream; withheld cells are null, and the metadata (``commonweal``) says why."""
    import pyarrow as pa

    margins = [[*astuple(margin)] for margin in answer.margins]
    exact = {"sql": answer.sql, "seconds": answer.seconds, "margins": margins}
    table = answer.with_notes()
    table = table.replace_schema_metadata({**table.schema.metadata, EXACT: json.dumps(exact).encode()})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def read_stream(body: bytes) -> Answer:
    """Return the answer that `write_stream` wrote; ValueError for bytes that it did not write."""
    import pyarrow as pa

    try:
        with pa.ipc.open_stream(pa.py_buffer(body)) as reader:
            table = reader.read_all()
            table.validate(full=True)
        return _answer(table)
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError, AttributeError):
        raise ValueError("no answer of a commonweal") from None


def _answer(table: pa.Table) -> Answer:
    metadata: dict[bytes, bytes] = dict(table.schema.metadata or {})
    said: dict[str, Any] = json.loads(metadata.pop(SAID))
    exact: dict[str, Any] = json.loads(metadata.pop(EXACT))
    return Answer(
        table.replace_schema_metadata(metadata or None),
        tuple(Withheld(int(e["row"]), str(e["column"]), str(e["reason"])) for e in said["withheld"]),
        tuple(str(note) for note in said["notes"]),
        str(exact["sql"]),
        str(said["agreement"]),
        tuple(str(name) for name in said["datasets"]),
        Receipt(**said["receipt"]),
        float(exact["seconds"]),
        tuple(
            Margin(int(row), str(column), float(low), float(high), float(drawn), bool(wide))
            for row, column, low, high, drawn, wide in exact["margins"]
        ),
    )
