"""Levels as a contract writes them, for example ``{ages: {until: 90, steps: [5, 10]}}``: read and written."""

from __future__ import annotations

import bisect
import itertools
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from commonweal.catalogue.level_bounds import LARGEST, STEPS, month_groups, plain
from commonweal.catalogue.levels import OLDEST_EDGE, Levels, Scale

Path = tuple[str | int, ...]
Add = Callable[[Path, str], None]
"""Takes where in the value a problem is, and a clause that says what."""
UnknownKeys = Callable[[Path, Mapping[str, object], frozenset[str]], None]

COMMON = ("missing", "most")
OPTIONS = {
    Scale.VALUES: frozenset(("values", "groups", "of", *COMMON)),
    Scale.AGES: frozenset(("ages", "coarser", *COMMON)),
    Scale.MONTHS: frozenset(("months", *COMMON)),
    Scale.AMOUNTS: frozenset(("amounts", "coarser", "top", *COMMON)),
    Scale.COUNTS: frozenset(("counts", "coarser", "top", *COMMON)),
}
SCALES = tuple(scale.value for scale in Scale)
ALL_KEYS = frozenset().union(*OPTIONS.values())
AGE_KEYS = frozenset(("from", "until", "steps"))
MONTH_KEYS = frozenset(("from", "until", "steps"))
_MONTH = re.compile(r"(\d{4})-(\d{2})(?:-01)?")


class _Wrong(ValueError):
    """A problem at a place inside the value."""

    def __init__(self, path: Path, text: str) -> None:
        super().__init__(text)
        self.path = path


def read_levels(value: object, add: Add, unknown_keys: UnknownKeys, *, holds: str = "") -> Levels | None:
    """Return the levels that `value` (plain JSON or YAML values) writes down, None after telling `add` of a problem.

    `holds` is what the column holds (text, numbers, whole numbers, dates, yes or no), which decides how listed values
    are read; empty when it was checked before. `unknown_keys` is told of mappings whose keys are to be checked.
    """
    if not isinstance(value, dict):
        add((), f"levels is a mapping with one of {', '.join(SCALES)}")
        return None
    scales = [scale for scale in Scale if scale.value in value]
    if len(scales) != 1:
        unknown_keys((), value, ALL_KEYS)
        add((), f"levels has exactly one of {', '.join(SCALES)}")
        return None
    scale = scales[0]
    unknown_keys((), value, OPTIONS[scale])
    if scale in (Scale.AGES, Scale.MONTHS) and isinstance(value[scale.value], dict):
        unknown_keys((scale.value,), value[scale.value], AGE_KEYS if scale is Scale.AGES else MONTH_KEYS)
    try:
        return _READERS[scale](value, holds, _common(value))
    except _Wrong as wrong:
        add(wrong.path, str(wrong))
    except ValueError as wrong:
        add((), str(wrong))
    return None


def levels_value(levels: Levels) -> dict[str, Any]:
    """Return the levels as plain JSON values that `read_levels` reads as the same levels."""
    written = _WRITERS[levels.scale](levels)
    if not levels.missing:
        written["missing"] = False
    if levels.most != 1:
        written["most"] = levels.most
    return written


def _common(value: Mapping[str, Any]) -> dict[str, Any]:
    missing, most = value.get("missing", True), value.get("most", 1)
    if not isinstance(missing, bool):
        raise _Wrong(("missing",), "missing is true or false")
    if not isinstance(most, int) or isinstance(most, bool) or most < 1:
        raise _Wrong(("most",), "most is a whole number from 1")
    return {"missing": missing, "most": most}


def _read_values(value: Mapping[str, Any], holds: str, common: dict[str, Any]) -> Levels:
    of = value.get("of", "")
    if of not in ("", "district", "sector") or ("of" in value and not of):
        raise _Wrong(("of",), "of is district or sector, of a postcode")
    if of and holds not in ("", "text"):
        raise _Wrong(("of",), f"of needs postcodes, and the column holds {holds}")
    values = _texts(value["values"], ("values",), holds)
    rungs, names = _groups(value.get("groups"), values, holds, common["missing"])
    return Levels(Scale.VALUES, values=values, of=of, rungs=rungs, names=names, **common)


