"""The how-to's lines for a backup are run as they stand, while the installation is open."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from commonweal.installation import create, open_installation

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "install-and-back-up.md"


@pytest.mark.skipif(os.name == "nt", reason="the lines are for a shell")
def test_a_backup_made_as_the_how_to_says_can_be_opened(tmp_path: Path) -> None:
    lines = re.findall(r"```sh\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert len(lines) == 1
    with create(tmp_path / "town") as town:
        with town.transaction() as connection:
            connection.exec_driver_sql("UPDATE installation_history SET version = 'newest'")
        assert (town.folder / "metadata.sqlite3-wal").stat().st_size > 0  # so copying the file would lose it
        subprocess.run(["bash", "-euc", lines[0]], cwd=town.folder, check=True)
        secret = town.keys.secret("a")
    with open_installation(tmp_path / "backup") as copy:
        assert copy.keys.secret("a") == secret
        with copy.reading() as connection:
            assert connection.exec_driver_sql("SELECT version FROM installation_history").scalar_one() == "newest"
    made = {path.name for path in (tmp_path / "town").iterdir()}
    assert made == {path.name for path in (tmp_path / "backup").iterdir()}
