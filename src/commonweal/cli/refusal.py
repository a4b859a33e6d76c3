"""A refusal as a page: the clause, the reasons, the words concerned, who can change it, and what could be asked."""

from __future__ import annotations

import sys
import textwrap

from commonweal.cli.output import console, printable
from commonweal.errors import Refused

_LABELS = 20
_NARROW = 60


def print_refusal(refusal: Refused, *, sql: str = "", agreement: str = "") -> None:
    """Print the page on standard error: an answer has standard output to itself.

    With `sql`, the question as it was written, the words that the refusal is about are underlined; with `agreement`, its
    id, there is a request to send to those who can change it.
    """
    from rich.text import Text  # imported when used: see cli.output

    target = console(stderr=True)
    target.print(Text("This question is not answered. Nothing was read for it.", style="bold"))
    for label, text in page(refusal, sql=sql, agreement=agreement):
        for line in laid_out(label, text, target.width if sys.stderr.isatty() else 0):
            target.print(Text(line), soft_wrap=True)


def page(refusal: Refused, *, sql: str = "", agreement: str = "") -> list[tuple[str, str]]:
    """Return the page's parts: each a label and its text, which may have lines of its own."""
    parts = [("Clause", refusal.clause)]
    parts += [("Why" if number == 0 else "Also", reason) for number, reason in enumerate(refusal.reasons)]
    parts += [("In", marked(sql, refusal))]
    parts += [("What to do", refusal.remedy), ("Who can change it", refusal.who), ("You could ask", refusal.nearest)]
    parts += [("Recorded as", refusal.reference)]
    if agreement and refusal.reference and refusal.who.startswith("the officers"):
        request = f"Please consider a new version of {agreement} that permits the question in {refusal.reference}"
        parts += [("Request to send", f"{request}: {refusal.reasons[0]}")]
    return [(label, printable(text)) for label, text in parts if text]


def laid_out(label: str, text: str, width: int) -> list[str]:
    """Return the lines of one part: the label beside its text or, in a narrow terminal, above it; 0 for any width."""
    narrow = 0 < width < _NARROW
    indent = "  " if narrow else " " * _LABELS
    lines = []
    for line in text.split("\n"):
        keep = "\n" in text or not width  # lines that stand below each other stay so
        lines += [line] if keep else textwrap.wrap(line, max(width - len(indent), 20), break_on_hyphens=False) or [""]
    if narrow:
        return [label, *(indent + line for line in lines)]
    return [f"{label:{_LABELS}}{lines[0]}", *(indent + line for line in lines[1:])]


def marked(sql: str, refusal: Refused, room: int = 76) -> str:
    """Return the lines of a question in which the words stand that a refusal is about, each underlined; "" if none is."""
    shown = []
    from commonweal.gateway.pointing import places  # imported when used: most runs of the program refuse nothing

    for line, start, end in places(sql, refusal)[:4]:
        text = sql.splitlines()[line].replace("\t", " ")
        cut = max(0, min(start - 20, len(text) - room))
        before, after = "\u2026" if cut else "", "\u2026" if len(text) > cut + room else ""
        shown += [
            before + text[cut : cut + room] + after,
            " " * (start - cut + len(before)) + "^" * max(end - start, 1),
        ]
    return "\n".join(shown)