def _texts(listed: object, path: Path, holds: str) -> tuple[str, ...]:
    if not isinstance(listed, list) or not listed:
        raise _Wrong(path, "a list of values is wanted")
    values = tuple(_text(item, (*path, index), holds) for index, item in enumerate(listed))
    for index, text in enumerate(values):
        if text in values[:index]:
            raise _Wrong((*path, index), "this value is listed twice")
    return values


def _text(value: object, path: Path, holds: str) -> str:
    """Return a value as the column's text; what YAML makes of a bare yes or 01 is not what a text column holds."""
    if value is None or value == "" or isinstance(value, list | dict):
        raise _Wrong(path, "a value is one word, number or true and false, and not empty")
    if holds == "text" and not isinstance(value, str):
        raise _Wrong(path, "the column holds text: write the value in quotes")
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if holds == "yes or no" and text not in ("true", "false"):
        raise _Wrong(path, "the column holds true and false")
    if holds in ("numbers", "whole numbers"):
        try:
            number = math.nan if isinstance(value, bool) else float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number) or abs(number) > LARGEST or (holds == "whole numbers" and number != int(number)):
            raise _Wrong(path, f"the column holds {holds}, and this is none")
        return plain(number)
    return text


def _groups(
    written: object, values: tuple[str, ...], holds: str, missing: bool
) -> tuple[tuple[tuple[int, ...], ...], tuple[tuple[str, ...], ...]]:
    """Return the rungs and their names: `groups` is a mapping of names to values, or a list of such, the finest first."""
    if written is None:
        return (), ()
    several = isinstance(written, list)
    rungs, names = [], []
    for number, grouped in enumerate(written if isinstance(written, list) else [written]):
        path: Path = ("groups", number) if several else ("groups",)
        if not isinstance(grouped, dict) or not grouped:
            raise _Wrong(path, "groups is a mapping of names to lists of values")
        group_of: dict[str, int] = {}
        for index, (name, members) in enumerate(grouped.items()):
            for at, member in enumerate(_texts(members, (*path, name), holds)):
                if member not in values:
                    raise _Wrong((*path, name, at), "this is none of the values")
                if member in group_of:
                    raise _Wrong((*path, name, at), "this value is in another group already")
                group_of[member] = index
        if len(group_of) < len(values):
            raise _Wrong(path, f"{len(values) - len(group_of)} of the values are in no group")
        rungs.append(tuple(group_of[value] for value in values) + ((len(grouped),) if missing else ()))
        names.append(tuple(grouped))
    return tuple(rungs), tuple(names)


def _read_ages(value: Mapping[str, Any], holds: str, common: dict[str, Any]) -> Levels:
    if holds not in ("", "dates", "whole numbers"):
        raise _Wrong(("ages",), f"ages need dates of birth or whole numbers, and the column holds {holds}")
    said = value["ages"]
    if not isinstance(said, dict):
        edges = _edges(said, ("ages",))
        return Levels(Scale.AGES, edges=edges, rungs=_coarser(value, edges, common, Scale.AGES), **common)
    if "coarser" in value:
        raise _Wrong(("coarser",), "coarser levels of ages are further steps")
    begin = _whole(said.get("from", 0), ("ages", "from"), 0, OLDEST_EDGE)
    until = _whole(said.get("until"), ("ages", "until"), begin + 1, OLDEST_EDGE)
    steps = said.get("steps")
    if not isinstance(steps, list) or not steps:
        raise _Wrong(("ages", "steps"), "steps is a list of years, the finest first, for example [5, 10]")
    years = [_whole(step, ("ages", "steps", at), 1, OLDEST_EDGE) for at, step in enumerate(steps)]
    for at, (fine, coarse) in enumerate(itertools.pairwise(years)):
        if coarse <= fine or coarse % fine:
            raise _Wrong(("ages", "steps", at + 1), "each step is a multiple of the one before")
    if begin % years[0] or (until - begin) % years[0]:
        raise _Wrong(("ages", "until"), "from and until are multiples of the first step")
    edges = tuple(float(edge) for edge in range(begin, until + 1, years[0]))
    return Levels(Scale.AGES, edges=edges, rungs=_age_rungs(edges, years[1:], common["missing"]), **common)


