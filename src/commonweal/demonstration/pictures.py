"""A bar chart as an SVG file, and as a page that holds the chart and its table and needs nothing else.

`[c]` (confidential) is the mark for a withheld value in statistics of the United Kingdom (Government Analysis Function,
guidance on symbols in tables).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from commonweal.demonstration.exports import write_whole

BLUE = "#0072B2"  # of the Okabe-Ito palette; the chart has one colour, so nothing depends on telling colours apart
INK = "#222222"
WITHHELD = "[c]"


@dataclass(frozen=True)
class BarChart:
    """A chart of one number for each of `labels` (None: withheld), with the sentence that it shows and its table.

    `columns` and `rows` are the table beside the chart, as text; `why` says why cells are withheld.
    """

    title: str
    measure: str
    labels: Sequence[str]
    values: Sequence[float | None]
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    why: str

    def specification(self) -> dict[str, Any]:
        """Return the chart in Vega-Lite 5, its values inside."""
        values = [
            {"label": label, "value": value or 0, "text": WITHHELD if value is None else f"{value:,.0f}"}
            for label, value in zip(self.labels, self.values, strict=True)
        ]
        x = {"field": "value", "type": "quantitative", "title": self.measure}
        y = {"field": "label", "type": "nominal", "sort": None, "title": None}
        return {
            "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
            "title": {"text": self.title, "anchor": "start", "fontSize": 15},
            "data": {"values": values},
            "width": 460,
            "height": {"step": 20},
            "encoding": {"x": x, "y": y},
            "layer": [
                {"mark": {"type": "bar", "color": BLUE}},
                {
                    "mark": {"type": "text", "align": "left", "dx": 4, "color": INK},
                    "encoding": {"text": {"field": "text", "type": "nominal"}},
                },
            ],
            "config": {"font": "sans-serif", "background": "white", "axis": {"labelColor": INK, "titleColor": INK}},
        }

    def svg(self) -> str:
        """Return the chart as SVG text."""
        import vl_convert  # the renderer takes a while to load and is wanted in this step only

        return str(vl_convert.vegalite_to_svg(self.specification(), vl_version="5.20"))

    def page(self, svg: str) -> str:
        """Return one HTML page with the chart and the table of the same numbers, both readable without the other."""
        head = "".join(f'<th scope="col">{escape(name)}</th>' for name in self.columns)
        body = "\n".join(
            f'<tr><th scope="row">{escape(row[0])}</th>'
            + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
            + "</tr>"
            for row in self.rows
        )
        return PAGE.format(
            title=escape(self.title),
            chart=svg,
            measure=escape(self.measure),
            head=head,
            body=body,
            why=escape(self.why),
        )

    def write(self, folder: Path, name: str) -> tuple[Path, Path]:
        """Write ``name.svg`` and ``name.html`` into `folder` and return both paths."""
        svg = self.svg()
        return (
            write_whole(folder / f"{name}.svg", svg.encode()),
            write_whole(folder / f"{name}.html", self.page(svg).encode()),
        )


PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font-family: sans-serif; color: #222; background: #fff; margin: 2rem; line-height: 1.4; }}
.beside {{ display: flex; flex-wrap: wrap; gap: 2rem; align-items: flex-start; }}
svg {{ max-width: 100%; height: auto; }}
table {{ border-collapse: collapse; }}
caption {{ text-align: left; font-weight: bold; padding-bottom: .5rem; }}
th, td {{ border-bottom: 1px solid #767676; padding: .25rem .75rem .25rem 0; text-align: left; }}
td {{ text-align: right; font-variant-numeric: tabular-nums; }}
</style>
<h1>{title}</h1>
<div class="beside">
<div role="img" aria-label="Bar chart: {title}. The table holds the same numbers.">{chart}</div>
<table>
<caption>{measure}</caption>
<thead><tr>{head}</tr></thead>
<tbody>
{body}
</tbody>
</table>
</div>
<p>[c] means withheld: {why}</p>
</html>
"""
