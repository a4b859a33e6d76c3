"""How many questions came to what, counted from the record, agreement by agreement and month by month.

A tally is kept up as the record grows: only what is new is read. It holds numbers and nothing of who asked or what.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from commonweal.agreement.register.public import Month, Outcomes, RefusedBecause
from commonweal.ledger.entry import Entry
from commonweal.ledger.reading import entries

_OUTCOMES = {"answered": "answered", "failed": "failed", "explained": "rehearsed"}
"""What a question came to, by the kind of entry that says so."""

_OF_ALL = frozenset({"organisation", "dataset"})
_OF_THE_REGISTER = _OF_ALL | {"agreement", "comment", "incident"}
"""The first words of entries by which the register may change, beside its numbers: all of it, or one agreement."""

WHY: Mapping[str, str] = {
    "term and signatures": "The agreement was not in force.",
    "people": "The person who asked is not named in the agreement.",
    "data": "It asked for data that the agreement does not share.",
    "identifiers": "It asked for something that names people.",
    "links": "It brought datasets together in a way that was not agreed.",
    "link columns": "It used a column that is shared for linking only.",
    "legal": "It needed a legal condition that the agreement does not have.",
    "safeguards": "The answer could not have been protected as agreed.",
    "risk": "The risk of telling something about somebody was too high.",
    "what a question may be": "It was not a question that can be checked.",
}
"""Why a question was refused, in general: by the first words of the clause."""

_OTHER = "Another clause of the agreement did not permit it."


@dataclass(frozen=True)
class Counted:
    """The numbers of one agreement reference, as it stood in the questions: ``id@version``, or the id alone."""

    months: Mapping[str, Outcomes] = field(default_factory=dict)
    refusals: Mapping[str, int] = field(default_factory=dict)


@dataclass
class Tally:
    """Numbers by agreement reference, up to and with entry `last`.

    `open` are questions without an outcome yet, `early` outcomes whose question was not read yet (entries come in any
    order). `changed` has, for each agreement, the newest entry by which what is told of it may have changed, and under
    "" the newest by which anything may have.
    """

    last: int = -1
    changed: dict[str, int] = field(default_factory=dict)
    open: dict[int, tuple[str, str]] = field(default_factory=dict)
    early: dict[int, str] = field(default_factory=dict)
    outcomes: dict[str, dict[str, Counter[str]]] = field(default_factory=dict)
    refusals: dict[str, Counter[str]] = field(default_factory=dict)

    def read_on(self, connection: Connection) -> None:
        """Count what was recorded since; entries are taken one by one, however many there are."""
        self.count(entries(connection, after=self.last))

    def count(self, found: Iterable[Entry]) -> None:
        """Count entries, in any order, each once."""
        for entry in found:
            self.last = max(self.last, entry.index)
            room, _, kind = entry.kind.partition(".")
            if room == "question":
                self._count_question(entry, kind)
            elif room in _OF_THE_REGISTER:
                about = "" if room in _OF_ALL else str(entry.body.get("agreement", ""))
                self.changed[about] = max(self.changed.get(about, -1), entry.index)

    def _count_question(self, entry: Entry, kind: str) -> None:
        reference, month = str(entry.body.get("agreement", "")), f"{entry.time:%Y-%m}"
        if kind == "asked":
            outcome = self.early.pop(entry.index, "")
            if outcome:
                self._add(reference, month, outcome)
            else:
                self.open[entry.index] = (reference, month)
        elif kind == "refused":
            self._add(reference, month, "refused")
            why = WHY.get(str(entry.body.get("clause", "")).partition(":")[0], _OTHER)
            self.refusals.setdefault(reference, Counter())[why] += 1
        elif kind in _OUTCOMES:
            asked = entry.body.get("asked")
            if isinstance(asked, int):
                self._close(asked, _OUTCOMES[kind])

    def _close(self, asked: int, outcome: str) -> None:
        known = self.open.pop(asked, None)
        if known is not None:
            self._add(*known, outcome)
        else:
            self.early[asked] = outcome

    def of(self, references: Iterable[str]) -> Counted:
        """Return the numbers of some references together."""
        months: dict[str, Outcomes] = {}
        refusals: Counter[str] = Counter()
        for reference in references:
            for month, counted in self.outcomes.get(reference, {}).items():
                months[month] = months.get(month, Outcomes()) + Outcomes(**counted)
            refusals += self.refusals.get(reference, Counter())
        return Counted(dict(sorted(months.items())), dict(refusals))

    def state_of(self, identifier: str) -> tuple[int, int]:
        """Return what differs once something was recorded by which what is told of an agreement may have changed."""
        return self.changed.get("", -1), self.changed.get(identifier, -1)

    def _add(self, reference: str, month: str, outcome: str) -> None:
        self.outcomes.setdefault(reference, {}).setdefault(month, Counter())[outcome] += 1


def months_of(counted: Mapping[str, Outcomes]) -> tuple[Month, ...]:
    """Return the months in order, those without a question in between included."""
    if not counted:
        return ()
    first, last = min(counted), max(counted)
    year, month = int(first[:4]), int(first[5:])
    found = []
    while (name := f"{year:04}-{month:02}") <= last:
        found.append(Month(name, counted.get(name, Outcomes())))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return tuple(found)


def refusals_of(counted: Mapping[str, int]) -> tuple[RefusedBecause, ...]:
    """Return why questions were refused, the most frequent first."""
    return tuple(
        RefusedBecause(words, number) for words, number in sorted(counted.items(), key=lambda x: (-x[1], x[0]))
    )


def together(months: Iterable[Month]) -> Outcomes:
    """Return the questions of all months."""
    return sum((each.outcomes for each in months), Outcomes())
