"""Features: what a table can be about. Each is one column of the subject, in closed levels, however it is come by.

A subject is whoever the table counts: the entity of one dataset, its *frame*. Its own columns are features; so are, over
links, whether it is found in another dataset, and what can be said of its records there.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from commonweal.catalogue.levels import Levels


class Form(StrEnum):
    """How a feature comes from a column or from the records of a dataset."""

    VALUE = "value"  # the column's value: one a subject
    FLAGS = "flags"  # all values that its records have, up to a bound: a subject can be in several levels
    MEMBER = "member"  # whether it has any record
    EVENTS = "events"  # how many records it has
    TOTAL = "total"  # the column summed over its records
    FIRST = "first"  # the earliest date of its records
    LAST = "last"  # the latest


@dataclass(frozen=True, order=True)
class Hop:
    """One link on the way from the frame: `column` on the near side equals `key` of `dataset`."""

    column: str
    dataset: str
    key: str


@dataclass(frozen=True)
class Feature:
    """One column of the subject in closed levels.

    `path` leads from the frame to `dataset`; `gathered` says that one subject can have several records there. `secret`
    says that it must not be learnt of anyone; a feature that is none is a column of the lattice.
    """

    path: tuple[Hop, ...]
    dataset: str
    form: Form
    column: str
    levels: Levels
    secret: bool
    gathered: bool

    def __hash__(self) -> int:
        """Return the hash of the name: levels are long, and the name settles them within one question."""
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.name, self.secret))

    @cached_property
    def name(self) -> str:
        """Return the feature's name, the same in every question: ``northbank/housing.ward``, with the way to it."""
        what = f"{self.dataset}.{self.column}" if self.column else self.dataset
        form = "" if self.form is Form.VALUE else f" ({self.form})"
        way = "".join(f" via {hop.column}={hop.dataset}.{hop.key}" for hop in self.path)
        return what + form + way

    @property
    def title(self) -> str:
        """Return the feature in words for people."""
        return {
            Form.VALUE: self.column,
            Form.FLAGS: self.column,
            Form.MEMBER: f"being in {self.dataset}",
            Form.EVENTS: f"records in {self.dataset}",
            Form.TOTAL: f"total of {self.column}",
            Form.FIRST: f"first {self.column}",
            Form.LAST: f"last {self.column}",
        }[self.form]
