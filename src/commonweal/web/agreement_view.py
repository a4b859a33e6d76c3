"""What pages show of an agreement, made ready for templates: clauses by what they are worth, columns in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from commonweal.agreement.document import Agreement
from commonweal.agreement.due import written
from commonweal.agreement.fields import ROWS, Enforcement, Field, field_of
from commonweal.agreement.showing import ShownClause, shown_clauses
from commonweal.catalogue.contract import Contract
from commonweal.deidentification.treatment import Treatment

COLOURS: Mapping[Enforcement, str] = {
    Enforcement.ENFORCED: "green",
    Enforcement.PARTLY: "yellow",
    Enforcement.RECORDED: "grey",
}

MEANING: Mapping[Enforcement, str] = {
    Enforcement.ENFORCED: "nothing is answered against it",
    Enforcement.PARTLY: "the software checks, blocks or proves some of it; people do the rest",
    Enforcement.RECORDED: "it is kept, signed and shown; people see to it",
}

LEVEL_COLOURS: Mapping[str, str] = {"low": "green", "medium": "yellow", "high": "orange", "severe": "red"}


@dataclass(frozen=True)
class Badge:
    """What a clause is worth: the word, its colour, and what it means."""

    words: str
    colour: str
    meaning: str


def badge(worth: Enforcement) -> Badge:
    """Return the badge of a worth."""
    return Badge(worth.value, COLOURS[worth], MEANING[worth])


BADGES = tuple(badge(worth) for worth in Enforcement)


@dataclass(frozen=True)
class ClauseGroup:
    """Lines of the document that are of one matter and one worth."""

    title: str
    badge: Badge
    how: str
    lines: tuple[tuple[str, str], ...]


def clause_groups(agreement: Agreement) -> tuple[ClauseGroup, ...]:
    """Return everything that was written except datasets and people, which have places of their own; in order."""
    lines = [each for each in shown_clauses(agreement) if not each.path.startswith(("data[", "people"))]
    found = []
    for _, group in groupby(lines, key=lambda each: id(_field(each))):
        clauses = list(group)
        field = _field(clauses[0])
        shown = tuple((label(each.path), _in_plain(each.words)) for each in clauses)
        found.append(ClauseGroup(ROWS[field.row][0], badge(field.enforcement), field.how.replace("`", ""), shown))
    return tuple(found)


def _field(clause: ShownClause) -> Field:
    return field_of(re.sub(r"\[\d+\]", "", clause.path).split("."))


def label(path: str) -> str:
    """Return a path as people read it: ``parties[1].contact.email`` as ``Parties 1: contact: email``."""
    words = path.replace("[", " ").replace("]", "").replace("_", " ").replace(".", ": ")
    words = re.sub(r"\b(dpia|dpo|mfa)\b", lambda found: found[0].upper(), words)
    return words[:1].upper() + words[1:]


def _in_plain(words: str) -> str:
    """Return a value as people write it: days in words."""
    return written(date.fromisoformat(words)) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", words) else words


@dataclass(frozen=True)
class SharedColumn:
    """A column that is shared: what it means, what sort it is, how it is treated, and what that promises."""

    name: str
    meaning: str
    kind: str
    treatment: str
    promise: str


@dataclass(frozen=True)
class SharedDataset:
    """A dataset that is shared, with its columns and rows."""

    dataset: str
    owner: str
    because: str
    rows: str
    columns: tuple[SharedColumn, ...]


def shared_datasets(agreement: Agreement, contracts: Mapping[str, Contract]) -> tuple[SharedDataset, ...]:
    """Return what is shared, in the document's order; meaning and kind are those of today's contracts."""
    return tuple(
        SharedDataset(
            dataset=terms.dataset,
            owner=terms.organisation,
            because=terms.because or "",
            rows="all rows" if terms.rows is None else f"only rows where {terms.rows}",
            columns=tuple(_columns(terms.columns, contracts.get(terms.dataset))),
        )
        for terms in agreement.data
    )


def _columns(treated: Mapping[str, Treatment], contract: Contract | None) -> Iterator[SharedColumn]:
    for name, treatment in treated.items():
        known = contract.by_name.get(name) if contract else None
        kind = known.kind.value if known and known.kind else ""
        meaning = known.description if known else ""
        yield SharedColumn(name, meaning, kind, treatment.describe(), treatment.promise)
