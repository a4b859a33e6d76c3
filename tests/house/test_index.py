"""The front page lists every page under its section, by title, with its first sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.pages.index import first_sentence, index_page


def test_every_page_is_listed(tmp_path: Path) -> None:
    for name, text in {
        "how-to/b.md": "# Mend a thing\n\nTake a [hammer](h.md). Then hit.\n",
        "how-to/a.md": "<!-- made -->\n\n# Break a thing\n\n| a | b |\n",
        "decisions/0001-x.md": "# 0001: x\n\n**Context.** Long.\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    page = index_page(tmp_path)
    assert "- [Break a thing](how-to/a.md)\n- [Mend a thing](how-to/b.md): Take a hammer.\n" in page
    assert "- [0001: x](decisions/0001-x.md)\n" in page


def test_a_page_outside_the_sections_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "stray").mkdir()
    (tmp_path / "stray" / "x.md").write_text("# X\n")
    with pytest.raises(ValueError, match="in no section"):
        index_page(tmp_path)


def test_the_first_sentence_is_plain_words() -> None:
    assert first_sentence("# T\n\nYou are **named** in it. You know.\n") == "You are named in it."
    assert first_sentence("# T\n\n- a list\n") == ""
