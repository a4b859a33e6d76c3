"""The reference page and the pages beside it say what the code says."""

from __future__ import annotations

from pathlib import Path

from commonweal.risk.admitted import MOST_COLUMNS
from commonweal.risk.assessment import KNOWN
from commonweal.risk.limits import NOISE, noise
from commonweal.risk.pages import findings_page
from commonweal.risk.question import GROUNDS
from commonweal.risk.sources import SOURCES

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_every_finding_level_source_and_ground_is_on_the_page() -> None:
    page = findings_page()
    for known in KNOWN:
        section = page.split(f"### `{known.code}`")[1].split("\n### ")[0]
        assert known.asks in section and known.reason in section and known.lower in section
        assert all(f"- **{level.word}**: {when}" in section for level, when in known.levels.items())
    assert all(source.title in page for source in SOURCES.values())
    assert all(what in page for what in GROUNDS.values())


def test_the_noise_in_the_explanation_is_that_of_the_code() -> None:
    text = " ".join((DOCS / "explanation" / "contextual-risk.md").read_text(encoding="utf-8").split())
    (first, deviation), *more = NOISE
    assert f"standard deviation {deviation} for up to {first}, then" in text
    assert "17, 20 and 26 for up to 8, 10 and 12" in text
    assert list(more) == [(8, 17), (10, 20), (12, 26)]
    assert (noise(MOST_COLUMNS), noise(MOST_COLUMNS + 1)) == (26, None)
