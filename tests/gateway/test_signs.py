from __future__ import annotations

import pytest

from commonweal.gateway.signs import in_ascii, legible


@pytest.mark.parametrize(
    ("text", "encoding", "written"),
    [
        ("12 ±3", "ascii", "12 +-3"),
        ("12 ±3", "latin-1", "12 ±3"),
        ("12 ±3", "utf-8", "12 ±3"),
        ("Zoë – “ça” ≥ 10 █░ ─┼", "ascii", 'Zoe - "ca" >= 10 #. -+'),
        ("Zoë ─ █", "latin-1", "Zoë - #"),
        ("日", "ascii", "?"),
        ("±", "no-such-encoding", "+-"),
    ],
)
def test_what_an_encoding_lacks_is_written_otherwise(text: str, encoding: str, written: str) -> None:
    assert legible(text, encoding) == written


def test_nothing_is_left_that_ascii_lacks() -> None:
    assert all(in_ascii(chr(code)).isascii() for code in range(0x3000))
