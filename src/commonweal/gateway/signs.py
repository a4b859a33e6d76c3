"""Signs for terminals that lack them: what stands in their place where an encoding cannot carry them."""

from __future__ import annotations

import unicodedata

_SIGNS = {
    "±": "+-", "×": "x", "÷": "/", "−": "-", "–": "-", "—": "-", "‑": "-", "…": "...", "·": ".", "•": "*", "≤": "<=",
    "≥": ">=", "≠": "!=", "≈": "~", "→": "->", "←": "<-", "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "«": '"',
    "»": '"', "£": "GBP ", "€": "EUR ", "░": ".", "▒": ":", "▓": "#", "✓": "v", "✗": "x", "⁄": "/", "§": "s.", "°": " deg",
}  # fmt: skip


def legible(text: str, encoding: str) -> str:
    """Return a text that the encoding can carry: signs in other words, letters without their accents, else ``?``."""
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return "".join(_in_its_place(sign, encoding) for sign in text)
    return text


def in_ascii(sign: str) -> str:
    """Return what stands in the place of one character, in ASCII alone."""
    if sign.isascii():
        return sign
    if sign in _SIGNS:
        return _SIGNS[sign]
    if "\u2500" <= sign <= "\u257f":  # lines of boxes
        return "-" if sign in "─━═╌╍┄┅┈┉╴╶╸╺" else "|" if sign in "│┃║╎╏┆┇┊┋╵╷╹╻" else "+"
    if "\u2580" <= sign <= "\u259f":  # blocks of bars
        return "#"
    plain = "".join(mark for mark in unicodedata.normalize("NFKD", sign) if mark.isascii())
    return plain or "?"


def _in_its_place(sign: str, encoding: str) -> str:
    try:
        sign.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return in_ascii(sign)
    return sign
