"""Pointing: where in a question's words that stands which a refusal is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from commonweal.errors import Refused

_WORD = re.compile(r"'(?:[^']|'')*'|--[^\n]*|\"(?:[^\"]|\"\")*\"|\w+|\S")
_BEFORE_A_TABLE = {"from", "join"}


@dataclass(frozen=True)
class Piece:
    """A piece of a question's text; `meant` when the refusal is about it."""

    text: str
    meant: bool = False


def pieces(sql: str, refusal: Refused) -> tuple[Piece, ...]:
    """Return a question's whole text in pieces, those that the refusal is about marked; joined they are the text."""
    found: list[Piece] = []
    wanted: dict[int, list[tuple[int, int]]] = {}
    for line, start, end in places(sql, refusal):
        wanted.setdefault(line, []).append((start, end))
    for number, text in enumerate(sql.splitlines(keepends=True)):
        done = 0
        for start, end in sorted(wanted.get(number, [])):
            found += [Piece(text[done:start]), Piece(text[start:end], meant=True)]
            done = end
        found.append(Piece(text[done:]))
    return tuple(piece for piece in found if piece.text)


def places(sql: str, refusal: Refused) -> list[tuple[int, int, int]]:
    """Return line (from 0), start and end of every word that the refusal is about, in the order of the question."""
    line, column = refusal.details.get("line"), refusal.details.get("column")
    if isinstance(line, int) and isinstance(column, int) and 0 < line <= len(sql.splitlines()):
        return [(line - 1, max(column - 1, 0), column)]
    about = refusal.details.get("about")
    wanted = {str(name).lower() for name in about} if isinstance(about, Sequence) else set()
    found = []
    for number, text in enumerate(sql.splitlines()):
        words = list(_WORD.finditer(text))
        for place, word in enumerate(words):
            if word.group().strip('"').lower() in wanted and _is_meant(words, place, refusal):
                found.append((number, word.start(), word.end()))
    return found


def _is_meant(words: Sequence[re.Match[str]], place: int, refusal: Refused) -> bool:
    """Return whether a word is the column meant, not a table of the same name; a table is meant by its own refusals."""
    if any("dataset" in reason for reason in refusal.reasons):
        return True
    before = words[place - 1].group().lower() if place else ""
    after = words[place + 1].group() if place + 1 < len(words) else ""
    return before not in _BEFORE_A_TABLE and after != "."
