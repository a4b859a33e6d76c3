"""Limits on a question's text, checked before it is parsed, so that no text can exhaust time or memory."""

from __future__ import annotations

import sys

from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from commonweal.query.dialect import DIALECT
from commonweal.query.unreadable import unreadable

MOST_CHARACTERS = 20_000
MOST_TOKENS = 2_000
MOST_DEPTH = 60
"""Nested parentheses and CASEs. The parser calls itself some 25 times a level, so Python's own limit is raised to match."""

MOST_AGGREGATES = 60
"""Base aggregates of one measure: each is a column or several of the engine's answer."""

MOST_TERMS = 40
"""Terms and branches of one aggregate: every further one is computed apart, under the conditions of all before it."""

MOST_TABLES = 60
"""Tables that a question reads, a WITH sub-query counted as often as it is used."""

MOST_WRITTEN_OUT = 5_000
"""Parts of a SELECT once every alias that it uses again is written out."""

sys.setrecursionlimit(max(sys.getrecursionlimit(), 100 * MOST_DEPTH))

_OPENING = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE}
_CLOSING = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END}


def checked_tokens(text: str) -> list[Token]:
    """Return the text's tokens, or refuse it when it is too long, too deep, or not tokens at all."""
    if len(text) > MOST_CHARACTERS:
        raise unreadable(
            f"it is longer than {MOST_CHARACTERS:,} characters.", "Shorten it, or ask it as several questions."
        )
    if "\x00" in text:
        raise unreadable("it contains a NUL character.", "Remove the character.")
    try:
        tokens = DIALECT.tokenize(text)
    except (SqlglotError, RecursionError, ValueError):
        raise unreadable("it is not SQL that can be read.", "Check quotes and comments.") from None
    if len(tokens) > MOST_TOKENS:
        raise unreadable(f"it has more than {MOST_TOKENS:,} words and signs.", "Ask it as several questions.")
    if _depth(tokens) > MOST_DEPTH:
        raise unreadable(f"it is nested more than {MOST_DEPTH} levels deep.", "Take it apart with WITH.")
    return tokens


def _depth(tokens: list[Token]) -> int:
    depth = deepest = 0
    for token in tokens:
        depth += (token.token_type in _OPENING) - (token.token_type in _CLOSING)
        deepest = max(deepest, depth)
    return deepest
