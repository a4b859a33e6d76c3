"""What pages show of a draft, made ready for templates: its questions as fields, with what was typed and what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from commonweal.agreement.drafting.filling import typed
from commonweal.agreement.drafting.places import Document, field_of, items_at, value_at
from commonweal.agreement.drafting.question import Kind, Part, Question, Several
from commonweal.agreement.template import proposed
from commonweal.catalogue.contract import Contract
from commonweal.catalogue.contract import Kind as ColumnKind
from commonweal.deidentification.reading import read_treatment

Known = Mapping[str, Mapping[str, str]]
"""What exists here to choose from: organisations, datasets, people; each name with its words."""

_TREATMENTS: tuple[object, ...] = (
    "keep",
    "withhold",
    "link",
    "year",
    "quarter",
    "month",
    {"band": "5 years"},
    {"band": "10 years"},
    "district",
    "sector",
    {"band": 5},
    {"band": 10},
    {"band": 100},
    {"band": 1000},
    {"round": 10},
    {"round": 100},
)
"""The treatments to choose from; one that stands in the draft already can be kept whatever it is."""


@dataclass(frozen=True)
class Shown:
    """A field: its name (also its id), how it is answered, its words, what stands in it, and what can be chosen."""

    name: str
    kind: str
    label: str
    hint: str
    value: str
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ShownItem:
    """One thing of a list: its heading, its fields, and the name of the box that takes it away (none: not there yet)."""

    heading: str
    fields: tuple[Shown, ...]
    remove: str


@dataclass(frozen=True)
class ShownList:
    """A list of things that answer the same questions; the last is empty, to be filled in."""

    noun: str
    items: tuple[ShownItem, ...]


def fields(part: Part, document: Document, known: Known) -> tuple[Shown, ...]:
    """Return the questions of a part that are asked once."""
    begun = any(value_at(document, question.path) is not None for question in part.questions)
    return tuple(_shown(question, "", document, known, propose=not begun) for question in part.questions)


def lists(part: Part, document: Document, known: Known) -> tuple[ShownList, ...]:
    """Return the lists of a part, each with an empty thing at its end."""
    return tuple(_list(several, document, known) for several in part.several)


def _list(several: Several, document: Document, known: Known) -> ShownList:
    items = items_at(document, several.path)
    prefix = field_of(several.path)
    shown = []
    for number, item in enumerate([*items, {}]):
        name, new = f"{prefix}-{number}", number == len(items)
        asked = tuple(_shown(question, f"{name}-", item, known, propose=new) for question in several.questions)
        heading = f"Add a {several.noun}" if new else f"{several.noun.capitalize()} {number + 1}"
        shown.append(ShownItem(heading, asked, "" if new else f"{name}-remove"))
    return ShownList(several.noun, tuple(shown))


def _shown(question: Question, prefix: str, within: Document, known: Known, *, propose: bool) -> Shown:
    value = typed(question.kind, value_at(within, question.path)) or (question.proposed if propose else "")
    choices = question.choices or (known.get(question.known, {}) if question.kind is Kind.CHOICE else {})
    if question.kind is Kind.YES_NO:
        choices = {"true": "Yes", "false": "No"}
    offered = tuple(choices.items())
    if question.kind in (Kind.CHOICE, Kind.YES_NO) and value and value not in choices:
        offered = (*offered, (value, f"{value} (not known here)"))
    return Shown(
        f"{prefix}{field_of(question.path)}", question.kind.value, question.label, question.hint, value, offered
    )


@dataclass(frozen=True)
class ShownColumn:
    """A column: what it is, the treatment to choose, whether that is only proposed yet, and its effect in words."""

    column: str
    meaning: str
    kind: str
    field: Shown
    is_proposed: bool
    effect: str
    remark: str


@dataclass(frozen=True)
class ShownColumns:
    """The columns of one dataset; `is_here` says that its contract is known."""

    dataset: str
    is_here: bool
    columns: tuple[ShownColumn, ...]


def columns(document: Document, contracts: Mapping[str, Contract]) -> tuple[ShownColumns, ...]:
    """Return every column of the draft's datasets, with a safe treatment proposed where none was chosen yet."""
    found = []
    for number, terms in enumerate(items_at(document, "data")):
        dataset = str(terms.get("dataset", ""))
        written = terms.get("columns")
        chosen = written if isinstance(written, dict) else {}
        contract = contracts.get(dataset)
        names = [column.name for column in contract.columns] if contract else []
        names += [name for name in chosen if name not in names]
        shown = tuple(_column(f"data-{number}-columns-", name, chosen, contract) for name in names)
        found.append(ShownColumns(dataset, contract is not None, shown))
    return tuple(found)


