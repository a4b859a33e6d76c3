"""Fragments become a section of the changelog, newest on top; what is not a fragment stops the release untouched."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.make_changelog import ROOT, fragments, main


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "changelog.d"
    folder.mkdir()
    (folder / "README.md").write_text("How to.")
    (folder / "asking.added.md").write_text("Questions may\nuse HAVING.\n")
    (folder / "dates.fixed.md").write_text("Dates are dates.\n")
    return tmp_path


def test_a_release_collects_and_removes_the_fragments(repository: Path) -> None:
    assert main(["0.2.0", "2026-12-01"], repository) == 0
    text = (repository / "CHANGELOG.md").read_text()
    assert text == (
        "# Changes\n\n## 0.2.0 (2026-12-01)\n\n### Added\n\n- Questions may use HAVING.\n\n"
        "### Fixed\n\n- Dates are dates.\n"
    )
    assert [path.name for path in (repository / "changelog.d").iterdir()] == ["README.md"]


def test_the_newest_release_is_on_top_and_none_is_lost(repository: Path) -> None:
    main(["0.2.0", "2026-12-01"], repository)
    (repository / "changelog.d" / "later.changed.md").write_text("More.")
    main(["0.3.0", "2027-01-01"], repository)
    text = (repository / "CHANGELOG.md").read_text()
    assert text.count("# Changes\n") == 1
    assert text.index("0.3.0") < text.index("0.2.0") < text.index("Dates are dates.")


@pytest.mark.parametrize("name", ["oops.md", "a.mended.md", "a.added.txt"])
def test_a_file_that_is_no_fragment_stops_the_release(name: str, repository: Path) -> None:
    (repository / "changelog.d" / name).write_text("What?")
    assert main(["0.2.0"], repository) == 1
    assert not (repository / "CHANGELOG.md").exists()
    assert (repository / "changelog.d" / "asking.added.md").exists()


def test_nothing_to_say_is_no_release(tmp_path: Path) -> None:
    (tmp_path / "changelog.d").mkdir()
    assert main(["0.2.0"], tmp_path) == 1


def test_the_fragments_of_this_repository_are_well_formed() -> None:
    assert sum(len(paths) for paths in fragments(ROOT / "changelog.d").values()) > 0 or (ROOT / "CHANGELOG.md").exists()
