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

_OUTCOMES = {"answered", "failed", "explained"}

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
    """Numbers by agreement reference, up to and with entry `last`; `open` are questions without an outcome yet."""

    last: int = -1
    open: dict[int, tuple[str, str]] = field(default_factory=dict)
    outcomes: dict[str, dict[str, Counter[str]]] = field(default_factory=dict)
    refusals: dict[str, Counter[str]] = field(default_factory=dict)

    def read_on(self, connection: Connection) -> None:
        """Count what was recorded since."""
        self.count(reversed(list(entries(connection, kind="question", after=self.last))))

    def count(self, found: Iterable[Entry]) -> None:
        """Count entries, oldest first."""
        for entry in found:
            self.last = max(self.last, entry.index)
            kind = entry.kind.partition(".")[2]
            if kind == "asked":
                self.open[entry.index] = (str(entry.body.get("agreement", "")), f"{entry.time:%Y-%m}")
            elif kind == "refused":
                reference = str(entry.body.get("agreement", ""))
                self._add(reference, f"{entry.time:%Y-%m}", "refused")
                why = WHY.get(str(entry.body.get("clause", "")).partition(":")[0], _OTHER)
                self.refusals.setdefault(reference, Counter())[why] += 1
            elif kind in _OUTCOMES:
                asked = entry.body.get("asked")
                known = self.open.pop(asked, None) if isinstance(asked, int) else None
                if known is not None:
                    self._add(*known, "rehearsed" if kind == "explained" else kind)

    def of(self, references: Iterable[str]) -> Counted:
        """Return the numbers of some references together."""
        months: dict[str, Outcomes] = {}
        refusals: Counter[str] = Counter()
        for reference in references:
            for month, counted in self.outcomes.get(reference, {}).items():
                months[month] = months.get(month, Outcomes()) + Outcomes(**counted)
            refusals += self.refusals.get(reference, Counter())
        return Counted(dict(sorted(months.items())), dict(refusals))

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
