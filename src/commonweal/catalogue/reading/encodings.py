"""In which encoding a text is written: never guessed where it would change what the text says without a word."""

from __future__ import annotations

import codecs
from pathlib import Path

from commonweal.errors import BadInput, Place

WIDE_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
SINGLE_BYTE = ("cp1252", "cp850", "mac_roman")
"""The single-byte encodings that British exports come in: Windows, DOS, old Macintosh."""
CONTROL = bytes(set(range(32)) - {9, 10, 12, 13, 27}) + b"\x7f"


def wide_encoding(head: bytes) -> str:
    """Return the UTF-16 or UTF-32 encoding of a text beginning with `head`, with or without its mark, else ''."""
    for mark, encoding in WIDE_MARKS:
        if head.startswith(mark):
            return encoding
    pairs = len(head) // 2
    if pairs < 2:
        return ""
    even, odd = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    if odd > 0.4 * pairs and even < 0.05 * pairs:
        return "utf-16-le"
    if even > 0.4 * pairs and odd < 0.05 * pairs:
        return "utf-16-be"
    return ""


def checked_start(head: bytes, wide: str, label: str) -> None:
    """Raise BadInput if a text beginning with `head` is binary: more than one control character in a hundred."""
    if wide:
        return
    controls = len(head) - len(head.translate(None, CONTROL.replace(b"\0", b"")))
    if controls > len(head) / 100 or head.count(0) > len(head) / 10:
        raise BadInput(
            "The file is not text.",
            why="It holds control characters throughout, as binary files do.",
            remedy="Export the table as CSV, Parquet or Excel and add that.",
            place=Place(label),
        )


def single_byte_encoding(path: Path, label: str) -> str:
    """Return the single-byte encoding of a file that is not UTF-8; BadInput with the line if it mixes two encodings.

    Lines with letters beyond ASCII are either all valid UTF-8 or, in an honest single-byte file, none of them.
    """
    first_utf8 = first_other = 0
    sample = bytearray()
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.isascii():
                continue
            try:
                line.decode()
                first_utf8 = first_utf8 or number
            except UnicodeDecodeError:
                first_other = first_other or number
                if len(sample) < 2**16:
                    sample += line
            if first_utf8 and first_other:
                raise BadInput(
                    "The file mixes two encodings.",
                    why=f"Line {first_utf8} is UTF-8 and line {first_other} is not.",
                    remedy="Save the whole file as UTF-8.",
                    place=Place(label, line=max(first_utf8, first_other)),
                )
    return _likeliest(bytes(sample))


def _likeliest(sample: bytes) -> str:
    from charset_normalizer import from_bytes  # lazy: 50 ms that only unusual files need

    best = from_bytes(sample, cp_isolation=list(SINGLE_BYTE)).best()
    return best.encoding if best is not None else "cp1252"
