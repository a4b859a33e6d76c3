"""Text in files that people open with a spreadsheet: never the beginning of a formula (OWASP, CSV injection)."""

from __future__ import annotations

_STARTS = (*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20")
"""What a spreadsheet may take for the start of a formula, the wide forms of East Asia included."""


def harmless(text: str) -> str:
    """Return a text with an apostrophe before it if a spreadsheet might run it, spaces before the formula or not."""
    return f"'{text}" if text.startswith(_STARTS) or text.lstrip().startswith(_STARTS) else text
