"""A comment from the public: its words, its state, and what a party answered."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from commonweal.errors import BadInput

LONGEST = 2000
"""Characters of a comment, and of an answer."""

LONGEST_NAME = 100

_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class CommentState(StrEnum):
    """Where a comment stands."""

    HELD = "held"
    PUBLISHED = "published"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Comment:
    """A comment as the parties see it. Of who wrote it only the name is kept that they gave, if they gave one.

    `reason` says why it was rejected; `answer` is official, and `changed` what changed because of the comment.
    """

    id: str
    agreement: str
    at: datetime
    name: str
    text: str
    state: CommentState
    moderated_at: datetime | None = None
    moderated_by: str = ""
    reason: str = ""
    answer: str = ""
    changed: str = ""
    answered_at: datetime | None = None
    answered_by: str = ""


@dataclass(frozen=True)
class PublicComment:
    """A published comment as everybody sees it, with the official answer if there is one."""

    id: str
    at: datetime
    published_at: datetime
    name: str
    text: str
    answer: str = ""
    changed: str = ""
    answered_at: datetime | None = None
    answered_by: str = ""


def public(comment: Comment) -> PublicComment:
    """Return what everybody sees of a published comment; ValueError for any other."""
    if comment.state is not CommentState.PUBLISHED or comment.moderated_at is None:
        raise ValueError("only what was published is public")
    return PublicComment(
        comment.id,
        comment.at,
        comment.moderated_at,
        comment.name,
        comment.text,
        comment.answer,
        comment.changed,
        comment.answered_at,
        comment.answered_by,
    )


def written(text: str, what: str, *, longest: int = LONGEST, needed: bool = True) -> str:
    """Return words as they are kept: composed, trimmed, with line ends as newlines.

    `BadInput` when they are missing, too long, or hold characters that cannot be seen or turn the direction of text.
    """
    words = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if needed and not words:
        raise BadInput(f"Write {what}.", remedy="It cannot be empty.")
    if len(words) > longest:
        raise BadInput(f"{what.capitalize()} must be {longest:,} characters or fewer.", remedy="Shorten it.")
    for character in words:
        category = unicodedata.category(character)
        if (category in {"Cc", "Cs", "Cn", "Co"} and character not in "\n\t") or character in _TURNS:
            raise BadInput(
                f"{what.capitalize()} holds a character that cannot be shown.", remedy="Take it out, and send it again."
            )
    return words


def written_line(text: str, what: str, *, longest: int = LONGEST_NAME, needed: bool = False) -> str:
    """Return words of one line, as `written` does; spaces and line ends become single spaces."""
    return " ".join(written(text, what, longest=longest, needed=needed).split())
