"""An assessment as a picture: what was looked at by level, one filled cell a finding, as an SVG file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commonweal.risk.level import Level

FILLS: Mapping[Level, str] = {
    Level.LOW: "#D9EAD3",
    Level.MEDIUM: "#FFE08A",
    Level.HIGH: "#F4A261",
    Level.SEVERE: "#B3261E",
}
"""From light to dark, so that the order is seen without colour too."""

INK, PALE = "#222222", "#F2F2F2"


def specification(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the heat table of a kept assessment in Vega-Lite 5, its values inside."""
    levels = [level.word for level in Level]
    values = [
        {
            "finding": finding["code"],
            "theme": finding["theme"],
            "level": level.word,
            "fill": FILLS[level] if finding["level"] == level.word else PALE,
            "mark": finding["level"] if finding["level"] == level.word else "",
            "ink": "#FFFFFF" if level is Level.SEVERE else INK,
        }
        for finding in result["findings"]
        for level in Level
    ]
    x = {"field": "level", "type": "nominal", "sort": levels, "title": None, "axis": {"orient": "top", "labelAngle": 0}}
    y = {"field": "finding", "type": "nominal", "sort": None, "title": None}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": {
            "text": f"Risk of {result['agreement']}: {result['level']}",
            "subtitle": f"assessed on {result['on']}; profile {result['profile']}",
            "anchor": "start",
            "fontSize": 15,
        },
        "data": {"values": values},
        "width": {"step": 74},
        "height": {"step": 19},
        "encoding": {"x": x, "y": y},
        "layer": [
            {
                "mark": {"type": "rect", "stroke": "white", "strokeWidth": 1},
                "encoding": {"color": {"field": "fill", "type": "nominal", "scale": None}},
            },
            {
                "mark": {"type": "text", "fontSize": 10},
                "encoding": {
                    "text": {"field": "mark", "type": "nominal"},
                    "color": {"field": "ink", "type": "nominal", "scale": None},
                },
            },
        ],
        "config": {"font": "sans-serif", "background": "white", "axis": {"labelColor": INK, "labelLimit": 260}},
    }


def svg(result: Mapping[str, Any]) -> str:
    """Return the heat table as SVG text."""
    import vl_convert  # the renderer takes a while to load and is wanted for pictures only

    return str(vl_convert.vegalite_to_svg(specification(result), vl_version="5.20"))
