"""Two pages of the reference documentation, drawn from the code: the fields of an agreement, and its states."""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from commonweal.agreement.document import Agreement
from commonweal.agreement.document_problems import codes_of
from commonweal.agreement.fields import FIELDS, ROWS, Enforcement, field_of, split, worth_of_row
from commonweal.agreement.state import BY_PEOPLE, MEANING, MOVES, Act, State


def paths(
    model: type[BaseModel] = Agreement, before: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    """Yield every path of keys that the document knows, in the document's order, with its definition."""
    for name, field in model.model_fields.items():
        path = (*before, field.alias or name)
        yield path, field
        for inner in _clauses_in(field.annotation):
            yield from paths(inner, path)


def _clauses_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the clauses that a type holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (tuple, Union, types.UnionType):
        for part in get_args(annotation):
            yield from _clauses_in(part)


def fields_page() -> str:
    """Return `docs/reference/agreement-fields.md`."""
    counts = split()
    lines = [
        "# The fields of an agreement",
        "",
        "This page is made from the code (`commonweal.agreement.fields` and the document's own types).",
        "",
        f"An agreement holds {len(ROWS)} things that the ICO's data sharing code, the register of the Digital",
        "Economy Act, the Algorithmic Transparency Recording Standard, the Scottish toolkit and UK GDPR Article 30 ask",
        f"for. This version of commonweal **enforces {counts[Enforcement.ENFORCED]}** of them, "
        f"**{counts[Enforcement.PARTLY]} partly**, and **records {counts[Enforcement.RECORDED]}**.",
        "",
        "*Enforced*: nothing is answered against it. *Partly*: the software checks, blocks or proves some of it.",
        "*Recorded*: it is kept, signed and shown.",
        "",
        "## What each thing is worth",
        "",
        "| | thing | asked for by | worth | fields and what is done |",
        "|---|---|---|---|---|",
    ]
    for row, (title, source) in ROWS.items():
        parts = [
            f"`{'`, `'.join(field.paths)}` ({field.enforcement}): {field.how}" for field in FIELDS if field.row == row
        ]
        lines.append(f"| {row} | {title} | {source} | **{worth_of_row(row)}** | {'<br>'.join(parts)} |")
    lines += ["", "## Every key", "", "| key | needed | what it holds | worth |", "|---|---|---|---|"]
    for path, field in paths():
        needed = "yes" if field.is_required() else ""
        lines.append(f"| `{'.'.join(path)}` | {needed} | {_holds(field.annotation, path)} | {_worth(path)} |")
    return "\n".join(lines) + "\n"


_WORDED = {
    "commonweal": "`agreement/1`",
    "data.columns": "for each column a treatment: see the page of treatments",
    "data.rows": "a condition in SQL over the dataset's columns",
    "links": "pairs of `organisation/dataset.column`",
    "safeguards.profile": "a disclosure profile",
}


def _worth(path: tuple[str, ...]) -> str:
    """Return the worth of a key; empty for one that only holds others of their own worth."""
    try:
        return field_of(path).enforcement.value
    except KeyError:
        return ""


def _holds(annotation: Any, path: tuple[str, ...]) -> str:
    """Return in words what a key holds."""
    worded = _WORDED.get(".".join(path))
    if worded:
        return worded
    codes = codes_of(annotation)
    many = get_origin(annotation) is tuple or any(get_origin(part) is tuple for part in get_args(annotation))
    if codes:
        return ("any of " if many else "one of ") + ", ".join(f"`{code}`" for code in codes)
    if next(_clauses_in(annotation), None) is not None:
        return "a list of mappings" if many else "a mapping"
    names = {"date": "a day, YYYY-MM-DD", "int": "a whole number", "bool": "`true` or `false`", "str": "text"}
    kinds = [annotation, *get_args(annotation)]
    kinds += [inner for kind in kinds for inner in get_args(kind)]
    word = next((names[kind.__name__] for kind in kinds if isinstance(kind, type) and kind.__name__ in names), "text")
    return f"a list of {word}" if many else word


_WORDS = {
    Act.SIGN: "a party signs",
    Act.SUSPEND: "a party suspends",
    Act.RESUME: "the party resumes",
    Act.WITHDRAW: "a party withdraws",
    Act.END: "a party ends it",
    Act.TERM_BEGINS: "first day",
    Act.TERM_ENDS: "last day over",
    Act.REVIEW_LAPSES: "review lapses",
    Act.NEW_VERSION: "newer version begins",
    Act.CHANGED: "document changed",
}


def states_page() -> str:
    """Return `docs/reference/agreement-states.md`, with the diagram of the moves."""
    lines = [
        "# The states of an agreement",
        "",
        "This page is made from the table of moves in `commonweal.agreement.state`. A state is computed each time it",
        "is asked, from the document, its signatures, what the parties did, and the day in the United Kingdom: nothing",
        "has to run at midnight for an agreement to end. Only an agreement that is **in force** answers questions.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        "    [*] --> draft: added",
    ]
    arrows: dict[tuple[State, State], list[str]] = {}
    for move in MOVES:
        words = arrows.setdefault((move.before, move.after), [])
        if _WORDS[move.act] not in words:
            words.append(_WORDS[move.act])
    lines += [
        f"    {_node(before)} --> {_node(after)}: {', '.join(words)}" for (before, after), words in arrows.items()
    ]
    lines += [
        f"    {_node(State.SUPERSEDED)} --> [*]",
        f"    {_node(State.ENDED)} --> [*]",
        "```",
        "",
        "| state | what it means |",
        "|---|---|",
    ]
    lines += [f"| {state.value.replace('-', ' ')} | {MEANING[state]} |" for state in State]
    lines += ["", "## Moves", "", "| from | what happens | to | when | by |", "|---|---|---|---|---|"]
    for move in MOVES:
        who = (
            "a party"
            if move.act in BY_PEOPLE
            else ("whoever changed it" if move.act is Act.CHANGED else "the calendar")
        )
        before, after = (state.value.replace("-", " ") for state in (move.before, move.after))
        lines.append(f"| {before} | {_WORDS[move.act]} | {after} | {move.when} | {who} |")
    lines += [
        "",
        "A party lifts only its own suspension. A withdrawal cannot be lifted: the others go on with a new version.",
        "Suspending, withdrawing and ending hold for every version that exists at that moment, so a draft that is on",
        "its way cannot slip past.",
    ]
    return "\n".join(lines) + "\n"


def _node(state: State) -> str:
    """Return a state's name as Mermaid allows it."""
    return state.value.replace("-", "_")
