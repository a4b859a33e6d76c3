"""The forms in which an answer leaves: one list for downloads and for what programs accept. One decision, many forms."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from commonweal.errors import UsageMistake
from commonweal.gateway.answer import Answer


@dataclass(frozen=True)
class Form:
    """A form: its name and file ending, media type, words for people, and how an answer is written in it."""

    name: str
    ending: str
    media_type: str
    words: str
    write: Callable[[Answer], bytes]


def _csv(answer: Answer) -> bytes:
    return answer.to_csv().encode()


def _json(answer: Answer) -> bytes:
    return json.dumps(_finite(answer.as_dict()), ensure_ascii=False, indent=2, allow_nan=False).encode()


def _finite(value: object) -> object:
    """Return a value as JSON knows it: what is no finite number is null (RFC 8259, 6)."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    return [_finite(each) for each in value] if isinstance(value, list) else value


def _by_file(write: str) -> Callable[[Answer], bytes]:
    def written(answer: Answer) -> bytes:
        with tempfile.TemporaryDirectory(prefix="commonweal-") as folder:
            path = Path(folder) / "answer"
            getattr(answer, write)(path)
            return path.read_bytes()

    return written


CSV = Form("csv", "csv", "text/csv; charset=utf-8", "CSV", _csv)
EXCEL = Form(
    "excel",
    "xlsx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "Excel",
    lambda answer: _workbook(answer),
)
JSON = Form("json", "json", "application/json", "JSON", _json)
PARQUET = Form("parquet", "parquet", "application/vnd.apache.parquet", "Parquet", _by_file("write_parquet"))
ARROW = Form("arrow", "arrow", "application/vnd.apache.arrow.file", "Arrow", _by_file("write_arrow"))
STREAM = Form(
    "arrow-stream",
    "arrows",
    "application/vnd.apache.arrow.stream",
    "Arrow stream",
    lambda answer: answer.to_arrow_stream(),
)

DOWNLOADS: dict[str, Form] = {form.name: form for form in (CSV, EXCEL, PARQUET, ARROW, JSON)}
"""What a page offers, by the name in the address."""

_ACCEPTED = {"application/json": JSON, "text/csv": CSV, "application/vnd.apache.arrow.stream": STREAM}


class NotAcceptable(UsageMistake):
    """Nothing of what a program accepts is a form that an answer has."""

    code = "not-acceptable"
    http_status = 406


def accepted(header: str) -> Form:
    """Return the form that a program wants by its Accept header (RFC 9110, 12.5.1); JSON when it does not say.

    `NotAcceptable` when it accepts none of them.
    """
    if not header.strip():
        return JSON
    wanted: list[tuple[float, int, Form]] = []
    for place, part in enumerate(header.split(",")):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = _weight(parameters)
        for number, (name, form) in enumerate(_ACCEPTED.items()):
            if weight > 0 and media in {name, "*/*", f"{name.partition('/')[0]}/*"}:
                exact = 0 if media == name else 1
                wanted.append((-weight, exact * 1000 + place + number, form))
    if not wanted:
        raise NotAcceptable(
            "An answer is not to be had in this form.",
            why=f"It can be sent as {', '.join(_ACCEPTED)}.",
            remedy="Name one of these in the header Accept.",
        )
    return min(wanted, key=lambda each: each[:2])[2]


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0


def _workbook(answer: Answer) -> bytes:
    from commonweal.web.workbook import workbook  # imported when used: few answers leave as one

    return workbook(answer)