def _column(prefix: str, name: str, chosen: Mapping[str, Any], contract: Contract | None) -> ShownColumn:
    column = contract.by_name.get(name) if contract else None
    advice, remark = proposed(column) if column else ("withhold", "this dataset has no such column here")
    value = chosen.get(name, advice)
    possible = [
        each for each in _TREATMENTS if column is None or not read_treatment(each).applies_to(column.physical_type)
    ]
    if column is not None and column.kind is not ColumnKind.LINK:
        possible = [each for each in possible if each != "link"]
    if value not in possible:
        possible = [*possible, value]
    choices = tuple((_as_field(each), _in_words(each) + (" (proposed)" if each == advice else "")) for each in possible)
    return ShownColumn(
        column=name,
        meaning=column.description if column else "",
        kind=column.kind.value if column and column.kind else "",
        field=Shown(f"{prefix}{name}", "choice", f"How {name} is shared", "", _as_field(value), choices),
        is_proposed=name not in chosen,
        effect=_effect(value),
        remark=remark,
    )


def _as_field(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _in_words(value: object) -> str:
    try:
        return read_treatment(value).describe()
    except ValueError:
        return f"{_as_field(value)} (not a treatment)"


def _effect(value: object) -> str:
    try:
        return read_treatment(value).promise
    except ValueError as error:
        return f"{str(error)[:1].upper()}{str(error)[1:]}."


@dataclass(frozen=True)
class ShownLink:
    """A pair of columns that may be joined, and whether the draft says so."""

    value: str
    words: str
    chosen: bool


SEPARATOR = " = "
"""What stands between the two columns of a link in a field."""


def links(document: Document, contracts: Mapping[str, Contract]) -> tuple[ShownLink, ...]:
    """Return the pairs of columns that are shared as links, likely ones first, and those that the draft has anyway."""
    written = document.get("links")
    chosen = [tuple(map(str, each)) for each in written if isinstance(each, list)] if isinstance(written, list) else []
    sides = {frozenset(each) for each in chosen}
    offered = [*chosen, *(pair for pair in _possible(document, contracts) if frozenset(pair) not in sides)]
    return tuple(
        ShownLink(SEPARATOR.join(pair), " with ".join(pair), frozenset(pair) in sides)
        for pair in dict.fromkeys(offered)
    )


def _possible(document: Document, contracts: Mapping[str, Contract]) -> Iterator[tuple[str, ...]]:
    ends = [
        (str(terms.get("dataset", "")), name)
        for terms in items_at(document, "data")
        if isinstance(terms.get("columns"), dict)
        for name, value in terms["columns"].items()
        if value == "link"
    ]
    pairs = [(one, two) for n, one in enumerate(ends) for two in ends[n + 1 :] if one[0] != two[0]]
    for likely in (True, False):
        for one, two in pairs:
            if (one[1] == two[1] or _same_standard(contracts, one, two)) == likely:
                yield f"{one[0]}.{one[1]}", f"{two[0]}.{two[1]}"


def _same_standard(contracts: Mapping[str, Contract], one: tuple[str, str], two: tuple[str, str]) -> bool:
    standards = []
    for dataset, name in (one, two):
        column = contracts[dataset].by_name.get(name) if dataset in contracts else None
        standards.append(column.standard if column else "")
    return bool(standards[0]) and standards[0] == standards[1]
