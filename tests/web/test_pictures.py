"""Every page has its pictures in the documentation, and every picture there is of a page that is."""

from __future__ import annotations

from tests.web.pictures import FOLDER, WIDTHS, wanted

PAGE = FOLDER.parents[1] / "reference" / "pages.md"


def test_no_picture_is_missing_and_none_is_left_over() -> None:
    there = {path.name for path in FOLDER.glob("*")}
    assert there == {f"{name}.{word}.jpg" for name in wanted() for word in WIDTHS}


def test_every_picture_is_shown() -> None:
    shown = PAGE.read_text(encoding="utf-8")
    assert all(f"pictures/pages/{path.name}" in shown for path in FOLDER.glob("*"))
