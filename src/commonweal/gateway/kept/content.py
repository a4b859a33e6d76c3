"""An answer's table, and what belongs to it, as bytes and back."""

from __future__ import annotations

import zlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from commonweal.disclosure.cells import Withheld
from commonweal.gateway.answer import Answer, Margin
from commonweal.gateway.output_checking.content import content_of, table_content

if TYPE_CHECKING:
    from commonweal.gateway.ask import Presented
    from commonweal.ledger.receipt import Receipt

LARGEST = 4 * 2**20
"""Most bytes of one answer, compressed, that are kept; what is larger is handed over and not kept."""


def as_bytes(shown: Presented) -> bytes | None:
    """Return what may be handed over as bytes; None when it is too large to be kept."""
    if shown.table.nbytes > 16 * LARGEST:
        return None  # not worth compressing to find out
    beside: dict[str, Any] = {
        "withheld": [[cell.row, cell.column, cell.reason] for cell in shown.withheld],
        "notes": list(shown.notes),
        "margins": [list(asdict(margin).values()) for margin in shown.margins],
    }
    packed = zlib.compress(table_content(shown.table, beside).as_bytes(), 1)
    return packed if len(packed) <= LARGEST else None


def answer_of(
    body: bytes, *, sql: str, agreement: str, datasets: tuple[str, ...], receipt: Receipt, notes: tuple[str, ...] = ()
) -> Answer:
    """Return the answer as it was handed over; `notes` are put behind its own."""
    content = content_of(zlib.decompress(body))
    beside = content.beside
    return Answer(
        content.as_table(),
        tuple(Withheld(*each) for each in beside["withheld"]),
        (*beside["notes"], *notes),
        sql,
        agreement,
        datasets,
        receipt,
        margins=tuple(Margin(*each) for each in beside["margins"]),
    )
