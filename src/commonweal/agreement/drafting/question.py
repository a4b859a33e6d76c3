"""What a part of a draft asks: questions with a place in the document each, lists of things, and what that means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """How a question is answered."""

    LINE = "line"  # a few words
    WORDS = "words"  # a paragraph
    LINES = "lines"  # several, one a line
    CHOICE = "choice"  # one of a list
    YES_NO = "yes-no"
    DAY = "day"
    NUMBER = "number"


@dataclass(frozen=True)
class Question:
    """One question: where its answer stands in the document, or within one item of a list.

    `choices` are the answers to choose from, with their words; `known` names a list of what exists here in their place
    (organisations, datasets, people). `proposed` is shown until something is saved.
    """

    path: str
    kind: Kind
    label: str
    hint: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    known: str = ""
    proposed: str = ""


@dataclass(frozen=True)
class Several:
    """A list of things, each answering the same questions; a thing whose first answer is taken away is gone."""

    path: str
    noun: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Part:
    """A part of an agreement: its name in addresses, its title, what is asked, what the answer means.

    `paths` are the places of the document that are its own. `optional`: an agreement can do without.
    """

    name: str
    title: str
    asks: str
    means: str
    paths: tuple[str, ...]
    questions: tuple[Question, ...] = ()
    several: tuple[Several, ...] = ()
    optional: bool = False
