"""An answer as a picture: bars or a line with their margins, as SVG. It never stands without its table.

A withheld number has no bar and the mark [c]; nothing is drawn that the table does not show.
"""

from __future__ import annotations

import json
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from commonweal.gateway.columns import columns_of

if TYPE_CHECKING:
    from commonweal.gateway.answer import Answer

BLUE, INK = "#1d70b8", "#0b0c0c"
MOST_BARS = 40
"""More bars than this say less than their table."""

MOST_TIMES = 240
"""A line may have more points: twenty years of months."""


def has_picture(answer: Answer) -> bool:
    """Tell whether an answer can be drawn: groups with numbers, two at least, and not too many."""
    columns = columns_of(answer)
    most = MOST_TIMES if _is_over_time(answer) else MOST_BARS
    return bool(columns.keys and columns.numbers) and 2 <= answer.table.num_rows <= most


def description(answer: Answer) -> str:
    """Return what the picture is, for those who do not see it; its numbers are in the table."""
    columns = columns_of(answer)
    kind = "Line chart" if _is_over_time(answer) else "Bar chart"
    keys = " and ".join(answer.columns[key] for key in columns.keys)
    return f"{kind} of {answer.columns[columns.numbers[0]]} by {keys}. The table below has the same numbers."


def svg(answer: Answer) -> str:
    """Return the picture of an answer that has one."""
    return _drawn(json.dumps(specification(answer), sort_keys=True))


@lru_cache(maxsize=64)
def _drawn(specification: str) -> str:
    import vl_convert  # the renderer takes a while to load and is wanted for pictures only

    return str(vl_convert.vegalite_to_svg(specification, vl_version="5.20"))


def specification(answer: Answer) -> dict[str, Any]:
    """Return the picture in Vega-Lite 5, its values inside: the first column of numbers by its groups."""
    columns, over_time = columns_of(answer), _is_over_time(answer)
    place = columns.numbers[0]
    what = answer.columns[place]
    margins = {margin.row: margin for margin in answer.margins if margin.column == what}
    cells, numbers = answer.cells(), answer.table.column(place).to_pylist()
    values = []
    for row, (shown, value) in enumerate(zip(cells, numbers, strict=True)):
        label = ", ".join(shown[key].text or "(none)" for key in columns.keys)
        known = value is not None and not shown[place].withheld
        point: dict[str, Any] = {"label": label, "text": "" if known and row in margins else shown[place].text}
        if known:
            margin = margins.get(row)
            point |= {"value": float(value), "place": margin.high if margin else float(value)}
            if margin:
                point |= {"low": margin.low, "high": margin.high}
        else:
            point |= {"value": None, "place": 0}
        values.append(point)
    return _over_time(values, what) if over_time else _bars(values, what)


def _is_over_time(answer: Answer) -> bool:
    keys = columns_of(answer).keys
    if len(keys) != 1:
        return False
    moments = answer.table.column(keys[0]).to_pylist()
    return len(moments) > 1 and all(isinstance(moment, date) for moment in moments)


def _bars(values: list[dict[str, Any]], what: str) -> dict[str, Any]:
    y = {"field": "label", "type": "nominal", "sort": None, "title": None}
    layers: list[dict[str, Any]] = [
        {"mark": {"type": "bar", "color": BLUE}, "encoding": {"x": _number("value", what)}},
        {
            "mark": {"type": "rule", "color": INK, "strokeWidth": 2},
            "encoding": {"x": _number("low", what), "x2": {"field": "high"}},
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 4, "color": INK},
            "encoding": {"x": _number("place", what), "text": {"field": "text", "type": "nominal"}},
        },
    ]
    return _whole(values) | {"height": {"step": 24}, "encoding": {"y": y}, "layer": layers}


def _over_time(values: list[dict[str, Any]], what: str) -> dict[str, Any]:
    ordered = sorted(values, key=lambda value: str(value["label"]))
    x = {"field": "label", "type": "ordinal", "sort": None, "title": None, "axis": {"labelOverlap": True}}
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "line", "color": BLUE, "point": {"color": BLUE, "filled": True}},
            "encoding": {"y": _number("value", what)},
        },
        {
            "mark": {"type": "rule", "color": INK, "strokeWidth": 2},
            "encoding": {"y": _number("low", what), "y2": {"field": "high"}},
        },
        {
            "mark": {"type": "text", "dy": -8, "color": INK},
            "transform": [{"filter": "datum.value === null"}],
            "encoding": {"y": _number("place", what), "text": {"field": "text", "type": "nominal"}},
        },
    ]
    return _whole(ordered) | {"height": 260, "encoding": {"x": x}, "layer": layers}


def _number(field: str, what: str) -> dict[str, Any]:
    return {"field": field, "type": "quantitative", "title": what}


def _whole(values: list[dict[str, Any]]) -> dict[str, Any]:
    axis = {"labelColor": INK, "titleColor": INK, "labelFontSize": 13, "titleFontSize": 13, "labelLimit": 260}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"values": values},
        "width": 480,
        "config": {"font": "sans-serif", "background": "white", "axis": axis, "text": {"fontSize": 13}},
    }
