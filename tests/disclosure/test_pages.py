from __future__ import annotations

from pathlib import Path

from commonweal.disclosure.cells import Measured
from commonweal.disclosure.pages import MEASURES, RULES, rules_page
from commonweal.disclosure.profile import PROFILES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "disclosure-rules.md"


def test_the_page_is_made_from_the_rules() -> None:
    page = rules_page()
    for rule in RULES:
        assert rule.promise in page
        assert rule.promise.endswith(".")
        assert rule.source in page
    assert all(f"`{name}`" in page for name in PROFILES)
    assert set(MEASURES) == set(Measured)


def test_the_written_page_is_not_stale() -> None:
    assert PAGE.read_text(encoding="utf-8").endswith(rules_page().strip() + "\n")