def _age_rungs(edges: Sequence[float], steps: Iterable[int], missing: bool) -> tuple[tuple[int, ...], ...]:
    rungs = []
    for step in steps:
        groups = [int(edge) // step for edge in edges]
        groups = [group - groups[0] for group in groups]
        rungs.append((*groups, *([groups[-1] + 1] if missing else [])))
    return tuple(rungs)


def _read_months(value: Mapping[str, Any], holds: str, common: dict[str, Any]) -> Levels:
    if holds not in ("", "dates"):
        raise _Wrong(("months",), f"months need dates, and the column holds {holds}")
    said = value["months"]
    if not isinstance(said, dict):
        raise _Wrong(("months",), "months is a mapping with from, until and steps")
    months = tuple(_first_day(said.get(key), ("months", key)) for key in ("from", "until"))
    steps = said.get("steps", ["month"])
    if not isinstance(steps, list) or not steps:
        raise _Wrong(("months", "steps"), "steps is a list of month, quarter, year, the finest first")
    for at, step in enumerate(steps):
        if step not in STEPS:
            raise _Wrong(("months", "steps", at), "a step is month, quarter or year")
        if at and STEPS.index(step) <= STEPS.index(steps[at - 1]):
            raise _Wrong(("months", "steps", at), "steps go from the finest to the coarsest")
    if months[0] > months[1]:
        raise _Wrong(("months", "until"), "until is before from")
    span = (months[0], months[1])
    rungs = []
    for step in steps[1:]:
        groups = month_groups(span, steps[0], step)
        rungs.append((*groups, groups[-1] + 1) if common["missing"] else groups)
    return Levels(Scale.MONTHS, months=span, step=steps[0], rungs=tuple(rungs), **common)


def _read_amounts(value: Mapping[str, Any], holds: str, common: dict[str, Any]) -> Levels:
    if holds not in ("", "numbers", "whole numbers"):
        raise _Wrong(("amounts",), f"amounts need numbers, and the column holds {holds}")
    edges = _edges(value["amounts"], ("amounts",))
    rungs = _coarser(value, edges, common, Scale.AMOUNTS)
    return Levels(Scale.AMOUNTS, edges=edges, top=_top(value, edges), rungs=rungs, **common)


def _read_counts(value: Mapping[str, Any], holds: str, common: dict[str, Any]) -> Levels:
    if holds not in ("", "whole numbers"):
        raise _Wrong(("counts",), f"counts need whole numbers, and the column holds {holds}")
    said = value["counts"]
    if isinstance(said, list):
        edges = _edges(said, ("counts",))
    else:
        edges = tuple(float(edge) for edge in range(_whole(said, ("counts",), 1, 248) + 1))
    rungs = _coarser(value, edges, common, Scale.COUNTS)
    return Levels(Scale.COUNTS, edges=edges, top=_top(value, edges), rungs=rungs, **common)


def _coarser(
    value: Mapping[str, Any], edges: tuple[float, ...], common: dict[str, Any], scale: Scale
) -> tuple[tuple[int, ...], ...]:
    """Return the rungs of `coarser`, a list of lists of edges, the finest first."""
    written = value.get("coarser", [])
    if not isinstance(written, list) or ("coarser" in value and not written):
        raise _Wrong(("coarser",), "coarser is a list of lists of edges, the finest first")
    rungs = []
    for number, item in enumerate(written):
        # No edge at all: all amounts together, beside those that are missing.
        kept = () if item == [] and scale is Scale.AMOUNTS else _edges(item, ("coarser", number))
        for at, edge in enumerate(kept):
            if edge not in edges:
                raise _Wrong(("coarser", number, at), "this is none of the edges")
        if scale is Scale.AMOUNTS:
            groups = [*(bisect.bisect_left(kept, edge) for edge in edges), len(kept)]
        elif kept[0] != edges[0]:
            raise _Wrong(("coarser", number, 0), "coarser levels begin at the first edge")
        else:
            groups = [bisect.bisect_right(kept, edge) - 1 for edge in edges]
        rungs.append((*groups, *([groups[-1] + 1] if common["missing"] else [])))
    return tuple(rungs)


def _edges(listed: object, path: Path) -> tuple[float, ...]:
    if not isinstance(listed, list) or not listed:
        raise _Wrong(path, "a list of ascending numbers is wanted")
    edges = tuple(_number(item, (*path, index)) for index, item in enumerate(listed))
    for index in range(1, len(edges)):
        if edges[index] <= edges[index - 1]:
            raise _Wrong((*path, index), "edges must ascend")
    return edges


def _top(value: Mapping[str, Any], edges: tuple[float, ...]) -> float | None:
    if "top" not in value:
        return None
    top = _number(value["top"], ("top",))
    if top <= edges[-1]:
        raise _Wrong(("top",), "the top is above the last edge")
    return top


def _number(value: object, path: Path) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
        raise _Wrong(path, "this is no number that can be an edge")
    return float(value)


def _whole(value: object, path: Path, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise _Wrong(path, f"{path[-1]} is a whole number from {low} to {high}")
    return value


def _first_day(value: object, path: Path) -> date:
    """Return the first day of a month written as 2023-01 (or as its first day)."""
    found = _MONTH.fullmatch(value.isoformat() if isinstance(value, date) else str(value))
    if not found or not 1 <= int(found[2]) <= 12 or int(found[1]) == 0:
        raise _Wrong(path, f"{path[-1]} is a month such as 2023-01")
    return date(int(found[1]), int(found[2]), 1)


def _write_values(levels: Levels) -> dict[str, Any]:
    written: dict[str, Any] = {"values": list(levels.values)}
    if levels.of:
        written["of"] = levels.of
    grouped = [
        {
            name: [v for v, group in zip(levels.values, rung, strict=False) if group == at]
            for at, name in enumerate(names)
        }
        for rung, names in zip(levels.rungs, levels.names, strict=True)
    ]
    if grouped:
        written["groups"] = grouped[0] if len(grouped) == 1 else grouped
    return written


def _write_ages(levels: Levels) -> dict[str, Any]:
    """Return the short form with steps where it says the same, else the edges."""
    edges = [int(edge) for edge in levels.edges]
    if len(edges) > 1:
        step = edges[1] - edges[0]
        steps, last = [step], step
        for rung in levels.rungs:
            fitting = (
                s for s in range(2 * last, OLDEST_EDGE + 1, last) if _age_rungs(edges, [s], levels.missing)[0] == rung
            )
            last = next(fitting, 0)
            steps.append(last)
            if not last:
                break
        if all(steps) and edges == list(range(edges[0], edges[-1] + 1, step)) and edges[0] % step == 0:
            begin = {"from": edges[0]} if edges[0] else {}
            return {"ages": {**begin, "until": edges[-1], "steps": steps}}
    return {"ages": edges, **_write_coarser(levels)}


def _write_months(levels: Levels) -> dict[str, Any]:
    assert levels.months is not None
    begin, until = (day.isoformat()[:7] for day in levels.months)
    steps = [levels.step_at(depth) for depth in range(levels.depth, 0, -1)]
    return {"months": {"from": begin, "until": until, "steps": steps}}


def _write_amounts(levels: Levels) -> dict[str, Any]:
    return {"amounts": [_plain(edge) for edge in levels.edges], **_write_top(levels), **_write_coarser(levels)}


def _write_counts(levels: Levels) -> dict[str, Any]:
    edges = [int(edge) for edge in levels.edges]
    short = edges[-1] if len(edges) > 1 and edges == list(range(len(edges))) else edges
    return {"counts": short, **_write_top(levels), **_write_coarser(levels)}


def _write_top(levels: Levels) -> dict[str, Any]:
    return {} if levels.top is None else {"top": _plain(levels.top)}


def _write_coarser(levels: Levels) -> dict[str, Any]:
    """Return the edges that begin (of amounts: end) a group, for each rung."""
    rungs = []
    for rung in levels.rungs:
        if levels.scale is Scale.AMOUNTS:
            kept = [edge for at, edge in enumerate(levels.edges) if rung[at] != rung[at + 1]]
        else:
            kept = [edge for at, edge in enumerate(levels.edges) if at == 0 or rung[at] != rung[at - 1]]
        rungs.append([_plain(edge) for edge in kept])
    return {"coarser": rungs} if rungs else {}


def _plain(number: float) -> int | float:
    return int(number) if float(number).is_integer() else number


_READERS: Mapping[Scale, Callable[[Mapping[str, Any], str, dict[str, Any]], Levels]] = {
    Scale.VALUES: _read_values,
    Scale.AGES: _read_ages,
    Scale.MONTHS: _read_months,
    Scale.AMOUNTS: _read_amounts,
    Scale.COUNTS: _read_counts,
}
_WRITERS: Mapping[Scale, Callable[[Levels], dict[str, Any]]] = {
    Scale.VALUES: _write_values,
    Scale.AGES: _write_ages,
    Scale.MONTHS: _write_months,
    Scale.AMOUNTS: _write_amounts,
    Scale.COUNTS: _write_counts,
}
