"""Words that do not belong are found with their line; words that only resemble them are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.forbidden_words import find, main


@pytest.mark.parametrize(
    "text",
    [
        "open('/" + "work/data.csv')",
        "see /" + "home/someone",
        "https://pyp" + "i.org/simple",
        "# TO" + "DO mend this",
        "raise Not" + "ImplementedError",
        "written by an LL" + "M",
        "../" + "shared/x",
        "a\u202eb",
    ],
)
def test_a_forbidden_word_is_found(text: str) -> None:
    assert [finding.line for finding in find("src/a.py", "fine\n" + text)] == [2]


@pytest.mark.parametrize(
    "text", ["the workflow of a home", "https://northbank.example/home/page", "todo lists", "shared data"]
)
def test_a_harmless_word_is_not(text: str) -> None:
    assert list(find("src/a.py", text)) == []


def test_tests_may_look_beside_the_repository() -> None:
    assert list(find("tests/spec/test_spec.py", "../" + "shared/transcript")) == []


def test_a_folder_is_searched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "good.md").write_text("All is well.")
    assert main([str(tmp_path)]) == 0
    (tmp_path / "bad.md").write_text("one\ntwo\nFIX" + "ME three")
    assert main([str(tmp_path)]) == 1
    assert capsys.readouterr().out.startswith("bad.md:3: ")
