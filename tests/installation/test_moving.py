"""An installation goes on working wherever its folder is put."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from commonweal.catalogue import store
from commonweal.installation import open_installation
from tests import small_town
from tests.small_town import ask


def test_a_folder_that_is_moved_answers_as_before(tmp_path: Path) -> None:
    with small_town.made(tmp_path) as town:
        before = ask(town).to_arrow()
    moved = tmp_path / "elsewhere" / "town"
    moved.parent.mkdir()
    town.folder.rename(moved)
    shutil.rmtree(moved / "treated")
    (moved / "treated").mkdir()
    with open_installation(moved) as town:
        with town.reading() as connection:
            path = store.dataset(connection, "northbank/housing").snapshot.path
        assert path.is_file() and path.is_relative_to(moved)
        assert ask(town).to_arrow().equals(before)


def test_a_backup_answers_beside_the_folder_it_was_made_of(tmp_path: Path) -> None:
    with small_town.made(tmp_path) as town:
        before = ask(town).to_arrow()
        backup = tmp_path / "backup"
        backup.mkdir()
        copied = backup / "metadata.sqlite3"
        with closing(sqlite3.connect(town.layout.database)) as source, closing(sqlite3.connect(copied)) as copy:
            source.backup(copy)
        for name in ("keys", "data", "checkpoints"):
            shutil.copytree(town.folder / name, backup / name)
        shutil.copy2(town.layout.settings, backup / "commonweal.toml")
        (backup / "treated").mkdir()
        (backup / "outputs").mkdir()
        (backup / "logs").mkdir()
        shutil.rmtree(town.layout.data)  # so that nothing can be read from the old place
        with open_installation(backup) as restored:
            assert ask(restored).to_arrow().equals(before)


def test_nothing_in_the_database_names_the_place_of_the_folder(tmp_path: Path) -> None:
    with small_town.made(tmp_path) as town:
        ask(town)
    with closing(sqlite3.connect(town.layout.database)) as database:
        written = "\n".join(database.iterdump())
    assert "housing" in written and str(town.folder) not in written
