"""Putting what was typed into a draft. Nothing is refused: what is wrong is kept as it was typed, and told by reading."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from commonweal.agreement.drafting.places import Document, copied, field_of, items_at, put, value_at
from commonweal.agreement.drafting.question import Kind, Part, Question, Several

Sent = Mapping[str, str]
"""What was typed, by the name of the field; a field that was not sent stays as it is."""


def filled(document: Document, part: Part, sent: Sent) -> Document:
    """Return the draft with a part's answers in it."""
    made = copied(document)
    for question in part.questions:
        _fill(made, question, field_of(question.path), sent)
    for several in part.several:
        _fill_items(made, several, sent)
    if part.name == "columns":
        _fill_columns(made, sent)
    if part.name == "safeguards" and value_at(made, "safeguards.profile"):
        put(made, "safeguards.output", value_at(made, "safeguards.output") or "aggregate")
    return made


def with_links(document: Document, links: list[tuple[str, str]]) -> Document:
    """Return the draft with exactly these links."""
    made = copied(document)
    made["links"] = [list(link) for link in links]
    return made


def _fill(into: Document, question: Question, name: str, sent: Sent) -> None:
    if name in sent:
        put(into, question.path, answer(question.kind, sent[name], value_at(into, question.path)))


def answer(kind: Kind, typed: str, before: object = None) -> Any:
    """Return what was typed as the document writes it; as it was typed where that cannot be; None for nothing."""
    text = typed.replace("\r\n", "\n").strip()
    if not text:
        return None
    if kind is Kind.YES_NO:
        return {"true": True, "false": False}.get(text, text)
    if kind is Kind.NUMBER:
        return int(text) if re.fullmatch(r"[0-9]{1,15}", text) else text
    if kind is Kind.DAY:
        return day(text)
    if kind is Kind.LINES:
        known = {item["name"]: item for item in before if _is_named(item)} if isinstance(before, list) else {}
        return [known.get(line.strip(), line.strip()) for line in text.split("\n") if line.strip()]
    return text


def _is_named(item: object) -> bool:
    return isinstance(item, dict) and isinstance(item.get("name"), str)


def day(text: str) -> str:
    """Return a day as YYYY-MM-DD when it was written so or with the month in words; else as it was written."""
    for form in ("%d %B %Y", "%d %b %Y"):
        try:
            return datetime.strptime(" ".join(text.split()), form).date().isoformat()
        except ValueError:
            continue
    return text


def typed(kind: Kind, value: object) -> str:
    """Return what stands in the document as it is typed into a field."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if kind is Kind.LINES and isinstance(value, list):
        return "\n".join(str(item["name"]) if _is_named(item) else _as_text(item) for item in value)
    return _as_text(value)


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _fill_items(into: Document, several: Several, sent: Sent) -> None:
    """Fill a list: each item keeps what is not asked about; one whose first answer is empty, with all others, is gone."""
    before = items_at(into, several.path)
    prefix = field_of(several.path)
    sent_numbers = {int(found[1]) for name in sent if (found := re.match(rf"{prefix}-([0-9]{{1,3}})-", name))}
    items: list[Document] = []
    for number in range(max([len(before) - 1, *sent_numbers], default=-1) + 1):
        item = before[number] if number < len(before) else {}
        name = f"{prefix}-{number}"
        if f"{name}-remove" in sent:
            if several.path == "data":
                _forget_links(into, str(item.get("dataset", "")))
            continue
        old = item.get("dataset")
        for question in several.questions:
            _fill(item, question, f"{name}-{field_of(question.path)}", sent)
        if several.path == "data" and isinstance(old, str) and isinstance(item.get("dataset"), str):
            _rename(into, old, item["dataset"])
        proposed = {question.path: question.proposed for question in several.questions if question.proposed}
        if any(value_at(item, q.path) not in (None, proposed.get(q.path)) for q in several.questions):
            items.append(item)
    put(into, several.path, items or None)


def _rename(into: Document, old: str, new: str) -> None:
    """Let the links follow a dataset that another took the place of."""
    if old != new and isinstance(into.get("links"), list):
        into["links"] = json.loads(
            json.dumps(into["links"]).replace(json.dumps(f"{old}.")[:-1], json.dumps(f"{new}.")[:-1])
        )


def _forget_links(into: Document, dataset: str) -> None:
    """Take away the links of a dataset that is taken away."""
    links = into.get("links")
    if dataset and isinstance(links, list):
        into["links"] = [link for link in links if not any(str(end).startswith(f"{dataset}.") for end in link)]


def _fill_columns(into: Document, sent: Sent) -> None:
    """Put the treatments of columns: fields ``data-0-columns-NAME`` with a treatment as JSON, or as it was typed."""
    for number, terms in enumerate(items_at(into, "data")):
        prefix = f"data-{number}-columns-"
        given = {name.removeprefix(prefix): treatment(text) for name, text in sent.items() if name.startswith(prefix)}
        kept = terms.get("columns")
        columns = (kept if isinstance(kept, dict) else {}) | given
        columns = {name: value for name, value in columns.items() if value not in (None, "")}
        if columns:
            terms["columns"] = columns
        else:
            terms.pop("columns", None)


def treatment(text: str) -> Any:
    """Return a treatment as the document writes it, from a field that holds it as JSON or as a word."""
    if text.strip().startswith("{"):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text.strip()


def with_part(document: Document, part: Part, given: Document) -> Document:
    """Return the draft with a part as another document has it: what that has at the part's places, and nothing else there.

    Columns that are not given stay with their dataset; columns alone are put to datasets of the same name.
    """
    made, source = copied(document), copied(given)
    if part.name == "columns":
        known = {terms.get("dataset"): terms.get("columns") for terms in items_at(source, "data")}
        for terms in items_at(made, "data"):
            if known.get(terms.get("dataset")) is not None:
                terms["columns"] = known[terms["dataset"]]
        return made
    if part.name == "data":
        columns = {str(terms.get("dataset")): terms.get("columns") for terms in items_at(made, "data")}
        for terms in items_at(source, "data"):
            if "columns" not in terms and columns.get(str(terms.get("dataset"))) is not None:
                terms["columns"] = columns[str(terms["dataset"])]
        put(made, "data", source.get("data"))
        return made
    for path in part.paths:
        if path != "version" or value_at(source, path) is not None:
            put(made, path, value_at(source, path))
    return made
