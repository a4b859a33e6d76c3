"""Citing an answer: one text that says what it is, from which data, under which agreement, and where it is recorded."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commonweal.agreement.document import Agreement
    from commonweal.gateway.answer import Answer


def citation(answer: Answer, agreement: Agreement, at: datetime | None, address: str) -> str:
    """Return the citation of an answer, a few sentences to copy; `at` is when it was handed over, if that is known."""
    receipt, day = answer.receipt, f", {at.day} {at:%B %Y}" if at else ""
    owners = ", ".join(dict.fromkeys(dataset.partition("/")[0] for dataset in answer.datasets))
    data = "; ".join(answer.datasets)
    return (
        f"{owners or 'commonweal'}: answer {receipt.index} under the data sharing agreement \N{LEFT DOUBLE QUOTATION MARK}"
        f"{agreement.title}\N{RIGHT DOUBLE QUOTATION MARK} ({agreement.reference}){day}. Data: {data or 'none'}. "
        f"Recorded as ledger entry {receipt.index}, hash {receipt.leaf_hash}. {address}"
    )
