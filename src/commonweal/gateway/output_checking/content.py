"""What is sealed: the output itself, and what checkers see beside it, as bytes and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

_WIDTH = 8


@dataclass(frozen=True)
class Content:
    """An output: `body` is an Arrow stream, or a file's own bytes; `beside` is JSON-ready and for checkers only."""

    body: bytes
    beside: Mapping[str, Any]

    def as_bytes(self) -> bytes:
        """Return it as bytes: the length of the JSON, the JSON, the body."""
        said = json.dumps(dict(self.beside), ensure_ascii=False, default=str).encode()
        return len(said).to_bytes(_WIDTH, "big") + said + self.body

    def as_table(self) -> pa.Table:
        """Return the body as an Arrow table."""
        import pyarrow as pa

        return pa.ipc.open_stream(self.body).read_all()


def content_of(sealed: bytes) -> Content:
    """Return what `Content.as_bytes` wrote."""
    end = _WIDTH + int.from_bytes(sealed[:_WIDTH], "big")
    return Content(sealed[end:], json.loads(sealed[_WIDTH:end]))


def table_content(table: pa.Table, beside: Mapping[str, Any]) -> Content:
    """Return a table as content."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return Content(sink.getvalue().to_pybytes(), beside)
