"""How far a draft is: which parts are done, in part, or not begun, and to which part and field a problem belongs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from commonweal.agreement.drafting.parts import PARTS
from commonweal.agreement.drafting.places import Document, field_of, items_at, value_at, without_positions
from commonweal.agreement.drafting.question import Part
from commonweal.agreement.reading import Problem, Severity


class Progress(StrEnum):
    """How far a part is."""

    DONE = "done"
    IN_PART = "in part"
    NOT_BEGUN = "not begun"


def progress(document: Document, found: Iterable[Problem]) -> Mapping[str, Progress]:
    """Return how far each part is; `found` are the problems that reading the draft gave."""
    wrong = {owner(problem.path) for problem in found if problem.severity is Severity.ERROR}
    return {
        part.name: Progress.NOT_BEGUN
        if not _is_begun(document, part)
        else Progress.IN_PART
        if part.name in wrong
        else Progress.DONE
        for part in PARTS
    }


def _is_begun(document: Document, part: Part) -> bool:
    if part.name == "columns":
        return any(terms.get("columns") for terms in items_at(document, "data"))
    return any(value_at(document, path) is not None for path in part.paths if path != "version")


def owner(path: str) -> str:
    """Return the name of the part to which a place of the document belongs; nothing when no part asks about it."""
    plain = without_positions(path)
    best = ("", 0)
    for part in PARTS:
        for own in part.paths:
            if (plain == own or plain.startswith(f"{own}.")) and len(own) > best[1]:
                best = (part.name, len(own))
    if best[0]:
        return best[0]
    around = (part.name for part in PARTS for own in part.paths if plain and own.startswith(f"{plain}."))
    return next(around, "")


def at_fields(found: Iterable[Problem], fields: Iterable[str]) -> dict[str, str]:
    """Return the problems by the fields at which they are shown: the very field, else the nearest that is there.

    A problem for which there is none on the page is left out; the draft's own page lists every one.
    """
    names = list(fields)
    shown: dict[str, str] = {}
    for problem in found:
        if problem.severity is Severity.ERROR:
            name = _nearest(field_of(problem.path), names)
            if name:
                words = f"{problem.message} {problem.suggestion}".strip()
                shown[name] = f"{shown[name]} {words}" if name in shown else words
    return shown


def _nearest(wanted: str, names: list[str]) -> str:
    if wanted in names:
        return wanted
    within = next((name for name in names if name.startswith(f"{wanted}-")), "")
    around = max((name for name in names if wanted.startswith(f"{name}-")), key=len, default="")
    return within or around
