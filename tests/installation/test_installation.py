from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import commonweal
from commonweal.errors import BadInput, Conflict, NotFound, Unavailable
from commonweal.installation import create, open_installation


def test_a_new_installation_is_whole_and_opens_again(tmp_path: Path) -> None:
    with create(tmp_path / "town") as made:
        assert made.folder == tmp_path / "town"
        assert made.settings.name == "town"
        secret = made.keys.secret("a")
    names = sorted(path.name for path in (tmp_path / "town").iterdir())
    assert names == ["checkpoints", "commonweal.toml", "data", "keys", "logs", "metadata.sqlite3", "outputs", "treated"]
    with open_installation(tmp_path / "town") as opened:
        assert opened.keys.secret("a") == secret
        with opened.reading() as connection:
            assert connection.exec_driver_sql("SELECT version FROM installation_history").all() == [
                (commonweal.__version__,)
            ]
    assert [path.name for path in tmp_path.iterdir()] == ["town"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has access lists instead of permissions")
def test_private_files_are_private_whatever_the_umask(tmp_path: Path) -> None:
    (tmp_path / "town").mkdir(mode=0o755)
    before = os.umask(0)
    try:
        with create(tmp_path / "town") as made, made.transaction() as connection:
            connection.exec_driver_sql("UPDATE installation_history SET version = 'x'")
            files = {path.name: path.stat().st_mode & 0o777 for path in made.folder.rglob("*") if path.is_file()}
    finally:
        os.umask(before)
    assert files.pop("commonweal.toml") == 0o644
    assert {"metadata.sqlite3-wal", "master.key"} <= set(files)
    assert set(files.values()) == {0o600}


def test_a_name_is_given_or_made(tmp_path: Path) -> None:
    with create(tmp_path / "My Town") as made:
        assert made.settings.name == "my-town"
    with create(tmp_path / "b", "data.northbank.example") as made:
        assert made.settings.name == "data.northbank.example"
    with pytest.raises(BadInput):
        create(tmp_path / "c", "No Name")
    assert not (tmp_path / "c").exists()


def test_no_installation_there(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no commonweal installation"):
        open_installation(tmp_path)
    with pytest.raises(NotFound):
        commonweal.open(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_makes_opening_fail(tmp_path: Path) -> None:
    create(tmp_path / "town").close()
    key = tmp_path / "town" / "keys" / "master.key"
    if os.name != "nt":
        key.chmod(0o644)
        with pytest.raises(Conflict, match="private key"):
            open_installation(tmp_path / "town")
        key.chmod(0o600)
    with closing(sqlite3.connect(tmp_path / "town" / "metadata.sqlite3")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Conflict, match="newer version"):
        open_installation(tmp_path / "town")
    (tmp_path / "town" / "metadata.sqlite3").unlink()
    with pytest.raises(Unavailable):
        open_installation(tmp_path / "town")


def test_the_database_may_be_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create(tmp_path / "town").close()
    (tmp_path / "town" / "metadata.sqlite3").rename(tmp_path / "elsewhere.sqlite3")
    monkeypatch.setenv("COMMONWEAL_DATABASE_URL", f"sqlite:///{tmp_path}/elsewhere.sqlite3")
    with open_installation(tmp_path / "town") as opened:
        assert opened.database.path == tmp_path / "elsewhere.sqlite3"


def test_opening_does_not_import_alembic(tmp_path: Path) -> None:
    create(tmp_path / "town").close()
    program = (
        "import sys; from commonweal.installation import open_installation; "
        f"open_installation({str(tmp_path / 'town')!r}); print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_the_database_is_made_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMONWEAL_DATABASE_URL", f"sqlite:///{tmp_path}/elsewhere.sqlite3")
    create(tmp_path / "town").close()
    assert not (tmp_path / "town" / "metadata.sqlite3").exists()
    with pytest.raises(Conflict, match="file already"):
        create(tmp_path / "city")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere.sqlite3", "town"]
    monkeypatch.setenv("COMMONWEAL_LIMITS_THREADS", "none")
    with pytest.raises(BadInput):
        create(tmp_path / "city")
    assert not (tmp_path / "city").exists()
