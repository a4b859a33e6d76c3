"""Generated pages: stale ones are found, fresh ones left alone, missing code excused only when it is awaited."""

from __future__ import annotations

from pathlib import Path

import pytest

from commonweal import errors
from tools.generate_docs import PAGES, Page, main, text_of
from tools.pages import commands, rooms
from tools.pages.errors import errors_page, kinds

PAGE = Page("reference/errors.md", "tools.pages.errors:errors_page")


def test_a_stale_page_fails_the_check_and_a_fresh_one_does_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--check"], (PAGE,), tmp_path) == 1  # missing
    assert main([], (PAGE,), tmp_path) == 0
    assert main(["--check"], (PAGE,), tmp_path) == 0
    written = tmp_path / PAGE.path
    written.write_text(written.read_text() + "more\n")
    assert main(["--check"], (PAGE,), tmp_path) == 1
    assert "stale    docs/reference/errors.md" in capsys.readouterr().out


def test_a_fresh_page_is_not_written_again(tmp_path: Path) -> None:
    main([], (PAGE,), tmp_path)
    before = (tmp_path / PAGE.path).stat().st_mtime_ns
    main([], (PAGE,), tmp_path)
    assert (tmp_path / PAGE.path).stat().st_mtime_ns == before


def test_missing_code_is_an_error_unless_awaited() -> None:
    assert text_of(Page("a.md", "commonweal.no_such_room:page", awaited=True)) is None
    with pytest.raises(ModuleNotFoundError):
        text_of(Page("a.md", "commonweal.no_such_room:page"))


def test_a_page_that_cannot_be_made_is_named_and_the_others_are_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = Page("broken.md", "commonweal.no_such_room:page")
    assert main([], (broken, PAGE), tmp_path) == 1
    assert "broken   docs/broken.md" in capsys.readouterr().out
    assert (tmp_path / PAGE.path).exists()
    assert not (tmp_path / broken.path).exists()


def test_a_missing_library_is_never_excused() -> None:
    with pytest.raises(ModuleNotFoundError):
        text_of(Page("a.md", "no_such_library:page", awaited=True))


def test_every_page_has_a_path_of_its_own() -> None:
    assert len({page.path for page in PAGES}) == len(PAGES)


def test_every_error_is_on_its_page() -> None:
    page = errors_page()
    classes = [name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)]
    assert len(kinds()) == len(classes) - 1  # all but the one that they share
    for kind in kinds():
        assert f"## {kind.__name__}\n" in page
        assert f"`{kind.code}`" in page


def test_every_room_is_on_the_page_of_rooms() -> None:
    page = rooms.rooms_page()
    folders = {path.parent.name for path in rooms.PACKAGE.glob("*/__init__.py")}
    assert folders <= {room for floor in rooms.floors() for room in floor}
    for folder in folders:
        assert f"### `{folder}`" in page


def test_every_command_of_the_program_is_on_the_page_of_commands() -> None:
    page = commands.commands_page()
    root = commands.command_tree()
    names = list(root.list_commands(root.make_context("commonweal", [], resilient_parsing=True)))
    assert len(names) >= 3
    for name in names:
        assert f"## `commonweal {name}`\n" in page
    assert "`--installation DIR`" in page
    assert "--install-completion" not in page
