from __future__ import annotations

import os
import pickle
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from commonweal.errors import Conflict, NotFound, Unavailable
from commonweal.installation.keys import Keys, create_keys, public_text

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has access lists instead of permissions")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    create_keys(folder)
    return folder


def test_a_sub_key_is_hkdf_of_the_master_key_and_differs_by_purpose(folder: Path) -> None:
    keys = Keys(folder)
    master = (folder / "master.key").read_bytes()
    expected = HKDF(SHA256(), 32, None, b"commonweal/ledger-hash").derive(master)
    assert keys.secret("ledger-hash") == expected == Keys(folder).secret("ledger-hash")
    assert len({keys.secret(purpose) for purpose in ("a", "b", "", "a/b")} | {master}) == 5


def test_two_installations_share_no_key(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    create_keys(other)
    assert Keys(folder).secret("a") != Keys(other).secret("a")
    assert public_text(Keys(folder).installation.public_key()) != public_text(Keys(other).installation.public_key())


def test_an_organisation_signs_with_the_key_that_was_made_for_it(folder: Path) -> None:
    keys = Keys(folder)
    public = keys.make_organisation("northbank")
    public.verify(keys.organisation("northbank").sign(b"agreed"), b"agreed")
    assert public_text(keys.public_key("northbank")) == public_text(public)
    assert len(public_text(public)) == 64
    assert keys.organisations() == ("northbank",)


def test_making_a_key_again_keeps_it(folder: Path) -> None:
    keys = Keys(folder)
    before = public_text(keys.make_organisation("northbank"))
    assert public_text(keys.make_organisation("northbank")) == before


def test_an_organisation_named_like_a_key_file_is_another_key(folder: Path) -> None:
    keys = Keys(folder)
    assert public_text(keys.make_organisation("installation")) != public_text(keys.installation.public_key())


def test_an_unknown_organisation_gets_the_nearest(folder: Path) -> None:
    keys = Keys(folder)
    keys.make_organisation("northbank")
    with pytest.raises(NotFound) as caught:
        keys.organisation("northbnk")
    assert caught.value.remedy == "Did you mean northbank?"
    for outside in ("../master", "northbank/../x", "", "*"):
        with pytest.raises(NotFound):
            keys.organisation(outside)
        with pytest.raises(ValueError, match="name"):
            keys.make_organisation(outside)


@posix
def test_key_files_are_for_their_owner_only(folder: Path) -> None:
    Keys(folder).make_organisation("northbank")
    files = list(folder.iterdir())
    assert len(files) == 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o610])
@pytest.mark.parametrize("name", ["master.key", "installation.pem", "organisation-northbank.pem"])
def test_a_key_others_may_read_stops_the_start(folder: Path, name: str, mode: int) -> None:
    Keys(folder).make_organisation("northbank")
    (folder / name).chmod(mode)
    with pytest.raises(Conflict) as caught:
        Keys(folder)
    assert "chmod 600" in caught.value.remedy
    (folder / name).chmod(0o600)
    Keys(folder)


@posix
def test_permissions_are_looked_at_again_when_a_key_is_used(folder: Path) -> None:
    keys = Keys(folder)
    keys.make_organisation("northbank")
    (folder / "organisation-northbank.pem").chmod(0o644)
    with pytest.raises(Conflict):
        keys.organisation("northbank")


def test_missing_and_damaged_keys(folder: Path) -> None:
    keys = Keys(folder)
    keys.make_organisation("northbank")
    (folder / "organisation-northbank.pem").write_bytes(b"not a key")
    with pytest.raises(Unavailable, match="damaged"):
        keys.organisation("northbank")
    (folder / "installation.pem").unlink()
    with pytest.raises(Unavailable, match="missing"):
        _ = keys.installation
    (folder / "master.key").write_bytes(b"short")
    with pytest.raises(Unavailable, match="damaged"):
        Keys(folder)
    (folder / "master.key").unlink()
    with pytest.raises(Unavailable, match="missing"):
        Keys(folder)


def test_keys_do_not_show_or_travel(folder: Path) -> None:
    keys = Keys(folder)
    master = (folder / "master.key").read_bytes()
    assert str(folder) in repr(keys)
    assert master.hex() not in repr(keys)
    assert repr(master) not in repr(keys)
    with pytest.raises(TypeError, match="never copied"):
        pickle.dumps(keys)
    assert isinstance(keys.installation, Ed25519PrivateKey)
