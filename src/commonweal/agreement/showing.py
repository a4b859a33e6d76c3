"""An agreement as an officer reads it: the purpose, each clause with what it is worth, who signed, where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from commonweal.agreement.data import DatasetTerms
from commonweal.agreement.document import Agreement
from commonweal.agreement.due import written
from commonweal.agreement.fields import Enforcement, field_of, split, split_sentence
from commonweal.agreement.hashing import plain
from commonweal.agreement.signature import Signature
from commonweal.agreement.standing import Event, Standing
from commonweal.agreement.state import State

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class ShownClause:
    """One line of a clause: its path, its words for people, and what it is worth."""

    path: str
    words: str
    enforcement: Enforcement


def shown_clauses(agreement: Agreement) -> tuple[ShownClause, ...]:
    """Return everything that was written, in the document's order, in words; datasets' columns in plain words."""
    found: list[ShownClause] = []
    for key, value in plain(agreement.as_document(), days_as_text=True).items():
        if key in ("commonweal", "id", "version", "title"):
            continue
        if key == "data":
            for position, terms in enumerate(agreement.data):
                found += _dataset_clauses(position, terms)
        else:
            found += _lines((key,), value)
    return tuple(found)


def _lines(path: tuple[str | int, ...], value: Any) -> Iterator[ShownClause]:
    """Yield the lines of a value: one for each key that holds no other keys."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _lines((*path, key), inner)
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for number, item in enumerate(value):
            yield from _lines((*path, number), item)
    else:
        yield ShownClause(_dotted(path), in_words(value), field_of(path).enforcement)


def _dataset_clauses(position: int, terms: DatasetTerms) -> Iterator[ShownClause]:
    """Yield the lines of a dataset's terms."""

    def clause(key: str, words: str) -> ShownClause:
        return ShownClause(f"data[{position + 1}].{key}", words, field_of(("data", *key.split(".")[:1])).enforcement)

    yield clause("dataset", terms.dataset)
    if terms.because is not None:
        yield clause("because", terms.because)
    for name, treatment in terms.columns.items():
        yield clause(f"columns.{name}", treatment.describe())
    yield clause("rows", "all rows" if terms.rows is None else f"only rows where {terms.rows}")


def in_words(value: object) -> str:
    """Return a value as people write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        nested = any(isinstance(item, list) for item in value)
        return (
            "; ".join(in_words(item) for item in value) if nested else ", ".join(str(item) for item in value) or "none"
        )
    return str(value)


def _dotted(path: tuple[str | int, ...]) -> str:
    """Return a path for people, positions counted from 1."""
    return "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def purpose_paragraph(agreement: Agreement) -> str:
    """Return what the agreement is for, in one paragraph."""
    purpose = agreement.purpose
    owners = list(dict.fromkeys(terms.organisation for terms in agreement.data))
    sentences = [_ended(purpose.statement), _ended(purpose.necessity)]
    sentences += [_ended(f"It should bring {benefit.what} to {benefit.to}") for benefit in purpose.benefits]
    sentences.append(
        f"Data of {', '.join(owners)} is used for {purpose.code.value.replace('-', ' ')}, "
        f"from {written(agreement.term.start)} until {written(agreement.term.until)}; "
        f"answers are {agreement.safeguards.output}s only."
    )
    return " ".join(sentences)


def _ended(words: str) -> str:
    """Return words with a full stop."""
    return words if words.endswith((".", "!", "?")) else f"{words}."


def agreement_as_dict(
    agreement: Agreement, standing: Standing, signatures: Sequence[Signature], events: Sequence[Event]
) -> dict[str, Any]:
    """Return all that is shown, as plain values for JSON."""
    return {
        "id": agreement.id,
        "version": agreement.version,
        "title": agreement.title,
        "content_hash": agreement.content_hash,
        "state": standing.state.value,
        "in_force": standing.in_force,
        "reason": standing.reason,
        "purpose": purpose_paragraph(agreement),
        "signatures": [
            {"organisation": name, "signed_at": signed.signed_at.isoformat() if signed else None}
            for name, signed in _signed(agreement, signatures)
        ],
        "events": [
            {
                "act": event.act.value,
                "organisation": event.organisation,
                "reason": event.reason,
                "at": event.at.isoformat(),
            }
            for event in events
        ],
        "split": {worth.value: split()[worth] for worth in Enforcement},
        "clauses": [
            {"path": clause.path, "words": clause.words, "enforcement": clause.enforcement.value}
            for clause in shown_clauses(agreement)
        ],
        "document": plain(agreement.as_document(), days_as_text=True),
    }


def agreement_in_short(agreement: Agreement, standing: Standing) -> dict[str, Any]:
    """Return an agreement as a line of a list, as plain values."""
    return {
        "id": agreement.id,
        "version": agreement.version,
        "title": agreement.title,
        "parties": list(agreement.organisations),
        "state": standing.state.value,
        "in_force": standing.in_force,
        "reason": standing.reason,
        "from": agreement.term.start.isoformat(),
        "until": agreement.term.until.isoformat(),
        "content_hash": agreement.content_hash,
    }


def _signed(agreement: Agreement, signatures: Sequence[Signature]) -> Iterator[tuple[str, Signature | None]]:
    """Yield each party with its signature on this version, if it has signed."""
    for name in agreement.organisations:
        yield name, next((s for s in signatures if s.organisation == name and s.version == agreement.version), None)


_COLOURS = {Enforcement.ENFORCED: "green", Enforcement.PARTLY: "yellow", Enforcement.RECORDED: "bright_black"}
_STATE_COLOURS = {
    State.DRAFT: "bright_black",
    State.PROPOSED: "blue",
    State.SIGNED: "blue",
    State.IN_FORCE: "green",
    State.SUSPENDED: "yellow",
    State.ENDED: "red",
    State.SUPERSEDED: "red",
}


def print_agreement(
    console: Console,
    agreement: Agreement,
    standing: Standing,
    signatures: Sequence[Signature],
    events: Sequence[Event],
) -> None:
    """Print an agreement for an officer."""
    # Rich takes a tenth of a second to import, and only printing needs it.
    from rich.table import Table
    from rich.text import Text

    console.print(Text(f"{agreement.title}  ({agreement.reference})", style="bold"))
    console.print(
        Text.assemble((standing.state.value.replace("-", " "), _STATE_COLOURS[standing.state]), f"  {standing.reason}")
    )
    console.print()
    console.print(Text(purpose_paragraph(agreement)))
    console.print()
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(3):
        table.add_column(overflow="fold")
    for clause in shown_clauses(agreement):
        badge = Text(clause.enforcement.value, style=_COLOURS[clause.enforcement])
        table.add_row(badge, Text(clause.path, style="bright_black"), Text(clause.words))
    console.print(table)
    console.print()
    for name, signed in _signed(agreement, signatures):
        words = f"signed {signed.signed_at:%Y-%m-%d %H:%M} UTC" if signed else "has not signed"
        console.print(Text(f"{name}: {words}", style="" if signed else "yellow"))
    for event in events:
        console.print(Text(f"{event.at:%Y-%m-%d %H:%M} UTC  {event.organisation}: {event.act.value}. {event.reason}"))
    console.print()
    console.print(Text(split_sentence()))
    console.print(Text(f"SHA-256 {agreement.content_hash}", style="bright_black"))
