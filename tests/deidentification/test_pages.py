from __future__ import annotations

from pathlib import Path

import yaml

from commonweal.deidentification.pages import EXAMPLES, treatments_page
from commonweal.deidentification.reading import SETTINGS, WORDS, read_treatment

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "treatments.md"


def test_every_treatment_is_on_the_page_as_an_agreement_writes_it() -> None:
    for written, value in EXAMPLES.items():
        assert yaml.safe_load(written) == value
        assert f"`{written}`" in treatments_page()
    assert {read_treatment(value).name for value in EXAMPLES.values()} == {*WORDS, *SETTINGS}


def test_the_written_page_is_not_stale() -> None:
    assert PAGE.read_text(encoding="utf-8").endswith(treatments_page().strip() + "\n")
