"""Backups of a working installation, put back; and backups that were harmed, which are not."""

from __future__ import annotations

import io
import json
import os
import tarfile
import threading
from pathlib import Path

import pytest

from commonweal.catalogue import store as catalogue
from commonweal.errors import BadInput, CommonwealError, Conflict, NotFound, Tampered
from commonweal.installation import Installation, acts, open_installation
from commonweal.installation.backing_up import back_up, restore
from tests.acceptance import town

PASSPHRASE = "correct horse battery"
SQL = "SELECT ward, count(*) AS n FROM northbank.housing GROUP BY ward ORDER BY ward"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return town.build(tmp_path_factory.mktemp("town"))


def test_a_backup_of_a_working_installation_answers_the_same(here: Installation, tmp_path: Path) -> None:
    stop = threading.Event()

    def work() -> None:
        number = 0
        while not stop.is_set():
            acts.add_organisation(here, f"body-{number}", "A body")
            number += 1

    before = here.gateway(town.ANALYST).ask(SQL, agreement=town.AGREEMENT)
    writing = threading.Thread(target=work)
    writing.start()
    made = back_up(here, tmp_path / "town.tar", keys=tmp_path / "town.keys", passphrase=PASSPHRASE)
    stop.set()
    writing.join()
    assert made.entries > 10
    assert made.path.stat().st_mode & 0o077 == 0
    verified = restore(made.path, tmp_path / "back", keys=tmp_path / "town.keys", passphrase=PASSPHRASE)
    assert (verified.entries, verified.root) == (made.entries, made.root)
    with open_installation(tmp_path / "back") as back:
        after = back.gateway(town.ANALYST).ask(SQL, agreement=town.AGREEMENT)
        assert after.rows == before.rows
        assert back.keys.secret("a") == here.keys.secret("a")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_keys_are_sealed_and_in_no_archive(here: Installation, tmp_path: Path) -> None:
    back_up(here, tmp_path / "a.tar", keys=tmp_path / "a.keys", passphrase=PASSPHRASE)
    master = (here.layout.keys / "master.key").read_bytes()
    sealed = (tmp_path / "a.keys").read_bytes()
    assert master not in sealed
    assert master.hex().encode() not in sealed
    assert master not in (tmp_path / "a.tar").read_bytes()
    with tarfile.open(tmp_path / "a.tar") as tar:
        assert not [name for name in tar.getnames() if "key" in name]
    with pytest.raises(BadInput, match="cannot be opened"):
        restore(tmp_path / "a.tar", tmp_path / "b", keys=tmp_path / "a.keys", passphrase="wrong horse battery")
    with pytest.raises(BadInput, match="passphrase"):
        back_up(here, tmp_path / "c.tar", keys=tmp_path / "c.keys", passphrase="short")
    assert not (tmp_path / "b").exists()
    assert not (tmp_path / "c.tar").exists()


def test_nothing_is_replaced_and_nothing_missing_is_made_up(here: Installation, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    with pytest.raises(Conflict):
        back_up(here, tmp_path / "there")
    assert (tmp_path / "there").read_text() == "mine"
    with pytest.raises(NotFound):
        restore(tmp_path / "no.tar", tmp_path / "b", keys=tmp_path / "there", passphrase=PASSPHRASE)


def harmed(source: Path, to: Path, change: dict[str, bytes | None], more: dict[str, bytes] | None = None) -> Path:
    """Copy an archive with members changed, left out (None) or added."""
    with tarfile.open(source) as old, tarfile.open(to, "w") as new:
        for member in old:
            content = old.extractfile(member)
            assert content is not None
            data = change.get(member.name, content.read())
            if data is not None:
                member.size = len(data)
                new.addfile(member, io.BytesIO(data))
        for name, data in (more or {}).items():
            added = tarfile.TarInfo(name)
            added.size = len(data)
            new.addfile(added, io.BytesIO(data))
    return to


def test_what_was_harmed_is_not_restored(here: Installation, tmp_path: Path) -> None:
    back_up(here, tmp_path / "a.tar", keys=tmp_path / "a.keys", passphrase=PASSPHRASE)
    with tarfile.open(tmp_path / "a.tar") as tar:
        snapshot = next(name for name in tar.getnames() if name.endswith(".parquet"))
        content = tar.extractfile(snapshot)
        assert content is not None
        one_byte = bytearray(content.read())
    one_byte[len(one_byte) // 2] ^= 1
    outside = tmp_path / "outside.txt"
    cases = [
        harmed(tmp_path / "a.tar", tmp_path / "1.tar", {snapshot: bytes(one_byte)}),
        harmed(tmp_path / "a.tar", tmp_path / "2.tar", {snapshot: None}),
        harmed(tmp_path / "a.tar", tmp_path / "3.tar", {}, {"data/../../outside.txt": b"x"}),
        harmed(tmp_path / "a.tar", tmp_path / "4.tar", {}, {str(outside): b"x"}),
        harmed(tmp_path / "a.tar", tmp_path / "5.tar", {}, {"keys/master.key": b"x" * 32}),
        harmed(tmp_path / "a.tar", tmp_path / "6.tar", {"backup.json": None}),
        harmed(tmp_path / "a.tar", tmp_path / "7.tar", {"backup.json": b"{"}),
        tmp_path / "8.tar",
    ]
    cases[-1].write_bytes((tmp_path / "a.tar").read_bytes()[:20_000])
    for case in cases:
        with pytest.raises(CommonwealError) as refused:
            restore(case, tmp_path / "back", keys=tmp_path / "a.keys", passphrase=PASSPHRASE)
        assert isinstance(refused.value, BadInput | Tampered), case
        assert not (tmp_path / "back").exists(), case
        assert not outside.exists(), case


def test_an_old_copy_does_not_pass_for_the_newest(here: Installation, tmp_path: Path) -> None:
    back_up(here, tmp_path / "old.tar", keys=tmp_path / "old.keys", passphrase=PASSPHRASE)
    acts.add_organisation(here, "newest", "The newest body")
    with here.transaction() as connection:
        published = here.ledger.checkpoint(connection)
        assert catalogue.organisation(connection, "newest")
    with pytest.raises(Tampered):
        restore(
            tmp_path / "old.tar", tmp_path / "b", keys=tmp_path / "old.keys", passphrase=PASSPHRASE, against=published
        )
    assert not (tmp_path / "b").exists()


def test_from_the_terminal(here: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:  # type: ignore[no-untyped-def]
    from commonweal.cli.main import execute

    monkeypatch.setenv("COMMONWEAL_BACKUP_PASSPHRASE", PASSPHRASE)
    monkeypatch.chdir(tmp_path)
    where = os.fspath(here.folder)
    assert execute(["--installation", where, "backup", "t.tar", "--keys", "t.keys", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert execute(["restore", "t.tar", "again", "--keys", "t.keys", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["verified"]["root"] == made["root"]
    assert execute(["--installation", "again", "ledger", "verify"]) == 0
