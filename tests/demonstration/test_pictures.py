from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from commonweal.demonstration.pictures import BarChart

CHART = BarChart(
    title="Where <they> meet",
    measure="People & homes",
    labels=["Aldermarsh", "Oxlode", "Reed & Sedge"],
    values=[25, None, 4_000],
    columns=["ward", "people"],
    rows=[["Aldermarsh", "25"], ["Oxlode", "[c]"], ["Reed & Sedge", "4,000"]],
    why="fewer than 10 people or homes",
)


def test_the_picture_is_svg_with_every_label_and_the_mark_of_what_is_withheld(tmp_path: Path) -> None:
    svg, _ = CHART.write(tmp_path, "chart")
    root = ElementTree.fromstring(svg.read_text(encoding="utf-8"))
    assert root.tag.endswith("svg")
    texts = {"".join(node.itertext()) for node in root.iter() if node.tag.endswith("text")}
    assert {"Aldermarsh", "Oxlode", "Reed & Sedge", "25", "4,000", "[c]"} <= texts


def test_the_page_stands_alone_with_its_table_beside_the_chart(tmp_path: Path) -> None:
    _, page = CHART.write(tmp_path, "chart")
    html = page.read_text(encoding="utf-8")
    assert "<svg" in html
    assert "<td>[c]</td>" in html
    assert '<th scope="row">Reed &amp; Sedge</th>' in html
    assert "Where &lt;they&gt; meet" in html
    assert "fewer than 10 people or homes" in html
    # Nothing is fetched: no script, no style sheet, no picture, and no address but the names of XML.
    assert not re.search(r"<script|<link|<img|src=|@import|url\((?!#)", html)
    assert set(re.findall(r"https?://[^\"' >]+", html)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_a_withheld_value_has_no_length(tmp_path: Path) -> None:
    values = CHART.specification()["data"]["values"]
    assert [(value["value"], value["text"]) for value in values] == [(25, "25"), (0, "[c]"), (4_000, "4,000")]
