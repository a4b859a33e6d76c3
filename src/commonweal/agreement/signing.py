"""Signing foretold: what changes when one more party signs, and what the signature stands for. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from commonweal.agreement.document import Agreement
from commonweal.agreement.due import written
from commonweal.agreement.fields import FIELDS, ROWS, Enforcement, Field, field_of
from commonweal.agreement.hashing import plain


def what_changes(
    agreement: Agreement, organisation: str, signed: Collection[str], today: date, counting: int | None = None
) -> tuple[str, ...]:
    """Return, in sentences, what is so once `organisation` has signed too; `counting` is another version in force."""
    missing = [name for name in agreement.organisations if name not in signed and name != organisation]
    term, found = agreement.term, []
    if missing:
        found.append(f"It waits for {_listed(missing)}; nothing is answered under it before they have signed too.")
    elif today < term.start:
        found.append(f"Every party will have signed. Questions are answered from {written(term.start)}.")
    elif today > term.until:
        found.append(f"Every party will have signed, but its last day was {written(term.until)}: nothing is answered.")
    else:
        people = "person" if len(agreement.people) == 1 else "people"
        found.append(
            f"It comes into force at once: the {len(agreement.people)} {people} named in it may ask questions."
        )
    if counting is not None:
        when = "once it begins" if missing or today < term.start else "at once"
        found.append(f"It takes the place of version {counting} {when}, for good.")
    found.append(f"It answers until {written(term.until)}, and must be reviewed by {written(term.review)}.")
    found.append("A signature cannot be taken back. Your organisation can suspend, withdraw from or end it on any day.")
    return tuple(found)


@dataclass(frozen=True)
class Promise:
    """One thing that the document holds: what it is called, and what this software does about it."""

    title: str
    how: str


def promises(agreement: Agreement, worth: Enforcement) -> tuple[Promise, ...]:
    """Return what of one worth is written in a document, and what holds for every agreement; one line a field."""
    written_fields = {id(found): found for found in _fields_of(agreement)}
    always = [found for found in FIELDS if found.paths[0].startswith("(")]
    wanted = [found for found in FIELDS if id(found) in written_fields or found in always]
    return tuple(
        Promise(ROWS[found.row][0], found.how.replace("`", "")) for found in wanted if found.enforcement is worth
    )


def _fields_of(agreement: Agreement) -> list[Field]:
    """Return the fields that a document writes something in."""
    found: list[Field] = []

    def walk(path: tuple[str, ...], value: object) -> None:
        if isinstance(value, dict) and path[:2] != ("data", "columns"):
            for key, inner in value.items():
                walk((*path, key), inner)
        elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
            for item in value:
                walk(path, item)
        elif path:
            found.append(field_of(path))

    walk((), plain(agreement.as_document(), days_as_text=True))
    return found


def _listed(names: Collection[str]) -> str:
    each = list(names)
    return each[0] if len(each) == 1 else f"{', '.join(each[:-1])} and {each[-1]}"
