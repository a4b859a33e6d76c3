"""Files that were made elsewhere and are to be released: which forms people can check, and that a file is what it says."""

from __future__ import annotations

import csv
import hashlib
import io
import unicodedata
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from commonweal.errors import BadInput, NotFound, Place

LARGEST = 20 * 2**20
"""The most bytes of a file: people have to look at all of it."""

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_PARTS = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"pHYs", b"sBIT", b"bKGD"}
)
"""The parts of a picture that a viewer shows, or that say how to show it; text and other data hide from the eye."""


@dataclass(frozen=True)
class Upload:
    """A file to be checked: its name, form, bytes and their SHA-256 (hex)."""

    name: str
    form: str
    content: bytes
    sha256: str


def read_upload(path: Path) -> Upload:
    """Return a file to be checked; `NotFound` when there is none, `BadInput` when people could not check it."""
    name, place = path.name, Place(file=path.name)
    form = _FORMS.get(path.suffix.lower())
    if form is None:
        known = ", ".join(_FORMS)
        raise BadInput(
            "A file of this form cannot be checked.", why=f"Those known by a file's name are {known}.",
            remedy="Save it in one of these forms.", place=place,
        )  # fmt: skip
    if len(name) > 200 or not name.isprintable():
        raise BadInput("The file's name cannot be shown.", remedy="Give it a short name of plain letters.")
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= LARGEST else b""
    except FileNotFoundError:
        raise NotFound("There is no such file.", remedy="Look at the path.", place=place) from None
    except OSError:
        raise BadInput("The file cannot be read.", remedy="Name a file that you may read.", place=place) from None
    if size > LARGEST:
        raise BadInput(
            f"The file is larger than {LARGEST // 2**20} MiB.", why="People have to look at all of it.",
            remedy="Split it, or leave out what is not needed.", place=place,
        )  # fmt: skip
    problem = _CHECKS[form](content) if content else "it is empty"
    if problem:
        raise BadInput(f"This is no {form} that can be checked: {problem}.", remedy="Save it again.", place=place)
    return Upload(name, form, content, hashlib.sha256(content).hexdigest())


def _text_problem(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "it is not UTF-8 text"
    hidden = next(
        (mark for mark in text if unicodedata.category(mark) in {"Cc", "Cf", "Co"} and mark not in "\n\r\t"), ""
    )
    return f"it holds a character that does not show (U+{ord(hidden):04X})" if hidden else ""


def _csv_problem(content: bytes) -> str:
    problem = _text_problem(content)
    if problem:
        return problem
    try:
        widths = {len(row) for row in csv.reader(io.StringIO(content.decode("utf-8-sig")), strict=True) if row}
    except csv.Error:
        return "its quotes do not match"
    return "" if len(widths) == 1 else "its rows have different numbers of fields"


def _parquet_problem(content: bytes) -> str:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        pq.read_table(pa.BufferReader(content))
    except (pa.ArrowException, OSError, ValueError):
        return "it is damaged"
    return ""


def _png_problem(content: bytes) -> str:
    if not content.startswith(_PNG):
        return "it does not begin as one"
    at = len(_PNG)
    while at + 12 <= len(content):
        length, kind = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        end = at + 12 + length
        if end > len(content) or zlib.crc32(content[at + 4 : end - 4]) != int.from_bytes(content[end - 4 : end], "big"):
            return "it is damaged"
        if kind not in _PNG_PARTS:
            return "it holds more than the picture: save it without metadata"
        if kind == b"IEND":
            return "" if end == len(content) else "something follows the picture"
        at = end
    return "it is cut off"


_FORMS = {
    ".csv": "CSV", ".parquet": "Parquet", ".png": "PNG", ".txt": "text", ".log": "text", ".md": "text", ".json": "text",
}  # fmt: skip

_CHECKS: Mapping[str, Callable[[bytes], str]] = {
    "CSV": _csv_problem,
    "Parquet": _parquet_problem,
    "PNG": _png_problem,
    "text": _text_problem,
}
"""For each form what is wrong with a file's bytes, or nothing."""
