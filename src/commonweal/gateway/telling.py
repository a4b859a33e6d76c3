"""Telling: one sentence that says what an answer's table says, and no more than its margins allow.

It compares what is shown: withheld groups are said to be left out, and two numbers whose intervals overlap are not put in
an order (Government Analysis Function, "Communicating uncertainty").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from commonweal.gateway.columns import columns_of

if TYPE_CHECKING:
    from commonweal.gateway.answer import Answer, ShownCell

_SHIFT = re.compile(r"shifted by up to (\d+)")
"""How the note of the cell key method says how far a count may be from the truth (`commonweal.disclosure.reasons`)."""


@dataclass(frozen=True)
class _Group:
    """One row: which group it is, its number with the least and most it may be, and how that is written."""

    name: str
    value: float
    low: float
    high: float
    text: str
    moment: object


def sentence(answer: Answer) -> str:
    """Return what the table says, as one or two sentences about its first column of numbers."""
    cells = answer.cells()
    if not cells:
        return "There is nothing to show: see the notes for why."
    columns = columns_of(answer)
    if not columns.numbers:
        return f"The answer lists {_groups(len(cells))}."
    place = columns.numbers[0]
    what = answer.columns[place]
    known = _read(answer, cells, place, columns.keys)
    left_out = len(cells) - len(known)
    if not known:
        return f"Every number of {what} is withheld."
    if not columns.keys or len(cells) == 1:
        return _alone(known[0], what, bool(columns.keys))
    said = _over_time(known, what) if _is_time(known) else _compared(known, what, len(cells))
    if left_out:
        were = "1 group has no number that may be shown and is" if left_out == 1 else (
            f"{left_out} groups have no number that may be shown and are"
        )  # fmt: skip
        said += f" {were} not compared."
    return said


def _read(answer: Answer, cells: list[list[ShownCell]], place: int, keys: tuple[int, ...]) -> list[_Group]:
    """Return the groups whose number is shown."""
    shift = max((int(found[1]) for note in answer.notes if (found := _SHIFT.search(note))), default=0)
    name = answer.columns[place]
    margins = {margin.row: margin for margin in answer.margins if margin.column == name}
    values = answer.table.column(place).to_pylist()
    moments = answer.table.column(keys[0]).to_pylist() if len(keys) == 1 else [None] * len(cells)
    groups = []
    for row, value in enumerate(values):
        cell = cells[row][place]
        if value is None or cell.withheld or value != value:
            continue
        number, margin = float(value), margins.get(row)
        low, high = (margin.low, margin.high) if margin else (number - shift, number + shift)
        named = " \N{MIDDLE DOT} ".join(_named(answer, cells[row], key) for key in keys)
        groups.append(_Group(named, number, low, high, str(cell), moments[row]))
    return groups


def _named(answer: Answer, row: list[ShownCell], key: int) -> str:
    """Return what a group is called: what stands in its cell, behind its column's name if it is a bare number."""
    text = row[key].text or "(none)"
    bare = answer.numbers[key] or text in {"true", "false"}
    return f"{answer.columns[key]} {text}" if bare else text


def _alone(group: _Group, what: str, with_name: bool) -> str:
    return f"For {group.name}, {what} is {group.text}." if with_name else f"{what} is {group.text}."


def _compared(groups: list[_Group], what: str, rows: int) -> str:
    """Say which group is highest, if that can be told."""
    ordered = sorted(groups, key=lambda group: -group.value)
    first, rest = ordered[0], ordered[1:]
    if not rest:
        return f"Only {first.name} has a number for {what} that may be shown: {first.text}."
    rivals = [group for group in rest if group.high >= first.low]
    if not rivals:
        return f"Of {_groups(rows)}, {first.name} has the highest {what}, {first.text}; next is {_said(rest[0])}."
    together = [first, *rivals]
    if len(together) == len(ordered):
        return (
            f"The groups cannot be put in an order by {what}: "
            + ("all are the same." if _same(together) else "their margins overlap.")
        )  # fmt: skip
    if len(together) > 3:
        many = f"{len(together)} of {_groups(rows)}"
        return f"{many} share the highest {what}, up to {first.text}; which is highest cannot be told."
    names = ", ".join(group.name for group in together[:-1]) + f" and {together[-1].name}"
    why = "they are the same" if _same(together) else "their margins overlap"
    return f"{names} have the highest {what}, up to {first.text}; which of them is highest cannot be told, as {why}."


def _over_time(groups: list[_Group], what: str) -> str:
    """Say how a number went from the first to the last time."""
    ordered = sorted(groups, key=lambda group: str(group.moment))
    first, last = ordered[0], ordered[-1]
    if first is last:
        return f"In {first.name}, {what} is {first.text}."
    if last.low > first.high:
        went = "rose"
    elif last.high < first.low:
        went = "fell"
    else:
        same = "stayed the same" if first.value == last.value and first.low == first.high else "did not clearly change"
        return f"From {first.name} to {last.name}, {what} {same}: {first.text}, then {last.text}."
    return f"From {first.name} to {last.name}, {what} {went} from {first.text} to {last.text}."


def _is_time(groups: list[_Group]) -> bool:
    return all(isinstance(group.moment, date | datetime) for group in groups)


def _same(groups: list[_Group]) -> bool:
    return len({group.value for group in groups}) == 1 and all(group.low == group.high for group in groups)


def _said(group: _Group) -> str:
    return f"{group.name}, {group.text}"


def _groups(number: int) -> str:
    return "1 group" if number == 1 else f"{number:,} groups"
